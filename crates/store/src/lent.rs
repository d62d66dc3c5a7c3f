//! Rows that are lent. Memory is given back to where its thread took it from, under a lock: whoever drops the rows of
//! one piece on another thread contends for that lock with whoever reads the next piece there, at each text of them.

use std::ops::Deref;
use std::sync::{Arc, Mutex, PoisonError};

/// What was lent and is not needed any more.
pub(crate) struct Returned<T>(Arc<Mutex<Vec<Vec<T>>>>);

impl<T> Returned<T> {
    /// Nothing yet.
    pub fn nothing() -> Self {
        Self(Arc::default())
    }

    /// Lends rows.
    pub fn lend(&self, rows: Vec<T>) -> Lent<T> {
        Lent { rows, returned: Self(Arc::clone(&self.0)) }
    }

    /// All that has come back, to be dropped where the next rows are read.
    pub fn take(&self) -> Vec<Vec<T>> {
        std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// Rows to be looked at, not to be kept.
pub struct Lent<T> {
    rows: Vec<T>,
    returned: Returned<T>,
}

impl<T> Deref for Lent<T> {
    type Target = [T];

    fn deref(&self) -> &[T] {
        &self.rows
    }
}

impl<T> Drop for Lent<T> {
    fn drop(&mut self) {
        let rows = std::mem::take(&mut self.rows);
        self.returned.0.lock().unwrap_or_else(PoisonError::into_inner).push(rows);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_come_back_when_they_are_dropped() {
        let returned = Returned::nothing();
        let first = returned.lend(vec![1, 2]);
        let second = returned.lend(vec![3]);
        assert_eq!((&first[..], &second[..]), (&[1, 2][..], &[3][..]));
        assert!(returned.take().is_empty());
        drop(first);
        assert_eq!(returned.take(), [[1, 2]]);
        drop(second);
        assert_eq!(returned.take(), [[3]]);
        assert!(returned.take().is_empty(), "each comes back once");
    }
}
