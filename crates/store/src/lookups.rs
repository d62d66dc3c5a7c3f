//! Lookups that many ask for at the same time are one query. Nobody is given what was read before they
//! asked, so that what another process wrote is seen at once.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::hash::Hash;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use evalstone_core::error::{Error, Kind, Result};
use tokio::sync::oneshot;
use tokio::time::Instant;

use crate::failure::out_of_reach;
use crate::gate::PATIENCE;

/// Those who wait for what is looked up under each key. A key is here while a query for it runs: who comes
/// meanwhile waits for the next one.
pub struct Lookups<K, V>(Arc<Mutex<HashMap<K, Vec<Asker<V>>>>>);

type Asker<V> = oneshot::Sender<Result<V>>;

impl<K, V> Clone for Lookups<K, V> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<K, V> Default for Lookups<K, V> {
    fn default() -> Self {
        Self(Arc::default())
    }
}

impl<K, V> Lookups<K, V>
where
    K: Clone + Eq + Hash + Send + 'static,
    V: Clone + Send + 'static,
{
    /// What `look_up` finds under `key`, for all who wait for it.
    ///
    /// # Errors
    /// Its own to one of those who wait; unavailable to the others, and when it is cut off, or the one before it
    /// waited in vain for the database.
    pub async fn ask<F, R>(&self, key: K, look_up: F) -> Result<V>
    where
        F: Fn() -> R + Send + 'static,
        R: Future<Output = Result<V>> + Send + 'static,
    {
        let (asker, answer) = oneshot::channel();
        let is_first = match self.lock().entry(key.clone()) {
            Entry::Occupied(mut waiting) => {
                waiting.get_mut().push(asker);
                false
            }
            Entry::Vacant(place) => {
                place.insert(vec![asker]);
                true
            }
        };
        if is_first {
            // Not by whoever asked first, who may go away while others wait.
            let under_way = UnderWay { lookups: self.clone(), key, ended: false };
            tokio::spawn(under_way.answer_all(look_up));
        }
        answer.await.map_err(|_| out_of_reach("a lookup was cut off"))?
    }
}

impl<K, V> Lookups<K, V> {
    fn lock(&self) -> MutexGuard<'_, HashMap<K, Vec<Asker<V>>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A key that is looked up. When that is cut off, whoever waits is told so, and the next one begins anew.
struct UnderWay<K: Clone + Eq + Hash, V> {
    lookups: Lookups<K, V>,
    key: K,
    ended: bool,
}

impl<K: Clone + Eq + Hash, V: Clone> UnderWay<K, V> {
    async fn answer_all<R>(mut self, look_up: impl Fn() -> R)
    where
        R: Future<Output = Result<V>>,
    {
        // Whoever's request has come by now, but was not looked at yet, can still share it.
        tokio::task::yield_now().await;
        while let Some(mut askers) = self.next() {
            let begun = Instant::now();
            let found = look_up().await;
            let is_unavailable = |error: &Error| matches!(error.kind(), Kind::Unavailable { .. });
            if begun.elapsed() >= PATIENCE && found.as_ref().is_err_and(is_unavailable) {
                // Who waits behind one that waited in vain for a connection would wait as long again.
                askers.extend(self.waiting());
            }
            tell(askers, found);
        }
    }

    /// Those who wait now.
    fn waiting(&self) -> Vec<Asker<V>> {
        self.lookups.lock().get_mut(&self.key).map(std::mem::take).unwrap_or_default()
    }

