//! Effects on files, and what follows from the kind of file.

use super::settings::Change;
use super::{Made, Walker};
use crate::paths::{self, Follow, Found};
use crate::value::{Flow, Value};
use protocol::effect::{Action, PrivilegeKind, ResourceAction, ResourceKind, Target, WriteMode};
use protocol::{AbsPath, Field, PathClass, RawText, Text, Why};

/// Links that are remembered within a call.
const MAX_LINKS: usize = 8;
/// Things moved away that are looked for when a place is deleted.
const MAX_MOVED: usize = 8;

impl Walker<'_> {
    /// Is this word nothing that a file effect is about: empty, standard input, a harmless device?
    fn is_nothing(word: &Value) -> bool {
        match word {
            Value::Known(text) => text.is_empty() || text == b"-" || paths::is_harmless_device(text),
            Value::Pattern { .. } | Value::Unknown(_) => false,
        }
    }

    pub(crate) fn read(&mut self, word: &Value, recursive: bool) {
        if Self::is_nothing(word) {
            return;
        }
        let found = self.found(word, Follow::Links);
        self.push(Action::Read { target: found.target, recursive });
    }

    /// Reads a file and gives what flows from it.
    pub(crate) fn read_flow(&mut self, word: &Value) -> Flow {
        if let Some(flow) = self.descriptor(word) {
            return flow;
        }
        match word {
            Value::Known(text) if text == b"/dev/null" => return Flow::Text(Vec::new()),
            _ if Self::is_nothing(word) => return Flow::Inherit,
            _ => {}
        }
        let found = self.found(word, Follow::Links);
        self.push(Action::Read { target: found.target.clone(), recursive: false });
        match self.made_at(&found) {
            Some(Made::Text(text)) => Flow::Text(text.clone()),
            Some(Made::Download(url)) => Flow::Download(url.clone()),
            Some(Made::Decoded) => Flow::Decoded,
            Some(Made::Files(files)) => Flow::Files([vec![found.target.clone()], files.clone()].concat()),
            Some(Made::Unseen) | None => Flow::Files(vec![found.target]),
        }
    }

    /// A link is made: what lies below it lies where it leads.
    pub(crate) fn linked(&mut self, link: &Value, to: &Value) {
        let place = |walker: &Self, word: &Value| match paths::absolute(&walker.shell.cwd, word) {
            Value::Known(path) => Some(AbsPath::normal(&path).bytes().to_vec()),
            _ => None,
        };
        if self.links.len() < MAX_LINKS
            && self.is_here()
            && let (Some(link), Some(to)) = (place(self, link), place(self, to))
        {
            self.links.push((link, to));
        }
    }

    /// A path behind the links of this call. The link itself stays what it is.
    pub(super) fn through_links(&self, path: Value) -> Value {
        let behind = |text: &[u8]| {
            let (to, rest) = self.links.iter().rev().find_map(|(link, to)| {
                let rest = text.strip_prefix(link.as_slice())?;
                (rest.len() > 1 && rest.first() == Some(&b'/')).then_some((to, rest))
            })?;
            Some([to.as_slice(), rest].concat())
        };
        match path {
            Value::Known(text) => {
                let text = AbsPath::normal(&text).bytes().to_vec();
                Value::Known(behind(&text).unwrap_or(text))
            }
            Value::Pattern { glob, floating: false } => {
                let glob = behind(&glob).unwrap_or(glob);
                Value::Pattern { glob, floating: false }
            }
            other => other,
        }
    }

    /// Was this file unpacked from something that was fetched in this call?
    pub(crate) fn unpacked_from(&self, found: &Found) -> Option<&Value> {
        let path = AbsPath::normal(found.target.path.known()?.bytes());
        self.unpacked.iter().find(|(folder, _)| path.is_within(folder)).map(|(_, url)| url)
    }

    /// `gzip file` leaves `file.gz`.
    pub(crate) fn packed_beside(&mut self, file: &Value, program: &str) {
        let found = self.found(file, Follow::Links);
        let end: &[u8] = match program {
            "bzip2" => b".bz2",
            "xz" => b".xz",
            "zstd" => b".zst",
            "lz4" => b".lz4",
            "brotli" => b".br",
            _ => b".gz",
        };
        if let (Field::Known(path), true) = (&found.target.path, self.is_here()) {
            self.made.insert([path.bytes(), end].concat(), Made::Files(vec![found.target.clone()]));
        }
    }

    /// What a process substitution gives at `/dev/fd/N`.
    pub(crate) fn descriptor(&self, word: &Value) -> Option<Flow> {
        let number = std::str::from_utf8(word.known()?.strip_prefix(b"/dev/fd/")?).ok()?;
        let number: usize = number.parse().ok()?;
        self.descriptors.get(number.checked_sub(63)?).cloned()
    }

    pub(crate) fn made_at(&self, found: &Found) -> Option<&Made> {
        self.made.get(found.target.path.known()?.bytes())
    }

    pub(crate) fn write(&mut self, word: &Value, mode: WriteMode, content: &Flow) {
        self.write_field(
            word,
            mode,
            content.content(),
            match content {
                Flow::Text(text) => Made::Text(text.clone()),
                Flow::Download(url) => Made::Download(url.clone()),
                Flow::Decoded => Made::Decoded,
                Flow::Files(files) => Made::Files(files.iter().take(8).cloned().collect()),
                _ => Made::Unseen,
            },
        );
        if let Flow::Part(text) = content {
            let found = self.found(word, Follow::Links);
            self.runs_later(&found, text);
        }
    }

    pub(crate) fn write_field(&mut self, word: &Value, mode: WriteMode, content: Field<RawText>, made: Made) {
        if Self::is_nothing(word) {
            return;
        }
        let found = self.found(word, Follow::Links);
        if let Field::Known(path) = &found.target.path
            && self.is_here()
        {
            let made = match (mode, made, self.made.get(path.bytes())) {
                (WriteMode::Append, Made::Text(more), Some(Made::Text(text))) => {
                    Made::Text([text.as_slice(), &more].concat())
                }
                (WriteMode::Append, _, Some(Made::Download(url))) => Made::Download(url.clone()),
                (WriteMode::Append, _, Some(Made::Decoded)) => Made::Decoded,
                // What stood in the file before is not seen.
                (WriteMode::Append | WriteMode::Edit, Made::Text(_), None) => Made::Unseen,
                (_, made, _) => made,
            };
            self.made.insert(path.bytes().to_vec(), made);
        }
        let words = content.known().map(|text| text.bytes().to_vec());
        self.push(Action::Write { target: found.target.clone(), mode, content });
        self.changed(
            &found,
            match (&words, mode) {
                (Some(text), WriteMode::Replace) => Change::Whole(text),
                (Some(text), _) => Change::Part(text),
                (None, _) => Change::Unseen,
            },
        );
    }

    /// Puts the image in a file onto a disk that can be taken out: what people do to make one that starts.
    pub(crate) fn write_image(&mut self, device: &Value, image: &Value) -> bool {
        let is_image = image.known().is_some_and(|text| {
            let name = text.to_ascii_lowercase();
            [&b".img"[..], b".iso", b".raw", b".wic", b".bin", b".hddimg", b".sdcard"]
                .iter()
                .any(|end| name.ends_with(end))
        });
        let found = self.found(device, Follow::Links);
        let removable = found.target.path.known().is_some_and(|path| crate::readers::is_removable(path.bytes()));
        if !is_image || !removable {
            return false;
        }
        self.read(image, false);
        self.push(Action::Resource {
            kind: ResourceKind::Disk,
            action: ResourceAction::Change,
            provider: Field::Unknown(Why::Unstated),
            name: found.target.path,
            scope: Field::Unknown(Why::Unstated),
            host: Field::Unknown(Why::Unstated),
            context: Field::Unknown(Why::Unstated),
        });
        true
    }

    /// What follows from a changed file by its kind: it runs later, it steers an agent, it is a disk.
    pub(super) fn changed(&mut self, found: &Found, change: Change<'_>) {
        if let Some(kind) = found.persist {
            self.push(Action::Persist { kind, target: Some(found.target.clone()) });
        }
        if found.policy {
            self.push(Action::Privilege { kind: PrivilegeKind::Policy, to: Field::Unknown(Why::Unstated) });
        }
        self.configures(found, change);
        if let Change::Whole(text) | Change::Part(text) = change {
            self.runs_later(found, text);
        }
        if found.target.class.contains(PathClass::DEVICE) {
            self.push(Action::Resource {
                kind: ResourceKind::Disk,
                action: ResourceAction::Destroy,
                provider: Field::Unknown(Why::Unstated),
                name: found.target.path.clone(),
                scope: Field::Unknown(Why::Unstated),
                host: Field::Unknown(Why::Unstated),
                context: Field::Unknown(Why::Unstated),
            });
        }
    }

    pub(crate) fn delete(&mut self, word: &Value, recursive: bool, forced: bool, filtered: bool) {
        if Self::is_nothing(word) {
            return;
        }
        // A slash at the end follows the link.
        let follow =
            if word.written().is_some_and(|text| text.ends_with(b"/")) { Follow::Links } else { Follow::Entry };
        let found = self.found(word, follow);
        let moved = self.moved_into(&found.target.path);
        self.push(Action::Delete { target: found.target.clone(), recursive, forced, filtered });
        for target in moved {
            self.push(Action::Delete { target, recursive, forced, filtered });
        }
        self.configures(&found, Change::Gone);
    }

    /// What this call has moved to a place, or below it, from outside the project: with the place it is gone.
    fn moved_into(&self, place: &Field<RawText>) -> Vec<Target<RawText>> {
        let Field::Known(place) = place else { return Vec::new() };
        let top = AbsPath::normal(place.bytes());
        let own = PathClass::WORKSPACE | PathClass::TEMPORARY;
        let mut moved = Vec::new();
        for effect in self.recent() {
            let Action::Move { from, to } = &effect.action else { continue };
            let inside = to.path.known().is_some_and(|to| AbsPath::normal(to.bytes()).below(&top).is_some());
            if inside && !from.class.intersects(own) && moved.len() < MAX_MOVED {
                moved.push(from.clone());
            }
        }
        moved
    }

    pub(crate) fn move_to(&mut self, from: &Value, to: &Value) {
        let source = self.found(from, Follow::Entry);
        let target = self.found(to, Follow::Links);
        let made = self.made_at(&source).cloned();
        self.push(Action::Move { from: source.target.clone(), to: target.target.clone() });
        self.configures(&source, Change::Gone);
        let text = match &made {
            Some(Made::Text(text)) => Change::Whole(text),
            _ => Change::Unseen,
        };
        self.changed(&target, text);
        self.moved_from_temporary(&source, &target);
        if let (Field::Known(to), Some(made)) = (&target.target.path, made) {
            self.made.insert(to.bytes().to_vec(), made);
        }
    }

    pub(crate) fn change_mode(&mut self, word: &Value, recursive: bool, mode: &Value) {
        if Self::is_nothing(word) {
            return;
        }
        let found = self.found(word, Follow::Links);
        self.push(Action::ChangeMode { target: found.target.clone(), recursive, mode: mode.field() });
        self.configures(&found, Change::Unseen);
    }
}
