//! Bodies that their sender packed (`Content-Encoding`).

use std::io::{self, Read};

use actix_web::HttpRequest;
use actix_web::http::header::CONTENT_ENCODING;
use bytes::Bytes;
use evalstone_core::error::{Error, Result};
use flate2::read::{DeflateDecoder, MultiGzDecoder, ZlibDecoder};

use crate::limits::Cap;

/// How a body is packed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Coding {
    /// Not at all.
    Identity,
    /// gzip, in one member or several.
    Gzip,
    /// zlib, which is what the name means in HTTP; bare deflate, which some send under it, is
    /// known from its first bytes.
    Deflate,
}

impl Coding {
    /// The coding that a request's `Content-Encoding` names.
    ///
    /// # Errors
    /// `Invalid` for one that is not known here, or more than one.
    pub fn of(request: &HttpRequest) -> Result<Self> {
        let mut coding = Self::Identity;
        for value in request.headers().get_all(CONTENT_ENCODING) {
            let names = value.to_str().unwrap_or("?").split(',').map(str::trim);
            for name in names.filter(|name| !name.is_empty()) {
                let next = Self::named(name).ok_or_else(unknown)?;
                if next != Self::Identity && coding != Self::Identity {
                    return Err(unknown());
                }
                coding = if next == Self::Identity { coding } else { next };
            }
        }
        Ok(coding)
    }

    fn named(name: &str) -> Option<Self> {
        let is = |known: &str| name.eq_ignore_ascii_case(known);
        match name {
            _ if is("identity") => Some(Self::Identity),
            _ if is("gzip") || is("x-gzip") => Some(Self::Gzip),
            _ if is("deflate") => Some(Self::Deflate),
            _ => None,
        }
    }

    /// The body unpacked. This takes time, and so has no place on an async thread. The body is
    /// unpacked twice, first to count: what is over the limit costs no memory, and what is not
    /// costs exactly its size.
    ///
    /// # Errors
    /// `TooLarge` when it is over `cap` unpacked; `Invalid` when it is not packed so.
    pub fn unpack(self, body: Bytes, cap: Cap) -> Result<Bytes> {
        if self == Self::Identity {
            return Ok(body);
        }
        let most = cap.bytes.saturating_add(1);
        let length = io::copy(&mut self.reader(&body).take(most), &mut io::sink());
        let length = length.map_err(|error| self.broken(&error))?;
        if length > cap.bytes {
            return Err(cap.exceeded("the unpacked body"));
        }
        let mut unpacked = Vec::with_capacity(usize::try_from(length).unwrap_or_default());
        self.reader(&body).read_to_end(&mut unpacked).map_err(|error| self.broken(&error))?;
        Ok(unpacked.into())
    }

    fn reader(self, body: &[u8]) -> Box<dyn Read + '_> {
        match self {
            Self::Identity => Box::new(body),
            Self::Gzip => Box::new(MultiGzDecoder::new(body)),
            Self::Deflate if is_zlib(body) => Box::new(ZlibDecoder::new(body)),
            Self::Deflate => Box::new(DeflateDecoder::new(body)),
        }
    }

    fn broken(self, error: &io::Error) -> Error {
        let name = match self {
            Self::Identity => "identity",
            Self::Gzip => "gzip",
            Self::Deflate => "deflate",
        };
        Error::invalid(format!("the body cannot be unpacked by its Content-Encoding, {name}"))
            .with_context(error)
    }
}

/// Whether the first two bytes are a zlib header (RFC 1950, section 2.2).
fn is_zlib(body: &[u8]) -> bool {
    match body {
        [method, flags, ..] => {
            method & 0x0F == 8 && u16::from_be_bytes([*method, *flags]).is_multiple_of(31)
        }
        _ => false,
    }
}

