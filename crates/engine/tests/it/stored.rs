//! Scripts, recipes and manifests that lie on the machine are judged by what they hold.

use crate::judge::{Bench, call, shell};
use policy::{Memory, MemoryKey};
use protocol::facts::{Base, Kind, Look};
use protocol::verdict::Action;
use protocol::{AbsPath, Facts, Field, Text, Why};
use std::cell::Cell;
use std::collections::HashMap;
use std::sync::Arc;

const TOP: &str = "/home/ana/shop/";

/// Files of a project, and how many of them were read.
struct Disk {
    files: HashMap<Vec<u8>, Arc<[u8]>>,
    reads: Cell<usize>,
}

impl Disk {
    fn of(files: &[(&str, &str)]) -> Self {
        let place = |name: &str| {
            let path = if name.starts_with('/') { name.to_owned() } else { format!("{TOP}{name}") };
            path.into_bytes()
        };
        let files = files.iter().map(|(name, text)| (place(name), Arc::from(text.as_bytes()))).collect();
        Self { files, reads: Cell::new(0) }
    }

    /// The answer to a command in the project's folder.
    fn said(&self, bench: &Bench, command: &str) -> Action {
        let base = Base {
            cwd: AbsPath::normal(TOP.as_bytes()),
            home: Some(AbsPath::normal(b"/home/ana")),
            workspace: vec![AbsPath::normal(TOP.as_bytes())],
            user: Some("ana".to_owned()),
            temporary: Vec::new(),
            own_files: Vec::new(),
            case_sensitive: true,
        };
        let key = MemoryKey { uid: 1000, session: Some("one".into()), instance: None };
        let facts = Facts { base: &base, look: self };
        let (call, memory) = (call(shell(command)), Memory::new());
        bench.engine.judge(&call, facts, &bench.policy, Some(&memory), &key, 0).judgement.acting.action
    }
}

impl Look for Disk {
    fn kind(&self, path: &AbsPath) -> Field<Kind> {
        Field::Known(if self.files.contains_key(path.bytes()) { Kind::File } else { Kind::Nothing })
    }

    fn resolve(&self, path: &AbsPath) -> Field<AbsPath> {
        Field::Known(path.clone())
    }

    fn read(&self, path: &AbsPath) -> Field<Arc<[u8]>> {
        self.reads.set(self.reads.get() + 1);
        self.files
            .get(path.text().bytes())
            .map_or(Field::Unknown(Why::Unreadable), |text| Field::Known(Arc::clone(text)))
    }

    fn repository(&self, path: &AbsPath) -> Field<Option<AbsPath>> {
        let top = AbsPath::normal(TOP.as_bytes());
        Field::Known(path.is_within(&top).then_some(top))
    }
}

