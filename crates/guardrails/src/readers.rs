//! Readers: what a table cannot say. Each is named in a table and judges one program's arguments.

mod accounts;
mod agents;
pub(crate) mod cloud;
mod containers;
mod escapes;
mod files;
mod git;
mod interpreters;
mod kubernetes;
pub(crate) mod leaves;
mod migrations;
pub(crate) mod net;
pub(crate) mod packages;
pub(crate) mod printed;
mod recipes;
pub(crate) mod requests;
mod script;
mod services;
pub(crate) mod sql;
mod text;
mod transfer;
mod windows;
mod windows_tools;
mod wrappers;

pub(crate) use accounts::is_removable;
pub(crate) use script::values::Names;

use crate::value::{Flow, Value};
use crate::walker::{Call, Walker};
use protocol::effect::{Action, Code};
use protocol::{RawText, Why};

pub(crate) type Reader = fn(&mut Walker<'_>, &Call<'_>) -> Flow;

/// The readers by the names that tables use.
const READERS: &[(&str, Reader)] = &[
    ("sudo", wrappers::sudo),
    ("su", wrappers::su),
    ("env", wrappers::env),
    ("xargs", wrappers::xargs),
    ("parallel", wrappers::parallel),
    ("find", wrappers::find),
    ("fd", wrappers::fd),
    ("ssh", wrappers::ssh),
    ("ansible", wrappers::ansible),
    ("watch", wrappers::watch),
    ("applet", wrappers::applet),
    ("terminal", wrappers::terminal),
    ("editor", wrappers::editor),
    ("container-run", containers::run),
    ("container-exec", containers::exec),
    ("kube-exec", kubernetes::exec),
    ("kube", kubernetes::change),
    ("kube-delete", kubernetes::delete),
    ("kube-list", kubernetes::list),
    ("kube-scale", kubernetes::scale),
    ("kube-forward", kubernetes::forward),
    ("local-cluster", kubernetes::local_cluster),
    ("shell", interpreters::shell),
    ("powershell", windows::powershell),
    ("cmd", windows::cmd),
    ("interpreter", interpreters::interpreter),
    ("awk", interpreters::awk),
    ("copy", files::copy),
    ("move", files::relocate),
    ("link", files::link),
    ("dd", files::dd),
    ("tee", files::tee),
    ("tar", files::tar),
    ("sed", files::sed),
    ("chmod", files::chmod),
    ("chown", files::chown),
    ("setfacl", files::setfacl),
    ("shred", files::shred),
    ("jq", text::jq),
    ("dirname", text::dirname),
    ("rclone", net::rclone),
    ("forget-copies", services::forget_copies),
    ("rclone-sync", net::rclone_sync),
    ("rclone-purge", cloud::rclone_purge),
    ("own-commands", escapes::own_commands),
    ("evaluated", escapes::evaluated),
    ("transfer-client", transfer::client),
    ("mail", transfer::mail),
    ("hand-over", transfer::hand_over),
    ("secure-client", transfer::secure_client),
    ("remove-whole", transfer::remove_whole),
    ("dropdb", sql::drop_database),
    ("truncate", files::truncate),
    ("rsync", files::rsync),
    ("cat", files::cat),
    ("archive", files::archive),
    ("git", git::git),
    ("git-clone", git::clone),
    ("git-init", git::init),
    ("git-push", git::push),
    ("git-remote-add", git::remote_add),
    ("git-reset", git::reset),
    ("git-checkout", git::checkout),
    ("git-clean", git::clean),
    ("git-branch", git::branch),
    ("git-tag", git::tag),
    ("git-rebase", git::rebase),
    ("git-config", git::config),
    ("git-commit", git::commit),
    ("git-gc", git::gc),
    ("git-update-ref", git::update_ref),
    ("aws", cloud::aws),
    ("cloud", cloud::cloud),
    ("forge", cloud::forge),
    ("glab-api", cloud::glab_api),
    ("compose-down", containers::compose_down),
    ("compose-up", containers::compose_up),
    ("container-prune", containers::prune),
    ("stack", cloud::stack),
    ("container-destroy", containers::destroy),
    ("migration", migrations::migration),
    ("restore", migrations::restore),
    ("key-value", sql::key_value),
    ("kafka", sql::kafka),
    ("account", accounts::account),
    ("firewall", accounts::firewall),
    ("make-filesystem", accounts::make_filesystem),
    ("mongo", sql::mongo),
    ("curl", net::curl),
    ("wget", net::wget),
    ("httpie", net::httpie),
    ("nc", net::nc),
    ("socat", net::socat),
    ("scp", net::scp),
    ("kill", text::kill),
    ("pgrep", text::pgrep),
    ("gist", net::gist),
    ("crontab", services::crontab),
    ("at", services::at),
    ("systemd-run", services::systemd_run),
    ("editor-extension", services::editor_extension),
    ("journalctl", services::journalctl),
    ("memory-dump", services::memory_dump),
    ("cluster-node", kubernetes::node),
    ("base64", text::base64),
    ("xxd", text::xxd),
    ("openssl-enc", text::openssl_enc),
    ("rev", text::rev),
    ("tr", text::tr),
    ("echo", text::echo),
    ("mktemp", text::mktemp),
    ("compress", text::compress),
    ("sql", sql::client),
    ("redis", sql::redis),
    ("make", packages::make),
    ("npm-install", packages::npm_install),
    ("npm-run", recipes::npm_run),
    ("npm-test", recipes::npm_test),
    ("npm-start", recipes::npm_start),
    ("npm-build", recipes::npm_build),
    ("pip-install", packages::pip_install),
    ("go-run", packages::go_run),
    ("exec-package", packages::exec_package),
    ("gh-api", net::gh_api),
    ("agent", agents::agent),
    ("serve", leaves::serve),
    ("resolve", leaves::resolve),
    ("git-add", leaves::git_add),
    ("printenv", leaves::printenv),
    ("keystrokes", agents::keystrokes),
    ("osascript", agents::osascript),
    ("reg", windows_tools::reg),
    ("schtasks", windows_tools::schtasks),
    ("sc", windows_tools::service_control),
    ("net", windows_tools::net),
    ("wmic", windows_tools::wmic),
    ("vssadmin", windows_tools::vssadmin),
    ("bcdedit", windows_tools::bcdedit),
    ("wevtutil", windows_tools::wevtutil),
    ("netsh", windows_tools::netsh),
    ("certutil", windows_tools::certutil),
    ("bitsadmin", windows_tools::bitsadmin),
    ("script-host", windows_tools::script_host),
    ("rundll", windows_tools::rundll),
    ("regsvr", windows_tools::regsvr),
    ("taskkill", windows_tools::taskkill),
    ("icacls", windows_tools::icacls),
    ("robocopy", windows_tools::robocopy),
    ("runas", windows_tools::runas),
    ("setx", windows_tools::setx),
    ("forfiles", windows_tools::forfiles),
    ("procdump", windows_tools::procdump),
    ("diskpart", windows_tools::diskpart),
    ("msiexec", windows_tools::msiexec),
    ("cipher", windows_tools::cipher),
    ("windows-shutdown", windows_tools::shutdown),
    ("format-volume", windows_tools::format_volume),
    ("attrib", windows_tools::attrib),
];

