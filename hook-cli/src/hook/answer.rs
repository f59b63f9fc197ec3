//! Reading the daemon's frames, in whatever pieces they come.

use protocol::fallback::Answer;
use protocol::frame::{HEADER, Header, Kind};

/// Most bytes of an answer, standard output and error together. What is longer is no answer.
const MAX_ANSWER: usize = 1 << 20;

/// What the frames so far come to.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Progress {
    More,
    /// The last frame is there.
    Done(Answer),
    /// The daemon does not answer this call, or does not keep to the protocol.
    Broken,
}

/// Collects an answer. Nothing is printed before its last frame is there: half an answer and then a second one would be
/// two.
#[derive(Debug, Default)]
pub(super) struct Reader {
    pending: Vec<u8>,
    answer: Answer,
}

impl Reader {
    pub(super) fn take(&mut self, bytes: &[u8]) -> Progress {
        self.pending.extend_from_slice(bytes);
        let mut at = 0;
        let progress = loop {
            match self.frame(&mut at) {
                Ok(true) => {}
                Ok(false) => break Progress::More,
                Err(over) => break over,
            }
        };
        self.pending.drain(..at);
        progress
    }

    /// Takes one frame from `at` on, if a whole one is there. `Err` says that nothing more is to be read.
    fn frame(&mut self, at: &mut usize) -> Result<bool, Progress> {
        let rest = self.pending.get(*at..).unwrap_or_default();
        let Some((header, rest)) = rest.split_first_chunk::<HEADER>() else { return Ok(false) };
        let header = Header::decode(*header).map_err(|_| Progress::Broken)?;
        let to = match header.kind {
            Kind::Stdout => &mut self.answer.stdout,
            Kind::Stderr => &mut self.answer.stderr,
            Kind::Exit if header.length == 1 => {
                let Some(code) = rest.first() else { return Ok(false) };
                let mut answer = std::mem::take(&mut self.answer);
                answer.exit = *code;
                return Err(Progress::Done(answer));
            }
            _ => return Err(Progress::Broken),
        };
        let Some(body) = rest.get(..header.length) else { return Ok(false) };
        to.extend_from_slice(body);
        *at += HEADER + header.length;
        if self.answer.stdout.len() + self.answer.stderr.len() > MAX_ANSWER {
            return Err(Progress::Broken);
        }
        Ok(true)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use protocol::frame;

    fn frames(parts: &[(Kind, &[u8])]) -> Vec<u8> {
        let mut bytes = Vec::new();
        for (kind, body) in parts {
            frame::write(&mut bytes, *kind, body).unwrap();
        }
        bytes
    }

    #[test]
    fn an_answer_is_the_same_however_it_is_cut() {
        let bytes =
            frames(&[(Kind::Stdout, b"one"), (Kind::Stderr, b"err"), (Kind::Stdout, b"two"), (Kind::Exit, &[7])]);
        let whole = Answer { exit: 7, stdout: b"onetwo".to_vec(), stderr: b"err".to_vec() };
        for size in 1..bytes.len() {
            let mut reader = Reader::default();
            let mut progress: Vec<_> = bytes.chunks(size).map(|piece| reader.take(piece)).collect();
            assert_eq!(progress.pop().unwrap(), Progress::Done(whole.clone()), "pieces of {size}");
            assert!(progress.iter().all(|p| *p == Progress::More));
        }
    }

    #[test]
    fn frames_that_no_daemon_sends_are_no_answer() {
        for bad in [
            frames(&[(Kind::Hello, b"")]),
            frames(&[(Kind::Refused, b"no")]),
            frames(&[(Kind::Exit, &[0, 0])]),
            frames(&[(Kind::Exit, &[])]),
            vec![1, 16, 0, 0, 0xFF, 0xFF, 0xFF, 0xFF],
            vec![2, 16, 0, 0, 0, 0, 0, 0],
        ] {
            assert_eq!(Reader::default().take(&bad), Progress::Broken, "{bad:?}");
        }
    }

    #[test]
    fn an_endless_answer_is_cut_off() {
        let piece = frames(&[(Kind::Stdout, &vec![b'x'; 60_000])]);
        let mut reader = Reader::default();
        let rounds = (0..100).take_while(|_| reader.take(&piece) == Progress::More).count();
        assert_eq!(rounds, MAX_ANSWER / 60_000);
    }
}