fn unknown() -> Error {
    Error::invalid("a Content-Encoding other than one of gzip, deflate and identity is not known")
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use actix_web::test::TestRequest;
    use evalstone_core::error::Kind;
    use flate2::Compression;
    use flate2::write::{DeflateEncoder, GzEncoder, ZlibEncoder};

    use super::*;

    const CAP: Cap = Cap { bytes: 1000, setting: "limits.otlp" };

    fn gzip(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
        encoder.write_all(bytes).expect("in memory");
        encoder.finish().expect("in memory")
    }

    fn zlib(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = ZlibEncoder::new(Vec::new(), Compression::fast());
        encoder.write_all(bytes).expect("in memory");
        encoder.finish().expect("in memory")
    }

    fn deflate(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = DeflateEncoder::new(Vec::new(), Compression::default());
        encoder.write_all(bytes).expect("in memory");
        encoder.finish().expect("in memory")
    }

    fn unpacked(coding: Coding, packed: Vec<u8>) -> Result<Vec<u8>> {
        coding.unpack(packed.into(), CAP).map(Vec::from)
    }

    #[test]
    fn what_was_packed_comes_back() {
        for text in [&b""[..], b"x", &[7; 1000]] {
            assert_eq!(unpacked(Coding::Identity, text.to_vec()).expect("plain"), text);
            assert_eq!(unpacked(Coding::Gzip, gzip(text)).expect("gzip"), text);
            assert_eq!(unpacked(Coding::Deflate, zlib(text)).expect("zlib"), text);
            assert_eq!(unpacked(Coding::Deflate, deflate(text)).expect("deflate"), text);
        }
        let members = [gzip(b"two "), gzip(b"members")].concat();
        assert_eq!(unpacked(Coding::Gzip, members).expect("gzip"), b"two members");
    }

    #[test]
    fn what_is_over_the_limit_is_refused_however_small_it_came() {
        let large = [0; 1 << 20];
        for (coding, packed) in [
            (Coding::Gzip, gzip(&large[..1001])),
            (Coding::Gzip, gzip(&large)),
            (Coding::Deflate, zlib(&large)),
            (Coding::Deflate, deflate(&large)),
        ] {
            let error = unpacked(coding, packed).expect_err("too large");
            assert_eq!(error.kind(), Kind::TooLarge);
            let message = "the unpacked body is over 1000 bytes (setting limits.otlp)";
            assert_eq!(error.message(), message);
        }
    }

    #[test]
    fn what_is_not_packed_so_is_refused() {
        let mut broken = gzip(b"text");
        broken.truncate(broken.len() - 1);
        for (coding, packed) in [
            (Coding::Gzip, broken),
            (Coding::Gzip, b"text".to_vec()),
            (Coding::Gzip, Vec::new()),
            (Coding::Deflate, b"\xff\xff\xff".to_vec()),
            (Coding::Deflate, Vec::new()),
            (Coding::Deflate, zlib(b"text")[..4].to_vec()),
        ] {
            let error = unpacked(coding, packed).expect_err("broken");
            assert_eq!(error.kind(), Kind::Invalid);
        }
    }

    #[test]
    fn the_header_is_read_as_people_write_it() {
        let coding = |values: &[&str]| {
            let request = values.iter().fold(TestRequest::default(), |request, value| {
                request.append_header(("content-encoding", *value))
            });
            Coding::of(&request.to_http_request()).ok()
        };
        for (values, expected) in [
            (&[][..], Some(Coding::Identity)),
            (&[""], Some(Coding::Identity)),
            (&["GZIP"], Some(Coding::Gzip)),
            (&["x-gzip"], Some(Coding::Gzip)),
            (&["identity, deflate"], Some(Coding::Deflate)),
            (&["gzip", "identity"], Some(Coding::Gzip)),
            (&["zstd"], None),
            (&["gzip, gzip"], None),
            (&["gzip", "deflate"], None),
        ] {
            assert_eq!(coding(values), expected, "{values:?}");
        }
    }
}
