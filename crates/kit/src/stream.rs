//! Answers of any length, in bounded memory.

use std::cell::Cell;
use std::future::poll_fn;
use std::io;
use std::ops::Deref;
use std::rc::Rc;
use std::task::Poll;

use actix_web::http::StatusCode;
use actix_web::rt::task::yield_now;
use actix_web::{HttpResponse, HttpResponseBuilder};
use bytes::{Buf as _, Bytes};
use evalstone_core::error::Result;
use futures_util::future::LocalBoxFuture;
use futures_util::{FutureExt as _, Stream, StreamExt as _, TryStreamExt as _, stream};

use crate::errors::log;

/// Rows of a list as they are written.
#[derive(Debug, Default)]
pub struct Rows {
    /// A comma before each.
    text: String,
    count: usize,
}

impl Rows {
    /// None yet, with room for as many bytes as there were in others.
    fn as_long_as(bytes: usize) -> Self {
        Self { text: String::with_capacity(bytes), count: 0 }
    }

    /// The text to which the next one is to be written.
    fn next(&mut self) -> &mut String {
        self.count += 1;
        self.text.push(',');
        &mut self.text
    }
}

impl From<Vec<String>> for Rows {
    fn from(written: Vec<String>) -> Self {
        let mut rows = Self::default();
        written.iter().for_each(|row| rows.next().push_str(row));
        rows
    }
}

/// The bytes of a list between `head` and `tail`: the rows of each piece, with commas between them.
/// One piece is in memory at a time.
pub fn listed(
    head: String,
    pieces: impl Stream<Item = Result<impl Into<Rows>>>,
    tail: impl Into<String>,
) -> impl Stream<Item = Result<Bytes>> {
    counted(head, pieces, move |_| tail.into())
}

/// The same with a tail that tells how many rows there were.
pub fn counted(
    head: String,
    pieces: impl Stream<Item = Result<impl Into<Rows>>>,
    tail: impl FnOnce(usize) -> String,
) -> impl Stream<Item = Result<Bytes>> {
    let count = Rc::new(Cell::new(0));
    let so_far = Rc::clone(&count);
    let rows = pieces.map_ok(move |piece| {
        let Rows { text, count } = piece.into();
        let mut bytes = Bytes::from(text);
        if so_far.replace(so_far.get() + count) == 0 && count > 0 {
            bytes.advance(1);
        }
        bytes
    });
    let head = stream::once(async move { Ok(Bytes::from(head)) });
    let tail = stream::once(async move { Ok(Bytes::from(tail(count.get()))) });
    head.chain(rows).chain(tail)
}

/// The same of rows that are too long for one piece, each a stream of its own.
pub fn gathered<S: Stream<Item = Result<Bytes>>>(
    head: String,
    rows: impl Stream<Item = Result<S>>,
    tail: impl FnOnce(usize) -> String,
) -> impl Stream<Item = Result<Bytes>> {
    let count = Rc::new(Cell::new(0));
    let so_far = Rc::clone(&count);
    let rows = rows.map_ok(move |row| {
        let comma = if so_far.replace(so_far.get() + 1) > 0 { "," } else { "" };
        stream::once(async move { Ok(Bytes::from_static(comma.as_bytes())) }).chain(row)
    });
    let head = stream::once(async move { Ok(Bytes::from(head)) });
    let tail = stream::once(async move { Ok(Bytes::from(tail(count.get()))) });
    head.chain(rows.try_flatten()).chain(tail)
}

/// What a walk gives, piece by piece, each row as it is written. An empty piece ends it. The first
/// piece is read at once, before an answer begins, so that a database that fails at once is told by
/// a status. From then on one piece is read while the one before it is written and sent.
///
/// # Errors
/// Those of the first piece.
pub async fn pieces<'a, W, T, N, R>(
    walk: W,
    next: N,
    write: impl Fn(T) -> Result<R>,
) -> Result<impl Stream<Item = Result<Vec<R>>>>
where
    W: 'a,
    T: 'a,
    N: AsyncFn(&mut W) -> Result<Vec<T>> + 'a,
{
    walked(walk, next, async move |piece: Vec<T>| {
        let mut rows = Vec::with_capacity(piece.len());
        for row in piece {
            rows.push(write(row)?);
            step(rows.len()).await;
        }
        Ok(rows)
    })
    .await
}

