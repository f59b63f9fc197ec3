//! A request's body: read within a limit and a time, decompressed within a limit.

use super::Refused;
use axum::body::{Body, Bytes, to_bytes};
use axum::http::StatusCode;
use protocol::wire::Refusal;
use std::io::{self, Read};
use std::time::Duration;

/// A body that has not come in this time does not come.
const PATIENCE: Duration = Duration::from_secs(30);

/// The largest window of a zstd frame, as a power of two: so much memory it takes whatever the frame says.
const WINDOW_LOG: u32 = 23;

/// Nobody has proved yet whose body it is: whoever stands in between may have cut or grown it. So the answer says nothing
/// of the device's own batch, which it would take for a word on its records.
///
/// # Errors
///
/// When it is over `most` bytes, breaks off, or takes too long.
pub(crate) async fn read(body: Body, most: usize) -> Result<Bytes, Refused> {
    match tokio::time::timeout(PATIENCE, to_bytes(body, most)).await {
        Ok(Ok(bytes)) => Ok(bytes),
        Ok(Err(_)) => {
            let text = format!("The body broke off, or is over {most} bytes.");
            Err(Refused::new(StatusCode::PAYLOAD_TOO_LARGE, Refusal::Busy, text))
        }
        Err(_) => {
            let text = "The body did not come in time.";
            Err(Refused::new(StatusCode::REQUEST_TIMEOUT, Refusal::Busy, text))
        }
    }
}

fn too_large(most: usize) -> Refused {
    Refused::new(StatusCode::PAYLOAD_TOO_LARGE, Refusal::TooLarge, format!("The batch is over {most} bytes."))
}

/// # Errors
///
/// When it is not what `encoding` says, or more than `most` bytes.
pub(super) fn decompress(bytes: &[u8], encoding: &str, most: usize) -> Result<Vec<u8>, Refused> {
    let malformed = |error: io::Error| {
        let text = format!("The body cannot be decompressed: {error}.");
        Refused::new(StatusCode::BAD_REQUEST, Refusal::Malformed, text)
    };
    let limited = |reader: &mut dyn Read| -> Result<Vec<u8>, Refused> {
        let mut out = Vec::new();
        reader.take(most as u64 + 1).read_to_end(&mut out).map_err(malformed)?;
        if out.len() > most { Err(too_large(most)) } else { Ok(out) }
    };
    match encoding {
        "identity" => limited(&mut &*bytes),
        "zstd" => {
            let mut decoder = zstd::Decoder::with_buffer(bytes).map_err(malformed)?;
            decoder.window_log_max(WINDOW_LOG).map_err(malformed)?;
            limited(&mut decoder)
        }
        "gzip" => limited(&mut flate2::bufread::GzDecoder::new(bytes)),
        _ => {
            let text = "The body's encoding is none of identity, zstd and gzip.";
            Err(Refused::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, Refusal::Malformed, text))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write as _;

    fn gzip(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    }

    #[test]
    fn each_encoding_gives_back_what_was_sent() {
        let text = b"a record ".repeat(1000);
        for (encoding, sent) in
            [("identity", text.clone()), ("zstd", zstd::encode_all(&*text, 3).unwrap()), ("gzip", gzip(&text))]
        {
            assert_eq!(decompress(&sent, encoding, text.len()).unwrap(), text, "{encoding}");
            let refused = decompress(&sent, encoding, text.len() - 1).unwrap_err();
            assert_eq!(refused.status, StatusCode::PAYLOAD_TOO_LARGE, "{encoding}");
        }
    }

    #[test]
    fn a_bomb_is_given_up_at_the_limit() {
        let zeros = vec![0; 64 << 20];
        for (encoding, bomb) in [("zstd", zstd::encode_all(&*zeros, 3).unwrap()), ("gzip", gzip(&zeros))] {
            assert!(bomb.len() < zeros.len() / 500, "{encoding}: {}", bomb.len());
            let refused = decompress(&bomb, encoding, 1 << 20).unwrap_err();
            assert_eq!(refused.status, StatusCode::PAYLOAD_TOO_LARGE, "{encoding}");
        }
    }

    /// Whoever stands in between can make a body too long or break it off. The device must not take that for a word on its
    /// own records: it would send less of them from then on.
    #[tokio::test]
    async fn a_body_that_nobody_has_proved_is_too_long_for_now_and_not_for_good() {
        let refused = read(Body::from(vec![0; 11]), 10).await.unwrap_err();
        assert!(matches!(refused.why, Refusal::Busy), "{refused:?}");
        assert_eq!(read(Body::from(vec![0; 10]), 10).await.unwrap().len(), 10);
    }

    #[test]
    fn what_is_not_what_it_says_is_refused() {
        for encoding in ["zstd", "gzip"] {
            let refused = decompress(b"not compressed", encoding, 100).unwrap_err();
            assert_eq!(refused.status, StatusCode::BAD_REQUEST, "{encoding}");
        }
        assert_eq!(decompress(b"", "br", 100).unwrap_err().status, StatusCode::UNSUPPORTED_MEDIA_TYPE);
    }
}
