//! What PowerShell and cmd have in common: paths, the registry as paths, variables, names of programs.
//!
//! A path of Windows is kept in the form that all paths here have: `C:\Users\ana` is `/c:/Users/ana`, `\\host\share`
//! is `/unc/host/share`, a key of the registry lies below `/registry`, in lower case. So the table of paths and the
//! rules speak of them as of any other path.

use crate::value::Value;
use crate::walker::Walker;
use protocol::path::drive_path;
use protocol::{AbsPath, Why};

/// Where keys of the registry lie among the paths.
pub(crate) const REGISTRY: &[u8] = b"/registry/";

/// Hives of the registry by their names, in lower case.
const HIVES: [(&str, &str); 12] = [
    ("hkey_local_machine", "hklm"),
    ("hkey_current_user", "hkcu"),
    ("hkey_classes_root", "hkcr"),
    ("hkey_users", "hku"),
    ("hkey_current_config", "hkcc"),
    ("hklm", "hklm"),
    ("hkcu", "hkcu"),
    ("hkcr", "hkcr"),
    ("hku", "hku"),
    ("hkcc", "hkcc"),
    ("localmachine", "hklm"),
    ("currentuser", "hkcu"),
];

/// Drives of PowerShell that hold no files.
const OTHER_DRIVES: [&str; 7] = ["env", "function", "alias", "variable", "cert", "wsman", "temp"];

/// A word of a Windows shell in the form of paths: exact or with its wildcards. `None`: nothing of it is a path of
/// Windows, and it is taken as it is.
pub(crate) fn path(text: &[u8], cwd: &Value) -> Option<Vec<u8>> {
    let text = text.strip_prefix(b"microsoft.powershell.core\\").unwrap_or(text);
    let text = without_provider(text);
    if let Some(key) = registry(text) {
        return Some(key);
    }
    for start in [&b"\\\\.\\"[..], b"//./"] {
        // Devices: a disk as a whole, a volume.
        if let Some(device) = text.strip_prefix(start) {
            return Some([b"/dev/", device].concat());
        }
    }
    let text = ["\\\\?\\", "//?/"].iter().find_map(|start| text.strip_prefix(start.as_bytes())).unwrap_or(text);
    if let Some(path) = drive_path(text) {
        return Some(path.bytes().to_vec());
    }
    if is_nothing(text) {
        return Some(b"/dev/null".to_vec());
    }
    let slashed: Vec<u8> = text.iter().map(|b| if *b == b'\\' { b'/' } else { *b }).collect();
    if let Some(colon) = slashed.iter().position(|b| *b == b':') {
        let drive = slashed.get(..colon).unwrap_or_default();
        let lower = drive.to_ascii_lowercase();
        if lower.len() == 1 && lower.iter().all(u8::is_ascii_alphabetic) {
            // `C:name` lies in the folder that the drive stands at.
            let rest = slashed.get(2..).unwrap_or_default();
            let here = cwd.known().and_then(drive_of).is_some_and(|at| at.eq_ignore_ascii_case(drive));
            if here && !rest.is_empty() {
                return Some(rest.to_vec());
            }
            return Some([b"/", lower.as_slice(), b":/", rest].concat());
        }
        if OTHER_DRIVES.iter().any(|known| known.as_bytes() == lower) {
            return Some([b"/drive/", lower.as_slice(), b"/", slashed.get(colon + 1..).unwrap_or_default()].concat());
        }
    }
    // From the root of the drive at hand.
    if slashed.first() == Some(&b'/')
        && slashed.get(1) != Some(&b'/')
        && !text.starts_with(b"/")
        && let Some(drive) = cwd.known().and_then(drive_of)
    {
        return Some([b"/", drive, b":", slashed.as_slice()].concat());
    }
    (slashed != text).then_some(slashed)
}

/// A path on a drive as Windows writes it.
fn written(path: Vec<u8>) -> Vec<u8> {
    match path.as_slice() {
        [b'/', drive, b':', rest @ ..] => {
            let rest = rest.iter().map(|b| if *b == b'/' { b'\\' } else { *b });
            [drive.to_ascii_uppercase(), b':'].into_iter().chain(rest).collect()
        }
        _ => path,
    }
}

/// Names of the device that takes everything and gives nothing.
pub(crate) fn is_nothing(text: &[u8]) -> bool {
    text.eq_ignore_ascii_case(b"nul") || text.eq_ignore_ascii_case(b"nul:") || text.eq_ignore_ascii_case(b"$null")
}

/// A file of another machine's share.
pub(crate) fn from_network(word: &Value) -> bool {
    word.written().is_some_and(|text| text.starts_with(b"\\\\") && !matches!(text.get(2), Some(b'?' | b'.')))
}

/// The letter of the drive that a path lies on.
fn drive_of(path: &[u8]) -> Option<&[u8]> {
    (path.get(2) == Some(&b':')).then(|| path.get(1..2)).flatten()
}

