//! A model that judges as many questions as it is let, and keeps the others waiting.

use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::Instant;

use super::stage::PATIENCE;
use crate::upstream::{Canned, Upstream};

/// What it says of every question: all of the one statement is relevant.
const ANSWER: &str = r#"{"id":"c","object":"chat.completion","choices":[{"index":0,"message":{"role":"assistant","content":"{\"statements\":[{\"text\":\"t\",\"verdict\":\"relevant\",\"reason\":\"r\"}]}"},"finish_reason":"stop"}],"usage":{"prompt_tokens":1,"completion_tokens":1}}"#;

/// A model.
pub struct Judge {
    /// The service.
    pub upstream: Upstream,
    allowed: Arc<(Mutex<usize>, Condvar)>,
}

impl Judge {
    /// Starts one that answers so many questions.
    pub fn start(allowed: usize) -> Self {
        let allowed = Arc::new((Mutex::new(allowed), Condvar::new()));
        let gate = Arc::clone(&allowed);
        let upstream = Upstream::start(move |_, stream| {
            let (left, more) = &*gate;
            let left = left.lock().unwrap_or_else(PoisonError::into_inner);
            let waited = more.wait_while(left, |left| *left == 0);
            *waited.unwrap_or_else(PoisonError::into_inner) -= 1;
            Canned { status: 200, json: Some(ANSWER.to_owned()), ..Canned::default() }.write(stream)
        });
        Self { upstream, allowed }
    }

    /// Lets it answer so many questions more.
    pub fn allow(&self, more: usize) {
        let (left, waiting) = &*self.allowed;
        *left.lock().unwrap_or_else(PoisonError::into_inner) += more;
        waiting.notify_all();
    }

    /// What it was asked so far, answered or not.
    pub fn questions(&self) -> Vec<String> {
        let text = |body: Vec<u8>| String::from_utf8(body).expect("a request is JSON");
        self.upstream.asked().into_iter().map(|asked| text(asked.body)).collect()
    }

    /// Waits until it was asked so many.
    pub fn await_questions(&self, count: usize) {
        let begun = Instant::now();
        while self.upstream.asked().len() < count {
            assert!(begun.elapsed() < PATIENCE, "the judge was not asked");
            std::thread::sleep(std::time::Duration::from_millis(20));
        }
    }
}