/// The same of a walk that lends its pieces, each row written to the end of one text.
///
/// # Errors
/// Those of the first piece.
pub async fn lent<'a, W, P, T, N>(
    walk: W,
    next: N,
    write: impl Fn(&T, &mut String),
) -> Result<impl Stream<Item = Result<Rows>>>
where
    W: 'a,
    P: Deref<Target = [T]> + 'a,
    N: AsyncFn(&mut W) -> Result<P> + 'a,
{
    let before = Cell::new(0);
    walked(walk, next, async move |piece: P| {
        let mut rows = Rows::as_long_as(before.get());
        for row in piece.iter() {
            write(row, rows.next());
            step(rows.count).await;
        }
        before.set(rows.text.len());
        Ok(rows)
    })
    .await
}

async fn walked<'a, W, P, T, N, R>(
    mut walk: W,
    next: N,
    write: impl AsyncFn(P) -> Result<R>,
) -> Result<impl Stream<Item = Result<R>>>
where
    W: 'a,
    P: Deref<Target = [T]> + 'a,
    N: AsyncFn(&mut W) -> Result<P> + 'a,
{
    let first = next(&mut walk).await?;
    let state = (Ahead::Read((Ok(first), walk, next)), write);
    Ok(stream::try_unfold(state, async |(ahead, write)| {
        let (piece, walk, next) = match ahead {
            Ahead::Read(read) => read,
            Ahead::Begun(begun) => begun.await,
        };
        let piece = piece?;
        if piece.is_empty() {
            return Ok(None);
        }
        let mut following = read(walk, next).boxed_local();
        // It begins with the first look at it.
        let look = poll_fn(|context| Poll::Ready(following.poll_unpin(context)));
        let ahead = match look.await {
            Poll::Ready(read) => Ahead::Read(read),
            Poll::Pending => Ahead::Begun(following),
        };
        let rows = write(piece).await?;
        Ok(Some((rows, (ahead, write))))
    }))
}

/// After some rows what else runs on this thread has a turn.
async fn step(rows: usize) {
    if rows.is_multiple_of(STEP) {
        yield_now().await;
    }
}

/// How many rows are written before what else runs on this thread has a turn.
const STEP: usize = 8;

/// A piece that was read, with what reads the next one.
type Read<W, P, N> = (Result<P>, W, N);

/// The piece that comes next.
enum Ahead<'a, W, P, N> {
    /// It is here.
    Read(Read<W, P, N>),
    /// It is on its way.
    Begun(LocalBoxFuture<'a, Read<W, P, N>>),
}

async fn read<W, P, N: AsyncFn(&mut W) -> Result<P>>(mut walk: W, next: N) -> Read<W, P, N> {
    let piece = next(&mut walk).await;
    (piece, walk, next)
}

/// An answer whose body is produced piece by piece. When a piece fails, the error is logged with
/// the request's id and the connection is broken, so that the client cannot take the part it has
/// for the whole.
pub fn streamed(
    status: StatusCode,
    content_type: &str,
    body: impl Stream<Item = Result<Bytes>> + 'static,
) -> HttpResponse {
    let mut builder = HttpResponse::build(status);
    builder.content_type(content_type);
    streaming(builder, body)
}

