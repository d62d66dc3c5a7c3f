//! A server that does nothing: it answers every request with the same 200 as soon as the request
//! is there. It shows how fast the load generator itself can go on this machine.
//!
//! `nullserver SECONDS` prints its address and ends after that time, or when its standard input
//! closes.

use std::error::Error;
use std::io::{self, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::thread;
use std::time::Duration;

/// About as long as the answer to the creation of a dataset.
const BODY: usize = 300;

fn main() -> Result<(), Box<dyn Error>> {
    let seconds = std::env::args().nth(1).ok_or("usage: nullserver SECONDS")?.parse()?;
    thread::spawn(move || {
        thread::sleep(Duration::from_secs(seconds));
        std::process::exit(0);
    });
    thread::spawn(|| {
        // Whoever started this has ended, or the pipe is broken: there is nobody left to serve.
        io::copy(&mut io::stdin(), &mut io::sink()).unwrap_or_default();
        std::process::exit(0);
    });
    let listener = TcpListener::bind(("127.0.0.1", 0))?;
    println!("listening on http://{}", listener.local_addr()?);
    let answer = format!("HTTP/1.1 200 OK\r\nContent-Length: {BODY}\r\n\r\n{}", "x".repeat(BODY));
    for stream in listener.incoming() {
        let (stream, answer) = (stream?, answer.clone());
        // A client that goes away ends its own thread only.
        thread::spawn(move || serve(stream, answer.as_bytes()).unwrap_or_default());
    }
    Ok(())
}

fn serve(mut stream: TcpStream, answer: &[u8]) -> io::Result<()> {
    stream.set_nodelay(true)?;
    let (mut buffer, mut have) = (vec![0; 1 << 20], 0);
    loop {
        let request = loop {
            if let Some(length) = request_length(&buffer[..have]) {
                break length;
            }
            have += more(&mut stream, &mut buffer[have..])?;
        };
        while have < request {
            have += more(&mut stream, &mut buffer[have..])?;
        }
        buffer.copy_within(request..have, 0);
        have -= request;
        stream.write_all(answer)?;
    }
}

fn more(stream: &mut TcpStream, buffer: &mut [u8]) -> io::Result<usize> {
    match stream.read(buffer)? {
        0 => Err(io::ErrorKind::UnexpectedEof.into()),
        count => Ok(count),
    }
}

/// The length of the request that begins here, once its head is complete.
fn request_length(bytes: &[u8]) -> Option<usize> {
    let head = bytes.windows(4).position(|window| window == b"\r\n\r\n")? + 4;
    let text = String::from_utf8_lossy(&bytes[..head]).to_ascii_lowercase();
    let length = text.lines().find_map(|line| line.strip_prefix("content-length:"));
    Some(head + length.and_then(|length| length.trim().parse().ok()).unwrap_or(0))
}
