//! Commands of cmd, and the effects that they must or must not have.

use super::parse::parse;
use super::words_of;
use crate::powershell::lines_of;
use crate::tests::has;
use crate::value::Value;
use proptest::prelude::*;
use protocol::call::Dialect;
use std::time::{Duration, Instant};

/// A command, and the words that one of its effects must have.
const SEEN: &[(&str, &str)] = &[
    ("rd /s /q C:\\Users\\ana", "delete /c:/Users/ana home-root recursive forced"),
    ("rd /s/q \"%USERPROFILE%\"", "delete home-root recursive"),
    ("del /s /q C:\\*.*", "delete system broad recursive"),
    ("del /s /q C:\\Users\\ana\\*.bak", "delete /c:/Users/ana home-root filtered recursive"),
    ("cd C:\\Windows & del *.exe", "delete system"),
    ("set a=C:\\Windows&& rd /s /q %a%", "delete /c:/windows system"),
    ("set a=xC:\\Windows&& rd /s /q %a:~1%", "delete /c:/windows system"),
    ("set a=C:\\Qindows&& rd /s /q %a:Q=W%", "delete /c:/windows system"),
    ("r^d /s /q C:\\Windows", "delete /c:/windows"),
    ("if exist x (rd /s /q C:\\Windows) else echo no", "delete /c:/windows may"),
    ("for %i in (C:\\Windows D:\\x) do @rd /s /q %i", "delete /d:/x"),
    ("for /f %i in ('echo C:\\Windows') do rd /s /q %i", "delete /c:/windows"),
    ("(echo a & rd /s /q C:\\Windows) > nul", "delete /c:/windows"),
    ("type %USERPROFILE%\\.ssh\\id_rsa", "read credential"),
    ("echo x > \\\\.\\PhysicalDrive0", "resource disk destroy"),
    ("copy a.exe \"%APPDATA%\\Microsoft\\Windows\\Start Menu\\Programs\\Startup\\a.exe\"", "persist login-item"),
    ("reg add HKLM\\Software\\X /v Y /d Z", "write /registry/hklm/software/x/y system"),
    ("powershell -c \"rm -r ~\"", "delete home-root via:powershell"),
    ("call :sub & cmd /c rd /s /q C:\\Windows", "delete system via:cmd"),
    ("git push --force origin main", "change-history force-push main"),
    ("start \"\" /wait rd /s /q C:\\Windows", "delete system via:start"),
];

const UNSEEN: &[(&str, &str)] = &[
    ("echo rd /s /q C:\\Windows", "delete"),
    ("rem rd /s /q C:\\Windows", "delete"),
    ("find \"x\" a.txt", "unknown"),
    ("timeout /t 5", "unknown"),
    ("set X=1", "read"),
    ("dir /s C:\\", "delete"),
    ("sort < a.txt", "unknown"),
];

#[test]
fn commands_have_the_effects_that_they_would_have() {
    for (command, wanted) in SEEN {
        let lines = lines_of(command.as_bytes(), Dialect::Cmd);
        assert!(has(&lines, wanted), "{command}\nwants {wanted}\nhas\n{}", lines.join("\n"));
    }
    for (command, unwanted) in UNSEEN {
        let lines = lines_of(command.as_bytes(), Dialect::Cmd);
        assert!(!has(&lines, unwanted), "{command}\nhas {unwanted}\n{}", lines.join("\n"));
    }
}

#[test]
fn a_command_line_is_told_apart_as_windows_does_it() {
    let shown = |text: &str| -> Vec<String> {
        let words = words_of(text.as_bytes());
        words.iter().filter_map(Value::known).map(|word| String::from_utf8_lossy(word).into_owned()).collect()
    };
    assert_eq!(shown("a \"b c\"  d\\e"), ["a", "b c", "d\\e"]);
    assert_eq!(shown("a \"\" b"), ["a", "", "b"]);
    assert_eq!(shown("a \"say \\\"x\\\" now\""), ["a", "say \"x\" now"]);
}

#[test]
fn hostile_texts_of_64_kib_are_gone_through_in_linear_time() {
    let shapes = [
        "(",
        ")",
        "if a==b ",
        "for %i in (",
        "for %i in (a) do ",
        "%a",
        "%a%",
        "!a!",
        "^",
        "\"",
        "&",
        "|",
        ">",
        "> a ",
        "set a=%a%%a%&",
        "call ",
        "cmd /c ",
        "a&",
        "echo %COMSPEC:~0,1%",
        "@",
        ":x\n",
        "else ",
        "start ",
        "%~",
        "%%",
    ];
    for shape in shapes {
        let text = shape.repeat(64 * 1024 / shape.len());
        let half = text.as_bytes().get(..text.len() / 2).unwrap_or_default();
        let time = |text: &[u8]| {
            let began = Instant::now();
            parse(text);
            began.elapsed()
        };
        let (small, large) = (time(half), time(text.as_bytes()));
        // A loaded machine is no reason to fail; what grows with the square takes far longer than that.
        assert!(large < Duration::from_secs(3), "{shape:?} takes {large:?}");
        assert!(large < small * 8 + Duration::from_millis(200), "{shape:?}: {small:?}, twice of it {large:?}");
        let began = Instant::now();
        lines_of(text.as_bytes(), Dialect::Cmd);
        assert!(began.elapsed() < Duration::from_secs(20), "{shape:?} takes {:?} as a whole", began.elapsed());
    }
}

proptest! {
    #[test]
    fn any_bytes_are_gone_through(text: Vec<u8>) {
        lines_of(&text, Dialect::Cmd);
    }

    #[test]
    fn any_bytes_are_gone_through_as_powershell(text in "[ -~\\n]{0,200}") {
        lines_of(text.as_bytes(), Dialect::PowerShell);
    }
}