const MAKEFILE: &str = "\
.PHONY: all build test clean install deploy wipe nuke
PREFIX ?= /usr/local
BIN := shop
OUT = build/$(BIN)
SOURCES := $(wildcard src/*.c)

all: build

build: $(OUT)

$(OUT): $(SOURCES)
\t@mkdir -p $(dir $@)
\t$(CC) -O2 -o $@ $^

test: build
\t./run-tests.sh $(ARGS)

clean:
\trm -rf build dist *.o $(OUT)
\t-find . -name '*.pyc' -delete

deploy: build
\tgit push --force origin main

HERE = $(HOME)
wipe:
\trm -rf $(HERE)
nuke: clean wipe

scratch:
\trm -rf $(SCRATCH)/*
";

const MANIFEST: &str = r#"{
  "name": "shop", "version": "1.0.0",
  "scripts": {
    "build": "tsc -p . && vite build",
    "pretest": "eslint .",
    "test": "jest --coverage",
    "start": "node server.js",
    "dev": "concurrently \"npm:watch\" \"vite\"",
    "clean": "rimraf dist && rm -rf node_modules/.cache",
    "purge": "rm -rf ~",
    "release": "npm run purge",
    "postclean": "echo done",
    "lint": "eslint . --fix && prettier -w ."
  },
  "dependencies": { "left-pad": "1.0.0" }
}"#;

const JUSTFILE: &str = "\
set shell := [\"bash\", \"-uc\"]
target := 'dist'

# What is built.
default: build

@build profile='debug':
    cargo build --profile {{profile}}

clean:
    rm -rf {{target}} target

wipe: clean
    rm -rf ~

old:
    #!/usr/bin/env python3
    import shutil
    shutil.rmtree('/home/ana')
";

#[test]
fn what_a_script_on_disk_destroys_is_stopped_however_it_is_started() {
    let bench = Bench::new();
    let disk = Disk::of(&[
        ("deploy.sh", "#!/bin/bash\nset -e\ncd \"$(dirname \"$0\")\"\nrm -rf ~\n"),
        ("tool.py", "import shutil\nshutil.rmtree('/home/ana')\n"),
        ("x.js", "const fs = require('fs');\nfs.rmSync('/home/ana', { recursive: true });\n"),
        ("run", "#!/usr/bin/env python3\nimport os\nos.system('rm -rf ~')\n"),
        ("arguments.sh", "rm -rf \"$1\"\n"),
        ("env.sh", "export PLACE=$HOME\n"),
        ("loads.sh", ". ./deploy.sh\n"),
        ("Makefile", MAKEFILE),
        ("justfile", JUSTFILE),
        ("package.json", MANIFEST),
        ("sub/package.json", MANIFEST),
    ]);
    for command in [
        "bash ./deploy.sh",
        "./deploy.sh --now",
        "sh -x deploy.sh",
        "sudo ./deploy.sh",
        "source ./deploy.sh",
        ". deploy.sh",
        "python tool.py",
        "python3 ./tool.py --all",
        "node x.js",
        "./run",
        "bash arguments.sh ~",
        "source ./env.sh && rm -rf $PLACE",
        "bash loads.sh",
        "make wipe",
        "make -j4 nuke",
        "make scratch SCRATCH=~",
        "cd .. && make -C shop wipe",
        "just wipe",
        "just old",
        "npm run purge",
        "npm run release",
        "pnpm run purge",
        "yarn run purge",
        "npm --prefix sub run purge",
        "cd sub && npm run purge && cd ..",
    ] {
        assert_eq!(disk.said(&bench, command), Action::Block, "{command}");
    }
    assert!(disk.said(&bench, "make deploy") > Action::Allow);
}

#[test]
fn ordinary_projects_are_not_disturbed() {
    let bench = Bench::new();
    let disk = Disk::of(&[
        ("Makefile", MAKEFILE),
        ("justfile", JUSTFILE),
        ("package.json", MANIFEST),
        ("run-tests.sh", "#!/bin/sh\nset -eu\ntmp=$(mktemp -d)\ntrap 'rm -rf \"$tmp\"' EXIT\npytest -q \"$@\"\n"),
        ("server.js", "const http = require('http');\nhttp.createServer((q, a) => a.end('ok')).listen(3000);\n"),
        (
            "manage.py",
            "import os, sys\nfrom django.core.management import execute_from_command_line\nexecute_from_command_line(sys.argv)\n",
        ),
        (
            "build.sh",
            "#!/usr/bin/env bash\nset -euo pipefail\nROOT=\"$(cd \"$(dirname \"${BASH_SOURCE[0]}\")\" && pwd)\"\nrm -rf \"$ROOT/dist\"\n\
             mkdir -p \"$ROOT/dist\"\nfor f in src/*.ts; do npx tsc \"$f\" --outDir dist; done\ncp -r public/* dist/\n",
        ),
        (
            ".venv/bin/activate",
            "deactivate () {\n  unset -f deactivate\n}\nVIRTUAL_ENV=/home/ana/shop/.venv\nexport VIRTUAL_ENV\n\
             PATH=\"$VIRTUAL_ENV/bin:$PATH\"\nexport PATH\nhash -r 2> /dev/null\n",
        ),
        ("cleanup.sh", "#!/bin/sh\nrm -rf \"$1\"\nrm -rf \"$BUILD_DIR\"/*\n"),
        (
            "gradlew",
            "#!/bin/sh\nAPP_HOME=$(cd \"$(dirname \"$0\")\" && pwd -P)\nexec java -jar \"$APP_HOME/gradle/wrapper/gradle-wrapper.jar\" \"$@\"\n",
        ),
    ]);
    for command in [
        "make",
        "make build",
        "make test ARGS=-v",
        "make clean",
        "make -n wipe",
        "make scratch",
        "just",
        "just build release",
        "just clean",
        "npm test",
        "npm run build",
        "npm run dev",
        "npm run clean",
        "npm run lint -- --quiet",
        "npm start",
        "npm run",
        "npm run missing",
        "yarn build",
        "pnpm test",
        "./run-tests.sh -k cart",
        "node server.js",
        "python manage.py runserver",
        "./build.sh",
        "bash build.sh",
        "source .venv/bin/activate && pytest",
        "./cleanup.sh",
        "./gradlew test",
    ] {
        assert_eq!(disk.said(&bench, command), Action::Allow, "{command}");
    }
}

#[test]
fn calls_that_run_no_file_read_none() {
    let bench = Bench::new();
    let disk = Disk::of(&[("Makefile", MAKEFILE), ("package.json", MANIFEST), ("a.sh", "rm -rf ~")]);
    for command in ["git status", "ls -la", "cat a.sh", "cargo build", "rg wipe", "vim a.sh", "npm install", "npm ls"] {
        disk.said(&bench, command);
    }
    assert_eq!(disk.reads.get(), 0);
}

#[test]
fn what_is_read_is_bounded_and_hides_nothing_of_the_call() {
    let bench = Bench::new();
    let long = "echo a; ".repeat(3900);
    let many: Vec<String> = (0..100).map(|number| format!("./s{number}.sh")).collect();
    let disk = Disk::of(&[
        ("long.sh", &long),
        ("longest.sh", &"a".repeat(200 * 1024)),
        ("self.sh", "./self.sh; bash self.sh & . ./self.sh\n"),
        ("ping.sh", "./pong.sh\n./pong.sh\n"),
        ("pong.sh", "./ping.sh\n./ping.sh\n"),
        ("program", "\u{7f}ELF\0\0rm -rf ~"),
        ("Makefile", "a: b\nb: a\n\t$(A)$(B)\nA = $(B)$(B)\nB = $(A)$(A)\n"),
        ("justfile", "a: b\n    {{a}} {{\nb: a\n"),
        ("package.json", r#"{"scripts": {"a": "npm run b; npm run b", "b": "npm run a; npm run a", "c": 1}}"#),
    ]);
    for command in ["./self.sh", "./ping.sh", "./program", "make a", "just a", "npm run a", "npm run c", "./long.sh"] {
        assert_eq!(disk.said(&bench, command), Action::Allow, "{command}");
        let more = format!("{command}; rm -rf ~");
        assert_eq!(disk.said(&bench, &more), Action::Block, "{more}");
    }
    let before = disk.reads.get();
    disk.said(&bench, &many.join("; "));
    assert!(disk.reads.get() - before <= 12, "{} reads", disk.reads.get() - before);
}
