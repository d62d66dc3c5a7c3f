//! What the command line asks for, and the request that comes of it.

use std::error::Error;
use std::fmt::Write as _;
use std::net::SocketAddr;
use std::time::Duration;

/// How to call the program.
pub const USAGE: &str = "usage: loadgen --url http://127.0.0.1:PORT/PATH [--method M] \
[--header 'K: V']... [--body TEXT | --body-file FILE] [--conns N] [--ok 200,201] \
[--warmup SECONDS] [--seconds SECONDS | --requests N]";

const TEXT_MARK: &[u8] = b"{{id}}";
/// As long as what takes its place, so that whoever counts a body's bytes need not know of it.
const BYTES_MARK: &[u8] = b"{{12 bytes}}";
const BYTES: usize = BYTES_MARK.len();
const TURN_MARK: &[u8] = b"{{10 to 99}}";
const TURNS: u64 = 90;

/// What the command line asks for.
pub struct Options {
    pub address: SocketAddr,
    pub request: Template,
    pub conns: usize,
    /// The statuses that count as success.
    pub ok: Vec<u16>,
    pub warmup: Duration,
    pub seconds: Duration,
    /// How many requests to send; then time does not matter.
    pub requests: Option<u64>,
}

impl Options {
    /// Reads the arguments after the program's name.
    pub fn parse(mut args: impl Iterator<Item = String>) -> Result<Self, Box<dyn Error>> {
        let (mut url, mut method, mut headers) = (String::new(), "GET".to_owned(), String::new());
        let (mut body, mut conns, mut ok) = (None, 1, vec![200]);
        let (mut warmup, mut seconds, mut requests) = (0.0, 1.0, None);
        while let Some(name) = args.next() {
            let value = args.next().ok_or_else(|| format!("{name} needs a value"))?;
            match name.as_str() {
                "--url" => url = value,
                "--method" => method = value,
                "--header" => write!(headers, "{value}\r\n")?,
                "--body" => body = Some(value.into_bytes()),
                "--body-file" => body = Some(std::fs::read(value)?),
                "--conns" => conns = value.parse()?,
                "--ok" => ok = value.split(',').map(str::parse).collect::<Result<_, _>>()?,
                "--warmup" => warmup = value.parse()?,
                "--seconds" => seconds = value.parse()?,
                "--requests" => requests = Some(value.parse()?),
                _ => return Err(format!("unknown option {name}").into()),
            }
        }
        let (host, path) = url
            .strip_prefix("http://")
            .and_then(|rest| rest.split_at_checked(rest.find('/')?))
            .ok_or("--url wants http://ADDRESS/PATH")?;
        let address: SocketAddr = host.parse()?;
        if !address.ip().is_loopback() {
            return Err("loopback addresses only".into());
        }
        if body.is_some() {
            headers.push_str("Content-Length: {{length}}\r\n");
        }
        let head = format!("{method} {path} HTTP/1.1\r\nHost: {host}\r\n{headers}\r\n");
        let request = Template::new(&head, &body.unwrap_or_default());
        let (warmup, seconds) = (Duration::from_secs_f64(warmup), Duration::from_secs_f64(seconds));
        Ok(Self { address, request, conns, ok, warmup, seconds, requests })
    }
}

/// A value that no other request has, in two forms of fixed length, and one of two digits that comes in turns.
pub struct Id {
    text: String,
    bytes: [u8; BYTES],
    turn: String,
}

impl Id {
    /// The value of this request of this run.
    pub fn new(run: u64, number: u64) -> Self {
        // A run is a time in milliseconds, of which none sees four million requests.
        let scattered = scatter((run << 22).wrapping_add(number)).to_be_bytes();
        let mut bytes = [0; BYTES];
        let (first, last) = bytes.split_at_mut(scattered.len());
        first.copy_from_slice(&scattered);
        last.copy_from_slice(&scattered[..last.len()]);
        let turn = format!("{}", number % TURNS + 10);
        Self { text: format!("{run:012x}-{number:08x}"), bytes, turn }
    }
}

/// Another number for each number, far from those of its neighbours (the last steps of splitmix64):
/// ids in order would be easier to store than those of real clients.
const fn scatter(number: u64) -> u64 {
    let number = (number ^ (number >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let number = (number ^ (number >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    number ^ (number >> 31)
}

/// A part of a request.
enum Piece {
    Fixed(Vec<u8>),
    Text,
    Bytes,
    Turn,
}

impl Piece {
    fn of<'a>(&'a self, id: &'a Id) -> &'a [u8] {
        match self {
            Self::Fixed(bytes) => bytes,
            Self::Text => id.text.as_bytes(),
            Self::Bytes => &id.bytes,
            Self::Turn => id.turn.as_bytes(),
        }
    }
}

/// A request, cut where the ids go. All ids have the same length, so the content length is fixed.
pub struct Template(Vec<Piece>);

impl Template {
    fn new(head: &str, body: &[u8]) -> Self {
        let (parts, any) = (cut(body), Id::new(0, 0));
        let length: usize = parts.iter().map(|part| part.of(&any).len()).sum();
        let head = head.replace("{{length}}", &length.to_string());
        let mut pieces = cut(head.as_bytes());
        pieces.extend(parts);
        Self(pieces)
    }

    /// Writes the whole request.
    pub fn fill(&self, id: &Id, request: &mut Vec<u8>) {
        request.clear();
        for piece in &self.0 {
            request.extend_from_slice(piece.of(id));
        }
    }
}

fn cut(text: &[u8]) -> Vec<Piece> {
    let (mut pieces, mut rest) = (Vec::new(), text);
    let next = |rest: &[u8]| {
        let text = find(rest, TEXT_MARK).map(|at| (at, TEXT_MARK.len(), Piece::Text));
        let bytes = find(rest, BYTES_MARK).map(|at| (at, BYTES_MARK.len(), Piece::Bytes));
        let turn = find(rest, TURN_MARK).map(|at| (at, TURN_MARK.len(), Piece::Turn));
        text.into_iter().chain(bytes).chain(turn).min_by_key(|(at, _, _)| *at)
    };
    while let Some((at, length, piece)) = next(rest) {
        pieces.push(Piece::Fixed(rest[..at].to_vec()));
        pieces.push(piece);
        rest = &rest[at + length..];
    }
    pieces.push(Piece::Fixed(rest.to_vec()));
    pieces
}

/// Where `what` begins in `text`.
pub fn find(text: &[u8], what: &[u8]) -> Option<usize> {
    text.windows(what.len()).position(|window| window == what)
}