    /// Those who wait now; none at the end.
    fn next(&mut self) -> Option<Vec<Asker<V>>> {
        let mut lookups = self.lookups.lock();
        let waiting = lookups.get_mut(&self.key).map(std::mem::take).unwrap_or_default();
        if waiting.is_empty() {
            lookups.remove(&self.key);
            self.ended = true;
            return None;
        }
        Some(waiting)
    }
}

impl<K: Clone + Eq + Hash, V> Drop for UnderWay<K, V> {
    fn drop(&mut self) {
        if !self.ended {
            self.lookups.lock().remove(&self.key);
        }
    }
}

/// Whoever asked may have gone; the others are answered all the same.
fn tell<V: Clone>(mut askers: Vec<Asker<V>>, found: Result<V>) {
    match found {
        Ok(value) => {
            // Not a copy for the last one, who is mostly the only one.
            let last = askers.pop();
            askers.into_iter().for_each(|asker| drop(asker.send(Ok(value.clone()))));
            if let Some(last) = last {
                drop(last.send(Ok(value)));
            }
        }
        Err(error) => {
            let (mut askers, again) = (askers.into_iter(), error.to_string());
            if let Some(first) = askers.next() {
                drop(first.send(Err(error)));
            }
            askers.for_each(|asker| drop(asker.send(Err(out_of_reach(&again)))));
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::time::Duration;

    use tokio::sync::Semaphore;

    use super::*;
    use crate::failure::overloaded;

    /// Counts its queries, each of which waits for a permit and gives its own number.
    struct Source {
        lookups: Lookups<u8, usize>,
        begun: AtomicUsize,
        permits: Semaphore,
    }

    impl Source {
        async fn ask(self: Arc<Self>, key: u8) -> Result<usize> {
            let source = Arc::clone(&self);
            let look_up = move || {
                let source = Arc::clone(&source);
                async move {
                    let number = source.begun.fetch_add(1, Ordering::SeqCst);
                    source.permits.acquire().await.map_err(Error::fault)?.forget();
                    if key == 0 { Err(Error::not_found("Key")) } else { Ok(number) }
                }
            };
            self.lookups.ask(key, look_up).await
        }
    }

    fn source() -> Arc<Source> {
        let (lookups, begun) = (Lookups::default(), AtomicUsize::new(0));
        Arc::new(Source { lookups, begun, permits: Semaphore::new(0) })
    }

    async fn begun(source: &Source, number: usize) {
        while source.begun.load(Ordering::SeqCst) < number {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    }

    #[tokio::test]
    async fn who_comes_while_a_query_runs_gets_the_next_one_together_with_others() {
        let source = source();
        let first = tokio::spawn(Arc::clone(&source).ask(7));
        begun(&source, 1).await;
        let later: Vec<_> = (0..5).map(|_| tokio::spawn(Arc::clone(&source).ask(7))).collect();
        let other = tokio::spawn(Arc::clone(&source).ask(8));
        begun(&source, 2).await;
        source.permits.add_permits(3);
        assert_eq!(first.await.expect("no panic").expect("found"), 0);
        let other = other.await.expect("no panic").expect("found");
        for asked in later {
            let found = asked.await.expect("no panic").expect("found");
            assert_eq!(found + other, 3, "one query for all of them, after they asked");
        }
        assert_eq!(source.begun.load(Ordering::SeqCst), 3);
        assert!(source.lookups.lock().is_empty());
    }

    #[tokio::test]
    async fn an_error_is_told_to_all() {
        let source = source();
        let asked: Vec<_> = (0..3).map(|_| tokio::spawn(Arc::clone(&source).ask(0))).collect();
        source.permits.add_permits(9);
        let mut kinds = Vec::new();
        for asked in asked {
            kinds.push(asked.await.expect("no panic").expect_err("not found").kind());
        }
        assert!(kinds.contains(&Kind::NotFound), "{kinds:?}");
        assert!(source.lookups.lock().is_empty());
    }

    #[tokio::test(start_paused = true)]
    async fn nobody_waits_twice_where_no_connection_is_to_be_had() {
        let (lookups, begun) = (Lookups::default(), Arc::new(AtomicUsize::new(0)));
        let ask = || {
            let (lookups, begun): (Lookups<u8, u8>, _) = (lookups.clone(), Arc::clone(&begun));
            tokio::spawn(async move {
                let look_up = move || {
                    begun.fetch_add(1, Ordering::SeqCst);
                    async {
                        tokio::time::sleep(PATIENCE).await;
                        Err(overloaded("no connection"))
                    }
                };
                lookups.ask(7, look_up).await
            })
        };
        let began = Instant::now();
        let first = ask();
        tokio::time::sleep(PATIENCE / 4).await;
        let behind = [ask(), ask()];
        for asked in [first].into_iter().chain(behind) {
            let error = asked.await.expect("no panic").expect_err("overloaded");
            assert!(matches!(error.kind(), Kind::Unavailable { .. }));
        }
        assert_eq!(begun.load(Ordering::SeqCst), 1);
        assert!(began.elapsed() < PATIENCE * 2);
        assert!(lookups.lock().is_empty());
    }

    #[tokio::test]
    async fn a_lookup_that_is_cut_off_is_begun_anew() {
        let source = source();
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).build();
        let runtime = runtime.expect("a runtime");
        let first = runtime.spawn(Arc::clone(&source).ask(7));
        begun(&source, 1).await;
        let waiting = tokio::spawn(Arc::clone(&source).ask(7));
        while source.lookups.lock().get(&7).is_none_or(Vec::is_empty) {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        runtime.shutdown_background();
        assert!(first.await.is_err() && waiting.await.expect("no panic").is_err());
        source.permits.add_permits(1);
        assert_eq!(source.ask(7).await.expect("found"), 1);
    }
}