pub(crate) fn named(name: &str) -> Option<Reader> {
    READERS.iter().find(|(known, _)| *known == name).map(|(_, reader)| *reader)
}

/// Languages that arguments and files can be written in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Lang {
    Sh,
    PowerShell,
    Cmd,
    Python,
    Node,
    Ruby,
    Perl,
    Php,
    Awk,
    Sql,
    /// A language that is not read.
    Other,
}

impl Lang {
    pub(crate) fn named(name: &str) -> Option<Self> {
        Some(match name {
            "sh" => Self::Sh,
            "powershell" => Self::PowerShell,
            "cmd" => Self::Cmd,
            "python" => Self::Python,
            "node" => Self::Node,
            "ruby" => Self::Ruby,
            "perl" => Self::Perl,
            "php" => Self::Php,
            "awk" => Self::Awk,
            "sql" => Self::Sql,
            "other-language" => Self::Other,
            _ => return None,
        })
    }

    /// By the program that interprets it.
    pub(crate) fn of_program(name: &str) -> Self {
        match name.trim_end_matches(|c: char| c.is_ascii_digit() || c == '.' || c == '-') {
            "sh" | "bash" | "zsh" | "dash" | "ksh" | "ash" | "mksh" | "rbash" => Self::Sh,
            "pwsh" | "powershell" => Self::PowerShell,
            "python" | "pypy" | "ipython" => Self::Python,
            "node" | "nodejs" | "bun" | "deno" | "tsx" | "ts-node" => Self::Node,
            "ruby" | "irb" => Self::Ruby,
            "perl" => Self::Perl,
            "php" => Self::Php,
            _ => Self::Other,
        }
    }

    /// By a script's first line, or its file's name.
    pub(crate) fn of_script(name: &str, text: &[u8]) -> Self {
        if let Some(line) = text.strip_prefix(b"#!") {
            let line = line.split(|b| *b == b'\n').next().unwrap_or_default();
            let words = line.split(u8::is_ascii_whitespace).filter(|word| !word.is_empty());
            let program = words
                .map(|word| word.rsplit(|b| *b == b'/').next().unwrap_or_default())
                .find(|word| *word != b"env" && word.first() != Some(&b'-'));
            return Self::of_program(&String::from_utf8_lossy(program.unwrap_or_default()));
        }
        match name.rsplit('.').next() {
            Some("ps1" | "psm1") => Self::PowerShell,
            Some("bat" | "cmd") => Self::Cmd,
            Some("py") => Self::Python,
            Some("js" | "mjs" | "cjs" | "ts") => Self::Node,
            Some("rb") => Self::Ruby,
            Some("pl") => Self::Perl,
            Some("php") => Self::Php,
            _ => Self::Sh,
        }
    }
}