/// The same for an answer whose head is begun already.
pub fn streaming(
    mut builder: HttpResponseBuilder,
    body: impl Stream<Item = Result<Bytes>> + 'static,
) -> HttpResponse {
    // The body outlives the handler, and with it the span that carries the request's id.
    let span = tracing::Span::current();
    let body = body.map(move |piece| {
        piece.map_err(|error| {
            span.in_scope(|| log(&error));
            io::Error::other("the answer broke off")
        })
    });
    builder.streaming(body)
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn joined(pieces: Vec<Vec<&str>>) -> String {
        let owned = |piece: Vec<&str>| piece.into_iter().map(str::to_owned).collect::<Vec<_>>();
        let pieces = pieces.into_iter().map(|piece| Ok(owned(piece)));
        let bytes: Vec<Result<Bytes>> =
            listed("[".to_owned(), stream::iter(pieces), "]").collect().await;
        let bytes = bytes.into_iter().flat_map(|piece| piece.expect("no failure"));
        String::from_utf8(bytes.collect()).expect("UTF-8")
    }

    #[actix_web::test]
    async fn rows_are_joined_across_pieces() {
        assert_eq!(joined(vec![vec!["1", "2"], vec!["3"], vec![]]).await, "[1,2,3]");
        assert_eq!(joined(vec![vec![]]).await, "[]");
        assert_eq!(joined(vec![]).await, "[]");
    }

    #[actix_web::test]
    async fn a_tail_can_tell_how_many_rows_there_were() {
        let pieces = stream::iter([Ok(vec!["1".to_owned(), "2".to_owned()]), Ok(Vec::new())]);
        let list = counted("[".to_owned(), pieces, |count| format!("]{count}"));
        let bytes: Vec<Result<Bytes>> = list.collect().await;
        assert_eq!(
            bytes.into_iter().map(|b| b.expect("bytes")).collect::<Vec<_>>().concat(),
            b"[1,2]2"
        );
    }

    #[actix_web::test]
    async fn long_rows_are_joined_and_counted() {
        let row = |parts: &[&'static str]| {
            let parts: Vec<Result<Bytes>> =
                parts.iter().map(|part| Ok(Bytes::from_static(part.as_bytes()))).collect();
            Ok(stream::iter(parts))
        };
        let rows = stream::iter([row(&["{", "1}"]), row(&["{}"])]);
        let list = gathered("[".to_owned(), rows, |count| format!("]{count}"));
        let bytes: Vec<Bytes> = list.map(|bytes| bytes.expect("bytes")).collect().await;
        assert_eq!(bytes.concat(), b"[{1},{}]2");
        let fails = || vec![Ok(Bytes::new()), Err(evalstone_core::error::Error::fault("x"))];
        let rows = stream::iter([Ok(stream::iter(fails())), Ok(stream::iter(fails()))]);
        let bytes: Vec<_> = gathered(String::new(), rows, |_| "]".to_owned()).collect().await;
        let failed = bytes.iter().position(Result::is_err);
        assert_eq!(failed, Some(3), "the head, the comma, what there is of the row");
    }

    #[actix_web::test]
    async fn a_walk_is_written_to_its_end_and_fails_at_once_if_it_fails_at_first() {
        let next = async |walk: &mut Vec<i32>| match walk.pop() {
            Some(0) => Err(evalstone_core::error::Error::fault("x")),
            Some(n) => Ok(vec![n, n]),
            None => Ok(Vec::new()),
        };
        let write = |n: i32| Ok(n.to_string());
        let rows = pieces(vec![2, 1], next, write).await.expect("a first piece");
        let rows: Vec<Result<Vec<String>>> = rows.collect().await;
        let rows: Vec<String> = rows.into_iter().flat_map(|piece| piece.expect("rows")).collect();
        assert_eq!(rows, ["1", "1", "2", "2"]);
        assert!(pieces(vec![1, 0], next, write).await.is_err());
        let rows: Vec<_> = pieces(vec![0, 1], next, write).await.expect("begun").collect().await;
        assert!(rows[0].is_ok() && rows[1].is_err());
    }

    /// A piece that tells when it is given back.
    struct Counted(Vec<usize>, Rc<Cell<usize>>);

    impl Deref for Counted {
        type Target = [usize];

        fn deref(&self) -> &[usize] {
            &self.0
        }
    }

    impl Drop for Counted {
        fn drop(&mut self) {
            self.1.set(self.1.get() + 1);
        }
    }

    #[actix_web::test]
    async fn a_lent_piece_is_given_back_when_it_is_written() {
        let back = Rc::new(Cell::new(0));
        let counting = Rc::clone(&back);
        let next = async move |walk: &mut usize| {
            *walk += 1;
            let rows = if *walk < 4 { vec![*walk; 2] } else { Vec::new() };
            Ok(Counted(rows, Rc::clone(&counting)))
        };
        let write = |row: &usize, text: &mut String| text.push_str(&row.to_string());
        let rows = lent(0, next, write).await.expect("a first piece");
        let seen = rows.map(|piece| (piece.expect("rows").text, back.get()));
        let seen: Vec<(String, usize)> = seen.collect().await;
        let expected = (1..4).map(|n| (format!(",{n},{n}"), n)).collect::<Vec<_>>();
        assert_eq!(seen, expected);
    }

    #[actix_web::test]
    async fn others_have_a_turn_while_a_long_piece_is_written() {
        let had = Rc::new(Cell::new(false));
        let turn = Rc::clone(&had);
        actix_web::rt::spawn(async move { turn.set(true) });
        let next = async |walk: &mut Vec<usize>| Ok(std::mem::take(walk));
        let write = |row| Ok((row, had.get()));
        let rows = pieces((0..3 * STEP).collect(), next, write).await.expect("a first piece");
        let rows: Vec<_> = rows.map(|piece| piece.expect("rows")).collect().await;
        let expected: Vec<_> = (0..3 * STEP).map(|row| (row, row >= STEP)).collect();
        assert_eq!(rows, [expected]);
    }

    #[actix_web::test]
    async fn a_failure_ends_the_list() {
        let pieces = vec![Ok(vec!["1".to_owned()]), Err(evalstone_core::error::Error::fault("x"))];
        let bytes: Vec<Result<Bytes>> =
            listed("[".to_owned(), stream::iter(pieces), "]").collect().await;
        assert!(bytes[0].is_ok() && bytes[1].is_ok() && bytes[2].is_err());
    }
}