/// `Microsoft.PowerShell.Core\FileSystem::C:\x`, `Registry::HKLM\x`: the path itself.
fn without_provider(text: &[u8]) -> &[u8] {
    let Some(at) = memchr::memmem::find(text, b"::") else { return text };
    let provider = text.get(..at).unwrap_or_default();
    let provider = provider.rsplit(|b| *b == b'\\').next().unwrap_or_default();
    let known = provider.eq_ignore_ascii_case(b"filesystem") || provider.eq_ignore_ascii_case(b"registry");
    if known { text.get(at + 2..).unwrap_or_default() } else { text }
}

/// `HKLM:\Software\X`, `HKEY_LOCAL_MACHINE\Software\X`: a key as a path.
pub(crate) fn registry(text: &[u8]) -> Option<Vec<u8>> {
    let text = text.strip_prefix(b"\\\\").map_or(text, |rest| {
        // `\\host\HKLM\…`: another machine's.
        rest.iter().position(|b| *b == b'\\').and_then(|at| rest.get(at + 1..)).unwrap_or(rest)
    });
    let cut = text.iter().position(|b| matches!(b, b':' | b'\\' | b'/')).unwrap_or(text.len());
    let (hive, rest) = text.split_at(cut);
    if hive.len() < 3 || hive.len() > 20 {
        return None;
    }
    let hive = hive.to_ascii_lowercase();
    let (_, short) = HIVES.iter().find(|(name, _)| name.as_bytes() == hive)?;
    if hive.ends_with(b"user") && !hive.starts_with(b"hkey") && rest.is_empty() {
        return None;
    }
    let rest: Vec<u8> = rest
        .iter()
        .skip_while(|b| matches!(b, b':' | b'\\' | b'/'))
        .map(|b| if *b == b'\\' { b'/' } else { b.to_ascii_lowercase() })
        .collect();
    let rest = rest.strip_prefix(b"wow6432node/").map(<[u8]>::to_vec).unwrap_or(rest);
    let mut out = [REGISTRY, short.as_bytes()].concat();
    if !rest.is_empty() {
        out.push(b'/');
        let text = String::from_utf8_lossy(&rest).replace("software/wow6432node/", "software/");
        let text = text.replace("controlset001", "currentcontrolset");
        out.extend_from_slice(text.as_bytes());
    }
    Some(out)
}

/// The name of a program as Windows finds it: without folder, in lower case, without what its file's name ends with.
pub(crate) fn program_name(text: &[u8]) -> Vec<u8> {
    let base = text.rsplit(|b| matches!(b, b'/' | b'\\')).next().unwrap_or_default();
    let lower = base.to_ascii_lowercase();
    let plain = [&b".exe"[..], b".com", b".cmd", b".bat"].iter().find_map(|end| lower.strip_suffix(*end));
    match plain {
        Some(plain) if !plain.is_empty() => plain.to_vec(),
        _ => lower,
    }
}

