//! What the command line asks for, and the request that comes of it.

use std::error::Error;
use std::fmt::Write as _;
use std::net::SocketAddr;
use std::time::Duration;

/// How to call the program.
pub const USAGE: &str = "usage: loadgen --url http://127.0.0.1:PORT/PATH [--method M] \
[--header 'K: V']... [--body TEXT | --body-file FILE] [--conns N] [--ok 200,201] \
[--warmup SECONDS] [--seconds SECONDS | --requests N]";

const PLACEHOLDER: &str = "{{id}}";

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

/// A request, cut where the ids go. All ids have the same length, so the content length is fixed.
pub struct Template(Vec<Vec<u8>>);

impl Template {
    fn new(head: &str, body: &[u8]) -> Self {
        let parts = cut(body, PLACEHOLDER.as_bytes());
        let length =
            parts.iter().map(Vec::len).sum::<usize>() + (parts.len() - 1) * Self::id(0, 0).len();
        let head = head.replace("{{length}}", &length.to_string());
        let mut pieces = cut(head.as_bytes(), PLACEHOLDER.as_bytes());
        let mut parts = parts.into_iter();
        if let (Some(last), Some(first)) = (pieces.last_mut(), parts.next()) {
            last.extend(first);
        }
        pieces.extend(parts);
        Self(pieces)
    }

    /// A value of fixed length for the placeholder.
    pub fn id(run: u64, number: u64) -> String {
        format!("{run:012x}-{number:08x}")
    }

    /// Writes the whole request.
    pub fn fill(&self, id: &str, request: &mut Vec<u8>) {
        request.clear();
        for (index, piece) in self.0.iter().enumerate() {
            if index > 0 {
                request.extend_from_slice(id.as_bytes());
            }
            request.extend_from_slice(piece);
        }
    }
}

fn cut(text: &[u8], at: &[u8]) -> Vec<Vec<u8>> {
    let (mut pieces, mut rest) = (Vec::new(), text);
    while let Some(position) = find(rest, at) {
        pieces.push(rest[..position].to_vec());
        rest = &rest[position + at.len()..];
    }
    pieces.push(rest.to_vec());
    pieces
}

/// Where `what` begins in `text`.
pub fn find(text: &[u8], what: &[u8]) -> Option<usize> {
    text.windows(what.len()).position(|window| window == what)
}
