//! How long to wait before a call is repeated.

use std::time::Duration;

use backon::{BackoffBuilder as _, ExponentialBuilder};
use chrono::{DateTime, Utc};
use reqwest::header::{HeaderMap, RETRY_AFTER};

/// The longest wait, whatever the endpoint asks for: a run must come to an end.
const LONGEST: Duration = Duration::from_secs(60);

/// The pauses between the attempts: each twice as long as the one before, with up to its own
/// length added by chance, so that calls that failed together do not come back together.
pub fn pauses(first: Duration, retries: u32) -> impl Iterator<Item = Duration> {
    ExponentialBuilder::default()
        .with_min_delay(first)
        .with_max_delay(LONGEST)
        .with_max_times(retries as usize)
        .with_jitter()
        .build()
}

/// How long to wait: as planned, or longer where the endpoint asks for it. One that asks for no pause, or
/// for one until a date that has passed, would be called again and again at once.
pub fn pause(planned: Duration, asked: Option<Duration>) -> Duration {
    asked.map_or(planned, |asked| asked.max(planned))
}

/// How long an answer asks to be left alone, in seconds or until a date (RFC 9110 §10.2.3); at most
/// [`LONGEST`]. None when it does not say.
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
    fn an_endpoint_is_left_alone_as_long_as_it_asks() {
        let now = DateTime::parse_from_rfc2822("Sun, 06 Nov 1994 08:49:37 GMT").expect("a date");
        let asked = |text: &'static str| {
            let headers = HeaderMap::from_iter([(RETRY_AFTER, HeaderValue::from_static(text))]);
            retry_after(&headers, now.with_timezone(&Utc))
        };
        assert_eq!(asked("7"), Some(Duration::from_secs(7)));
        assert_eq!(asked("0"), Some(Duration::ZERO));
        assert_eq!(asked("86400"), Some(LONGEST));
        assert_eq!(asked("Sun, 06 Nov 1994 08:49:40 GMT"), Some(Duration::from_secs(3)));
        assert_eq!(asked("Sun, 06 Nov 1994 08:00:00 GMT"), Some(Duration::ZERO));
        assert_eq!(asked("soon"), None);
        assert_eq!(asked("-1"), None);
        assert_eq!(retry_after(&HeaderMap::new(), Utc::now()), None);
    }

    #[test]
    fn no_pause_is_shorter_than_planned() {
        let [zero, one, two] = [0, 1, 2].map(Duration::from_secs);
        assert_eq!(
            (pause(one, None), pause(one, Some(zero)), pause(one, Some(two))),
            (one, one, two)
        );
    }

    #[test]
    fn pauses_double_up_to_the_longest_and_end() {
        let first = Duration::from_secs(1);
        let pauses: Vec<_> = pauses(first, 10).collect();
        assert_eq!(pauses.len(), 10);
        for (index, pause) in pauses.iter().enumerate() {
            let planned = Duration::from_secs(1 << index).min(LONGEST);
            assert!((planned..=planned * 2).contains(pause), "{index}: {pause:?}");
        }
        assert_eq!(super::pauses(first, 0).count(), 0);
    }
}
