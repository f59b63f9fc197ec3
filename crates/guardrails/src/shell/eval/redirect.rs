//! Redirections: files read and written, network paths, here-documents.

use crate::shell::ast::{Redirect, RedirectKind, RedirectTarget};
use crate::value::{Flow, Value};
use crate::walker::Walker;
use protocol::effect::{Action, WriteMode};
use protocol::{Field, RawText, Why};

/// A file that takes output when the command is done.
pub(super) struct OutputTo {
    word: Value,
    mode: WriteMode,
    /// It takes the standard output, not only another descriptor.
    standard: bool,
    /// It is no file: the host and port behind `/dev/tcp`.
    network: bool,
}

impl Walker<'_> {
    /// Settles the input, and what takes the output.
    pub(super) fn redirects(&mut self, redirects: &[Redirect], stdin: &Flow) -> (Flow, Vec<OutputTo>) {
        let mut input = stdin.clone();
        let mut outputs = Vec::new();
        let mut network: Option<Value> = None;
        for redirect in redirects {
            let word = match &redirect.target {
                RedirectTarget::Word(word) | RedirectTarget::Body(word) => self.single(word),
            };
            if let Some(address) = network_path(&word) {
                self.network(&address, redirect.kind);
                match redirect.kind {
                    RedirectKind::Read => input = Flow::Download(address),
                    RedirectKind::ReadWrite => {
                        match redirect.fd.unwrap_or(0) {
                            0 => input = Flow::Download(address.clone()),
                            fd => self.connect(fd, &address),
                        }
                        network = Some(address);
                    }
                    _ => {
                        if let Some(fd) = redirect.fd.filter(|fd| *fd > 2) {
                            self.connect(fd, &address);
                        }
                        let (word, standard) = (address.clone(), redirect.fd.unwrap_or(1) == 1);
                        outputs.push(OutputTo { word, mode: WriteMode::Append, standard, network: true });
                        network = Some(address);
                    }
                }
                continue;
            }
            match redirect.kind {
                RedirectKind::Read => {
                    let flow = self.read_flow(&word);
                    if redirect.fd.unwrap_or(0) == 0 {
                        input = flow;
                    }
                }
                RedirectKind::ReadWrite => {
                    let flow = self.read_flow(&word);
                    if redirect.fd.unwrap_or(0) == 0 {
                        input = flow;
                    }
                    outputs.push(OutputTo {
                        word,
                        mode: WriteMode::Edit,
                        standard: redirect.fd == Some(1),
                        network: false,
                    });
                }
                RedirectKind::Write | RedirectKind::Append => {
                    let mode =
                        if redirect.kind == RedirectKind::Write { WriteMode::Replace } else { WriteMode::Append };
                    outputs.push(OutputTo { word, mode, standard: redirect.fd.unwrap_or(1) == 1, network: false });
                }
                RedirectKind::WriteBoth | RedirectKind::AppendBoth => {
                    let mode =
                        if redirect.kind == RedirectKind::WriteBoth { WriteMode::Replace } else { WriteMode::Append };
                    outputs.push(OutputTo { word, mode, standard: true, network: false });
                }
                RedirectKind::Duplicate => {
                    // `0>&1` behind `>/dev/tcp/…`: what the other side sends is the input.
                    if let (Some(0), Some(address)) = (redirect.fd, &network) {
                        input = Flow::Download(address.clone());
                    } else if let Some(address) = self.connected(&word) {
                        // `<&3`, `>&3`: a descriptor that was connected before.
                        // `<&3` and `>&3` look the same without a number before them.
                        if matches!(redirect.fd, None | Some(0)) && matches!(input, Flow::Inherit) {
                            input = Flow::Download(address.clone());
                        }
                        if redirect.fd != Some(0) {
                            let standard = redirect.fd.unwrap_or(1) == 1;
                            outputs.push(OutputTo { word: address, mode: WriteMode::Append, standard, network: true });
                        }
                    }
                }
                RedirectKind::HereDocument | RedirectKind::HereString => {
                    input = match word {
                        Value::Known(mut text) => {
                            if redirect.kind == RedirectKind::HereString {
                                text.push(b'\n');
                            }
                            Flow::Text(text)
                        }
                        // With unknown parts: as much of it as is known.
                        Value::Pattern { glob, .. } => Flow::Text(glob),
                        Value::Unknown(_) => match self.last_download() {
                            Some(Field::Known(url)) => Flow::Download(Value::text(protocol::Text::bytes(&url))),
                            Some(_) => Flow::Download(Value::Unknown(Why::Substitution)),
                            None => Flow::Output,
                        },
                    };
                }
            }
        }
        (input, outputs)
    }

    fn connect(&mut self, fd: u32, address: &Value) {
        self.sockets.retain(|(known, _)| *known != fd);
        if self.sockets.len() < 16 {
            self.sockets.push((fd, address.clone()));
        }
    }

    fn connected(&self, word: &Value) -> Option<Value> {
        if self.sockets.is_empty() {
            return None;
        }
        let fd: u32 = std::str::from_utf8(word.known()?).ok()?.trim_end_matches('-').parse().ok()?;
        self.sockets.iter().find(|(known, _)| *known == fd).map(|(_, address)| address.clone())
    }

    fn network(&mut self, address: &Value, kind: RedirectKind) {
        let host = host_of(address);
        if kind == RedirectKind::Read {
            self.push(Action::Fetch { host, url: address.field(), method: tcp(), to: None });
        } else {
            let what = vec![protocol::effect::Outgoing::Output];
            self.push(Action::Send { host, url: address.field(), method: tcp(), what });
        }
    }

    /// Writes what came out; gives what still flows on.
    pub(super) fn write_outputs(&mut self, outputs: Vec<OutputTo>, flow: Flow) -> Flow {
        let mut rest = flow;
        let taken = outputs.iter().any(|output| output.standard);
        for output in outputs {
            let content = if output.standard { &rest } else { &Flow::Output };
            if output.network {
                // That something goes there was said before it ran; which files it is made of is known now.
                if matches!(content, Flow::Files(_)) {
                    let (host, url) = (host_of(&output.word), output.word.field());
                    self.push(Action::Send { host, url, method: tcp(), what: content.outgoing() });
                }
                continue;
            }
            let content = if matches!(content, Flow::Inherit) { &Flow::Text(Vec::new()) } else { content };
            self.write(&output.word, output.mode, content);
        }
        if taken {
            rest = Flow::Inherit;
        }
        rest
    }
}

fn tcp() -> Field<RawText> {
    Field::Known(RawText::from("tcp"))
}

/// `/dev/tcp/host/port` as `host:port`.
fn network_path(word: &Value) -> Option<Value> {
    let text = word.written()?;
    let rest = text.strip_prefix(b"/dev/tcp/").or_else(|| text.strip_prefix(b"/dev/udp/"))?;
    let address: Vec<u8> = rest.iter().map(|b| if *b == b'/' { b':' } else { *b }).collect();
    Some(match word {
        Value::Known(_) => Value::Known(address),
        _ => Value::Pattern { glob: address, floating: false },
    })
}

fn host_of(address: &Value) -> Field<RawText> {
    let Some(text) = address.written() else { return Field::Unknown(Why::Variable) };
    let host = text.split(|b| *b == b':').next().unwrap_or_default();
    if host.contains(&b'*') { Field::pattern(RawText::new(host)) } else { Field::Known(RawText::new(host)) }
}
