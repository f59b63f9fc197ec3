//! Package managers, and programs that run a project's own scripts.

use super::raw;
use crate::value::{Flow, Value};
use crate::walker::{Call, Walker};
use protocol::effect::{Action, Code};
use protocol::{Field, RawText, Why};

/// `name@1.2`, `name==1.2`, `name=1.2`, `name:1.2` as name and version.
pub(crate) fn split(word: &Value) -> (Field<RawText>, Field<RawText>) {
    let Some(text) = word.known() else { return (word.field(), Field::Unknown(Why::Unstated)) };
    let scoped = usize::from(text.first() == Some(&b'@'));
    let cut = text
        .iter()
        .skip(scoped)
        .position(|b| matches!(b, b'@' | b'=' | b'~' | b'<' | b'>' | b'['))
        .map(|at| at + scoped);
    let Some(cut) = cut
        .filter(|_| !text.starts_with(b"http") && !text.starts_with(b"git+") && !text.contains(&b'/') || scoped == 1)
    else {
        return (Field::Known(RawText::new(text)), Field::Unknown(Why::Unstated));
    };
    let (name, version) = text.split_at(cut);
    let start = version.iter().position(|b| !matches!(b, b'@' | b'=' | b'~')).unwrap_or(version.len());
    let version = version.get(start..).unwrap_or_default();
    (Field::Known(RawText::new(name)), Field::Known(RawText::new(version)))
}

/// Variables that say where a package manager takes its packages from.
const REGISTRY_VARIABLES: &[(&str, &[&str])] = &[
    ("go", &["GOPROXY"]),
    ("npm", &["npm_config_registry", "NPM_CONFIG_REGISTRY"]),
    ("npx", &["npm_config_registry", "NPM_CONFIG_REGISTRY"]),
    ("pnpm", &["npm_config_registry", "NPM_CONFIG_REGISTRY"]),
    ("yarn", &["npm_config_registry", "NPM_CONFIG_REGISTRY", "YARN_REGISTRY"]),
    ("pip", &["PIP_INDEX_URL", "PIP_EXTRA_INDEX_URL"]),
    ("pip3", &["PIP_INDEX_URL", "PIP_EXTRA_INDEX_URL"]),
    ("uv", &["UV_INDEX_URL", "UV_DEFAULT_INDEX", "UV_INDEX"]),
    ("uvx", &["UV_INDEX_URL", "UV_DEFAULT_INDEX", "UV_INDEX"]),
];

/// The registry that this call's variables name.
pub(crate) fn registry_set(walker: &Walker<'_>, program: &str) -> Option<Field<RawText>> {
    if walker.shell.variables.is_empty() {
        return None;
    }
    let (_, names) = REGISTRY_VARIABLES.iter().find(|(name, _)| *name == program)?;
    let value = names.iter().find_map(|name| walker.shell.variables.get(name.as_bytes()))?;
    value.first().map(Value::field)
}

fn install(walker: &mut Walker<'_>, registry: Field<RawText>, word: &Value, locked: bool) {
    let (name, version) = split(word);
    walker.push(Action::InstallPackage { registry, name, version, locked: Field::Known(locked) });
}

/// Does this word name something of this machine: a folder, an archive?
fn is_local(word: &Value) -> bool {
    word.written().is_some_and(|text| matches!(text.first(), Some(b'.' | b'/' | b'~')) || text.starts_with(b"file:"))
}

/// `npm install`, `yarn add`, `pnpm add`: without a name, what the manifest and the lock file say.
pub(super) fn npm_install(walker: &mut Walker<'_>, call: &Call<'_>) -> Flow {
    let registry = call
        .arguments
        .value(&["--registry"])
        .map(Value::field)
        .or_else(|| registry_set(walker, call.name))
        .unwrap_or_else(|| Field::Known(raw("npm")));
    let operands: Vec<&Value> = call.operands().iter().filter(|word| !is_local(word)).collect();
    if call.operands().is_empty() {
        walker.push(Action::InstallPackage {
            registry,
            name: Field::Unknown(Why::Unstated),
            version: Field::Unknown(Why::Unstated),
            locked: Field::Known(true),
        });
        return Flow::Output;
    }
    for word in operands {
        install(walker, registry.clone(), word, false);
    }
    Flow::Output
}

/// `pip install`: names, `-r file`, `-e folder`.
pub(super) fn pip_install(walker: &mut Walker<'_>, call: &Call<'_>) -> Flow {
    let registry = call
        .arguments
        .value(&["-i", "--index-url", "--index", "--default-index", "--extra-index-url"])
        .map(Value::field)
        .or_else(|| registry_set(walker, call.name))
        .unwrap_or_else(|| Field::Known(raw("pypi")));
    for file in call.arguments.values(&["-r", "--requirement"]) {
        walker.read(file, false);
        let locked = call.has(&["--require-hashes"])
            || file.written().is_some_and(|text| text.ends_with(b"requirements.txt") || text.ends_with(b".lock"));
        walker.push(Action::InstallPackage {
            registry: registry.clone(),
            name: Field::Unknown(Why::Unstated),
            version: Field::Unknown(Why::Unstated),
            locked: Field::Known(locked),
        });
    }
    for word in call.operands() {
        if !is_local(word) {
            install(walker, registry.clone(), word, false);
        }
    }
    Flow::Output
}