impl Walker<'_> {
    /// Goes through `inside` as through a shell of Windows: words are paths of Windows.
    pub(crate) fn on_windows<R>(&mut self, inside: impl FnOnce(&mut Self) -> R) -> R {
        let before = std::mem::replace(&mut self.windows, true);
        let result = inside(self);
        self.windows = before;
        result
    }

    /// A word as the path that it means in a shell of Windows.
    pub(crate) fn windows_word(&self, word: &Value) -> Option<Value> {
        let (Value::Known(text) | Value::Pattern { glob: text, floating: false }) = word else { return None };
        let home = if text.first() == Some(&b'~') && matches!(text.get(1), None | Some(b'\\' | b'/')) {
            let home = self.shell.home.as_ref()?.bytes().to_vec();
            Some([home.as_slice(), text.get(1..).unwrap_or_default()].concat())
        } else {
            None
        };
        let text = home.as_deref().unwrap_or(text);
        let changed = path(text, &self.shell.cwd).or(home.clone())?;
        let changed = self.respelled(self.folded(changed));
        Some(match word {
            Value::Pattern { .. } => Value::Pattern { glob: changed, floating: false },
            _ => Value::Known(changed),
        })
    }

    /// A path below the home folder or the workspace, in their spelling: Windows does not care about capitals.
    fn respelled(&self, path: Vec<u8>) -> Vec<u8> {
        let roots = self.facts.base.workspace.iter().chain(self.shell.home.as_ref());
        for root in roots {
            let root = root.bytes();
            let top = path.get(..root.len());
            if top.is_some_and(|top| top != root && top.eq_ignore_ascii_case(root))
                && matches!(path.get(root.len()), None | Some(b'/'))
            {
                return [root, path.get(root.len()..).unwrap_or_default()].concat();
            }
        }
        path
    }

    /// Where the home folder is not one of Windows, `C:\Users\name` stands for it.
    fn folded(&self, path: Vec<u8>) -> Vec<u8> {
        let Some(home) = self.shell.home.as_ref().filter(|home| home.bytes().get(2) != Some(&b':')) else {
            return path;
        };
        let lower = path.get(..10).map(<[u8]>::to_ascii_lowercase);
        if lower.as_deref() != Some(b"/c:/users/") {
            return path;
        }
        let rest = path.get(10..).unwrap_or_default();
        let cut = rest.iter().position(|b| *b == b'/').unwrap_or(rest.len());
        let (name, below) = rest.split_at(cut);
        let shared =
            [&b"public"[..], b"default", b"all users", b"*"].iter().any(|known| name.eq_ignore_ascii_case(known));
        if name.is_empty() || shared { path } else { [home.bytes(), below].concat() }
    }

    /// A variable of the environment, its name without regard to case.
    pub(crate) fn windows_variable(&self, name: &[u8]) -> Value {
        let upper = name.to_ascii_uppercase();
        if let Some(values) = self.shell.variables.get(&upper) {
            return values.first().cloned().unwrap_or(Value::Unknown(Why::Variable));
        }
        let below = |folder: &str| match &self.shell.home {
            Some(home) => Value::Known(written([home.bytes(), folder.as_bytes()].concat())),
            None => Value::Unknown(Why::NoFacts),
        };
        let text = match upper.as_slice() {
            b"USERPROFILE" | b"HOME" | b"HOMEPATH" => return below(""),
            b"HOMEDRIVE" => "",
            b"APPDATA" => return below("/AppData/Roaming"),
            b"LOCALAPPDATA" => return below("/AppData/Local"),
            b"TEMP" | b"TMP" => return below("/AppData/Local/Temp"),
            b"ONEDRIVE" => return below("/OneDrive"),
            b"SYSTEMROOT" | b"WINDIR" => "C:\\Windows",
            b"SYSTEMDRIVE" => "C:",
            b"PROGRAMFILES" | b"PROGRAMW6432" => "C:\\Program Files",
            b"PROGRAMFILES(X86)" => "C:\\Program Files (x86)",
            b"PROGRAMDATA" | b"ALLUSERSPROFILE" => "C:\\ProgramData",
            b"PUBLIC" => "C:\\Users\\Public",
            b"COMSPEC" => "C:\\Windows\\system32\\cmd.exe",
            b"PSHOME" => "C:\\Windows\\System32\\WindowsPowerShell\\v1.0",
            b"OS" => "Windows_NT",
            b"PATHEXT" => ".COM;.EXE;.BAT;.CMD",
            b"CD" | b"PWD" => return self.shell.cwd.clone(),
            b"USERNAME" => {
                let name = self.shell.home.as_ref().map(AbsPath::name);
                return name.map_or(Value::Unknown(Why::NoFacts), Value::text);
            }
            _ => return Value::Unknown(Why::Variable),
        };
        Value::text(text.as_bytes())
    }

    /// Sets a variable of the environment.
    pub(crate) fn set_windows_variable(&mut self, name: &[u8], value: Value) {
        let upper = name.to_ascii_uppercase();
        self.hint_of_assignment(&upper, Some(&value));
        self.code_variable(&upper, Some(&value), true);
        self.shell.variables.insert(upper, vec![value]);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str, cwd: &str) -> String {
        let cwd = Value::text(cwd.as_bytes());
        path(text.as_bytes(), &cwd).map_or_else(|| text.to_owned(), |path| String::from_utf8_lossy(&path).into_owned())
    }

    #[test]
    fn paths_of_windows_have_the_form_of_all_paths() {
        for (text, wanted) in [
            ("C:\\Users\\ana\\x", "/c:/Users/ana/x"),
            ("c:/Users/ana/../bob", "/c:/Users/bob"),
            ("C:\\", "/c:"),
            ("\\\\files\\share\\x", "/unc/files/share/x"),
            ("\\\\?\\C:\\Windows", "/c:/windows"),
            ("\\\\.\\PhysicalDrive0", "/dev/PhysicalDrive0"),
            (".\\bin\\Debug", "./bin/Debug"),
            ("\\Windows", "/c:/Windows"),
            ("src/app.ts", "src/app.ts"),
            ("nul", "/dev/null"),
            ("HKLM:\\SOFTWARE\\X", "/registry/hklm/software/x"),
            ("HKEY_CURRENT_USER\\Software\\X", "/registry/hkcu/software/x"),
            ("Registry::HKEY_LOCAL_MACHINE\\SAM", "/registry/hklm/sam"),
            ("Env:PATH", "/drive/env/PATH"),
        ] {
            assert_eq!(shown(text, "/c:/src/app"), wanted, "{text}");
        }
    }

    #[test]
    fn programs_are_known_without_folder_case_and_ending() {
        for (text, wanted) in
            [("C:\\Windows\\System32\\REG.EXE", "reg"), ("npm.cmd", "npm"), ("git", "git"), (".exe", ".exe")]
        {
            assert_eq!(program_name(text.as_bytes()), wanted.as_bytes(), "{text}");
        }
    }
}