impl Walker<'_> {
    /// Walks code in a language.
    pub(crate) fn code(&mut self, lang: Lang, text: &[u8], stdin: &Flow, arguments: &[Value]) -> Flow {
        match lang {
            Lang::Sh => self.new_shell_text(text, stdin, arguments.to_vec()),
            Lang::PowerShell => self.powershell(text, stdin, arguments),
            Lang::Cmd => self.cmd(text, stdin),
            Lang::Sql => {
                sql::statements(self, text, &sql::Connection::default());
                Flow::Output
            }
            Lang::Other => {
                escapes::started(self, text);
                Flow::Output
            }
            Lang::Awk => {
                interpreters::awk_program(self, text);
                Flow::Output
            }
            lang => {
                script::read(self, lang, text);
                Flow::Output
            }
        }
    }

    /// An interpreter reads its code from what flows in. `run` is its own run effect; without one it gets one.
    pub(crate) fn run_flow(&mut self, lang: Lang, flow: &Flow, run: Option<usize>, words: &[Value]) -> Flow {
        let run = run.unwrap_or_else(|| {
            self.push_run(words, Code::Installed);
            self.effects.len() - 1
        });
        let code = match flow {
            Flow::Inherit => return Flow::Output,
            Flow::Text(text) => {
                self.set_code(run, Code::Inline);
                let text = text.clone();
                return self.code(lang, &text, &Flow::Inherit, &[]);
            }
            Flow::Files(files) => {
                let Some((first, more)) = files.split_first() else { return Flow::Output };
                for target in more {
                    let program = protocol::Field::Unknown(Why::Unstated);
                    self.push(Action::Run { program, arguments: Vec::new(), code: Code::File(target.clone()) });
                }
                match first.path {
                    // Which file it is cannot be seen, and so neither what is in it.
                    protocol::Field::Unknown(why) => Code::Unseen(why),
                    _ => Code::File(first.clone()),
                }
            }
            Flow::Download(url) => Code::Download { url: url.field() },
            Flow::Decoded => Code::Decoded,
            // The part that is known is code as well.
            Flow::Part(text) => {
                let text = text.clone();
                self.set_code(run, Code::Unseen(Why::Unseen));
                return self.code(lang, &text, &Flow::Inherit, &[]);
            }
            Flow::Paths { .. } | Flow::Names | Flow::Output | Flow::Session | Flow::SetUp | Flow::Secret(_) => {
                Code::Unseen(Why::Unseen)
            }
        };
        self.set_code(run, code);
        Flow::Output
    }

    /// An interpreter reads its code from a file.
    pub(crate) fn run_file(&mut self, lang: Lang, file: &Value, call: &Call<'_>, arguments: &[Value]) -> Flow {
        if file.is("-") || file.is("/dev/stdin") {
            return self.run_flow(lang, &call.stdin, Some(call.run), &[]);
        }
        if let Some(flow) = self.descriptor(file) {
            return self.run_flow(lang, &flow, Some(call.run), &[]);
        }
        let found = self.found(file, crate::paths::Follow::Links);
        let code = match self.made_at(&found).cloned() {
            Some(crate::walker::Made::Text(text)) => {
                self.set_code(call.run, Code::Inline);
                return self.started_as(Some(file), |walker| {
                    walker.carried(call.name, |walker| walker.code(lang, &text, &call.stdin, arguments))
                });
            }
            Some(crate::walker::Made::Download(url)) => Code::Download { url: url.field() },
            Some(crate::walker::Made::Decoded) => Code::Decoded,
            Some(crate::walker::Made::Files(files)) => {
                files.first().map_or(Code::Unseen(Why::Unseen), |file| Code::File(file.clone()))
            }
            Some(crate::walker::Made::Unseen) => Code::Unseen(Why::Unseen),
            None => {
                if let Some(text) = self.stored(&found) {
                    self.through_stored(&found, "", |walker| {
                        walker.started_as(Some(file), |walker| {
                            walker.carried(call.name, |walker| walker.code(lang, &text, &call.stdin, arguments))
                        })
                    });
                }
                self.code_of_file(&found)
            }
        };
        self.set_code(call.run, code);
        Flow::Output
    }
}

/// The name of a program without its folder.
pub(crate) fn raw(text: &str) -> RawText {
    RawText::from(text)
}
