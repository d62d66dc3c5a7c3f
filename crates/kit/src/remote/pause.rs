//! How long to wait before a request is repeated.

use std::time::Duration;

use backon::{BackoffBuilder as _, ExponentialBuilder};
use chrono::{DateTime, Utc};
use reqwest::header::{HeaderMap, RETRY_AFTER};

/// The longest wait, whatever a server asks for: whoever started a move wants to see its end.
const LONGEST: Duration = Duration::from_secs(120);

/// The pauses between tries: each twice as long as the one before, with up to its own length added by
/// chance, so that requests that failed together do not come back together.
pub fn pauses(first: Duration, retries: usize) -> impl Iterator<Item = Duration> {
    ExponentialBuilder::default()
        .with_min_delay(first)
        .with_max_delay(LONGEST)
        .with_max_times(retries)
        .with_jitter()
        .build()
}

/// How long an answer asks to be left alone, in seconds or until a date (RFC 9110 §10.2.3).
pub fn retry_after(headers: &HeaderMap, now: DateTime<Utc>) -> Option<Duration> {
    let text = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    let asked = match text.parse() {
        Ok(seconds) => Duration::from_secs(seconds),
        Err(_) => {
            let until = DateTime::parse_from_rfc2822(text).ok()?.with_timezone(&Utc);
            // A date that has passed asks for nothing.
            (until - now).to_std().unwrap_or_default()
        }
    };
    Some(asked.min(LONGEST))
}

#[cfg(test)]
mod tests {
    use reqwest::header::HeaderValue;

    use super::*;

    #[test]
    fn a_server_is_left_alone_as_long_as_it_asks() {
        let now = DateTime::parse_from_rfc2822("Sun, 06 Nov 1994 08:49:37 GMT").expect("a date");
        let asked = |text: &'static str| {
            let headers = HeaderMap::from_iter([(RETRY_AFTER, HeaderValue::from_static(text))]);
            retry_after(&headers, now.with_timezone(&Utc))
        };
        assert_eq!(asked("7"), Some(Duration::from_secs(7)));
        assert_eq!(asked("86400"), Some(LONGEST));
        assert_eq!(asked("Sun, 06 Nov 1994 08:49:40 GMT"), Some(Duration::from_secs(3)));
        assert_eq!(asked("Sun, 06 Nov 1994 08:00:00 GMT"), Some(Duration::ZERO));
        assert_eq!(asked("soon"), None);
        assert_eq!(retry_after(&HeaderMap::new(), Utc::now()), None);
    }

    #[test]
    fn pauses_double_and_end() {
        let first = Duration::from_secs(1);
        let pauses: Vec<_> = pauses(first, 4).collect();
        assert_eq!(pauses.len(), 4);
        for (index, pause) in pauses.iter().enumerate() {
            let planned = Duration::from_secs(1 << index);
            assert!((planned..=planned * 2).contains(pause), "{index}: {pause:?}");
        }
    }
}