/// `go run module@version` fetches what it runs; anything else is the project's own.
pub(super) fn go_run(walker: &mut Walker<'_>, call: &Call<'_>) -> Flow {
    if let Some(module) = call.operands().first().filter(|word| word.written().is_some_and(|text| text.contains(&b'@')))
    {
        let registry = registry_set(walker, "go").unwrap_or_else(|| Field::Known(raw("go")));
        let (name, version) = split(module);
        walker.push(Action::InstallPackage { registry, name, version, locked: Field::Unknown(Why::NoFacts) });
    }
    Flow::Output
}

/// `npx`, `pnpm dlx`, `uvx`, `pipx run`, `bunx`: a program of the project, of the tables, or a package that is fetched
/// and run.
pub(super) fn exec_package(walker: &mut Walker<'_>, call: &Call<'_>) -> Flow {
    if let Some(text) = call.arguments.value(&["-c", "--call"]) {
        return if let Value::Known(text) = text {
            walker.carried(call.name, |walker| walker.new_shell_text(text, &call.stdin, Vec::new()))
        } else {
            walker.set_code(call.run, Code::Unseen(Why::Variable));
            Flow::Output
        };
    }
    let mut words = call.operands().to_vec();
    for package in call.arguments.values(&["-p", "--package", "--from", "--with", "--spec"]) {
        install(walker, Field::Unknown(Why::Unstated), package, false);
    }
    let Some(first) = words.first().cloned() else { return Flow::Output };
    let (name, version) = split(&first);
    let Some(name) = name.known().cloned() else {
        walker.set_code(call.run, Code::Unseen(Why::Variable));
        return Flow::Output;
    };
    let name_bytes = protocol::Text::bytes(&name).to_vec();
    let of_python = matches!(call.name, "uvx" | "uv" | "pipx");
    let registry = Field::Known(raw(if of_python { "pypi" } else { "npm" }));
    if walker.knowledge.program(&name_bytes).is_some() {
        // A project of JavaScript has its tools beside it; Python's come from the registry.
        if of_python {
            walker.push(Action::InstallPackage {
                registry,
                name: Field::Known(name),
                version,
                locked: Field::Unknown(Why::NoFacts),
            });
        }
        if let Some(slot) = words.first_mut() {
            *slot = Value::Known(name_bytes);
        }
        return walker.carried(call.name, |walker| walker.invoke(&words, &call.stdin));
    }
    // What the project's lock file names is already here.
    walker.push(Action::InstallPackage {
        registry,
        name: Field::Known(name),
        version,
        locked: Field::Unknown(Why::NoFacts),
    });
    walker.carried_by_unknown(words.get(1..).unwrap_or_default(), &call.stdin);
    Flow::Output
}

/// `make target`: the recipe is the project's own file.
pub(super) fn make(walker: &mut Walker<'_>, call: &Call<'_>) -> Flow {
    let folder = call.arguments.value(&["-C", "--directory"]).cloned();
    let file = call.arguments.value(&["-f", "--file", "--makefile", "--justfile", "-t", "--taskfile"]).cloned();
    if let Some(file) = file {
        if file.is("-") || file.is("/dev/stdin") {
            if let Flow::Text(text) = &call.stdin {
                walker.set_code(call.run, Code::Inline);
                super::recipes::given(walker, call, text);
                return Flow::Output;
            }
            walker.set_code(call.run, Code::Unseen(Why::Unseen));
            return Flow::Output;
        }
        if let Some(flow) = walker.descriptor(&file) {
            // Recipes are shell, and which of them run is not known.
            return walker.run_flow(super::Lang::Sh, &flow, Some(call.run), &[]);
        }
        let mut path = folder.map_or_else(
            || Value::Known(Vec::new()),
            |mut folder| {
                folder.append(&Value::text(b"/"));
                folder
            },
        );
        path.append(&file);
        let found = walker.found(&path, crate::paths::Follow::Links);
        if !found.target.class.intersects(protocol::PathClass::WORKSPACE) {
            walker.set_code(call.run, Code::File(found.target));
        }
    }
    if !call.has(&["-n", "--dry-run", "--just-print", "--list", "-l", "--eval"]) {
        super::recipes::make(walker, call);
    }
    // `make SHELL=…`, `make CC='…'`.
    for word in call.operands() {
        if let Some(text) = word.known()
            && let Some(command) = text.strip_prefix(b"SHELL=")
        {
            let command = command.to_vec();
            walker.carried(call.name, |walker| walker.new_shell_text(&command, &Flow::Output, Vec::new()));
        }
    }
    for text in call.arguments.values(&["--eval"]) {
        if text.known().is_some() {
            walker.set_code(call.run, Code::Unseen(Why::Language));
        }
    }
    Flow::Output
}
