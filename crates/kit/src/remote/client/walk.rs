//! A long answer, read on behind what was given where it breaks off.

use std::collections::VecDeque;
use std::time::Duration;

use evalstone_core::error::{Error, Result};
use reqwest::Method;
use tokio::sync::mpsc;

use super::super::elements::{Broken, Element, Piece, Wanted};
use super::super::pause::pauses;
use super::Client;

/// A walk through an answer that may break off.
pub struct Elements<'a> {
    client: &'a Client,
    path: String,
    wanted: Wanted,
    pieces: Option<mpsc::Receiver<Piece>>,
    ready: VecDeque<Vec<Element>>,
    /// How many elements were given.
    given: usize,
    pauses: Box<dyn Iterator<Item = Duration>>,
}

impl<'a> Elements<'a> {
    /// The walk through what is wanted of the answer at `path`.
    pub fn of(client: &'a Client, path: String, wanted: Wanted) -> Self {
        let pauses = Box::new(pauses(client.first_pause, client.retries));
        let ready = VecDeque::new();
        Self { client, path, wanted, pieces: None, ready, given: 0, pauses }
    }

    /// The next elements; none at the end.
    ///
    /// # Errors
    /// Unavailable when the answer broke off too often; invalid when it is not what is expected.
    pub async fn next(&mut self) -> Result<Option<Vec<Element>>> {
        loop {
            if let Some(piece) = self.ready.pop_front() {
                self.given += piece.len();
                return Ok(Some(piece));
            }
            // What follows those that were given may have come with them.
            let Some(pieces) = &mut self.pieces else {
                self.open().await?;
                continue;
            };
            match pieces.recv().await {
                None => return Ok(None),
                Some(Ok(piece)) => self.ready.push_back(piece),
                Some(Err(broken)) => self.again(broken).await?,
            }
        }
    }

    /// Asks for the answer and passes over what was given.
    async fn open(&mut self) -> Result<()> {
        let client = self.client;
        let ask = async || client.send(client.request(Method::GET, &self.path)).await;
        let response = client.patiently(ask, |trouble| trouble.passes).await?;
        let mut pieces = client.elements_of(response, self.wanted.clone());
        let mut left = self.given;
        while left > 0 {
            match pieces.recv().await {
                None => {
                    let text = format!("{}{} has become shorter", client.base, self.path);
                    return Err(Error::invalid(text));
                }
                Some(Ok(mut piece)) => {
                    let passed = left.min(piece.len());
                    left -= passed;
                    piece.drain(..passed);
                    if !piece.is_empty() {
                        self.ready.push_back(piece);
                    }
                }
                Some(Err(broken)) => {
                    self.rest(broken).await?;
                    return Box::pin(self.open()).await;
                }
            }
        }
        self.pieces = Some(pieces);
        Ok(())
    }

    async fn again(&mut self, broken: Broken) -> Result<()> {
        self.pieces = None;
        self.rest(broken).await
    }

    /// Waits before the answer is asked for again, if that can help.
    async fn rest(&mut self, broken: Broken) -> Result<()> {
        let what = format!("the answer of {}{}", self.client.base, self.path);
        let planned = match &broken {
            Broken::Off(_) => self.pauses.next(),
            Broken::Strange(_) => None,
        };
        match planned {
            Some(planned) => {
                tokio::time::sleep(planned).await;
                Ok(())
            }
            None => Err(broken.into_error(&what)),
        }
    }
}
