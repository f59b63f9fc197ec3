use super::*;
use crate::{Durable, KEYS, Kind};
use plist::Value as Plist;
use protocol::Mode;
use protocol::record::Level;
use std::os::unix::fs::{MetadataExt as _, symlink};

struct Machine {
    top: tempfile::TempDir,
    loader: Loader,
}

impl Machine {
    fn new() -> Self {
        let top = tempfile::tempdir().unwrap();
        std::fs::create_dir(top.path().join("managed.d")).unwrap();
        let loader = Loader::new(Self::sources(top.path()), Some(top.path().join("good.toml")));
        Self { top, loader }
    }

    fn sources(top: &Path) -> Sources {
        let uid = std::fs::metadata(top).unwrap().uid();
        Sources {
            machine: top.join("config.toml"),
            managed: top.join("managed.d"),
            preferences: Some(top.join("preferences.plist")),
            owner: uid,
            user: Some((top.join("user.toml"), uid)),
        }
    }

    fn restart(&mut self) {
        self.loader = Loader::new(Self::sources(self.top.path()), Some(self.top.path().join("good.toml")));
    }

    fn write(&self, name: &str, text: &str) {
        files::write_atomic(&self.top.path().join(name), text.as_bytes(), 0o644).unwrap();
    }

    fn load(&mut self) -> Loaded {
        self.loader.load()
    }

    /// The problems, without the name of the temporary folder.
    fn told(&self, loaded: &Loaded) -> Vec<String> {
        let folder = format!("{}/", self.top.path().display());
        loaded
            .problems
            .iter()
            .chain(&loaded.overruled)
            .map(|problem| problem.to_string().replace(&folder, ""))
            .collect()
    }
}

#[test]
fn without_files_the_defaults_hold() {
    let loaded = Machine::new().load();
    assert_eq!(loaded.config, Config::default());
    assert_eq!(loaded.config.mode, Mode::Detect);
    assert_eq!(loaded.config.journal_max.bytes(), 1 << 30);
    assert!(loaded.problems.is_empty());
    assert!(loaded.origins.iter().all(|origin| origin.layer == Layer::Default));
}

#[test]
fn every_key_can_be_set_and_says_where() {
    let mut machine = Machine::new();
    machine.write(
        "config.toml",
        "mode = 'enforce'\nmode_max = 'detect'\ndurable = 'block'\njournal_max_mb = 64\npolicy_files = ['/p.toml']\n\
         content.input = 'full'\n[content]\noutput = 'none'\nprompt = 'redacted'\nrationale = 'none'\n\
         [collector]\nurl = 'http://127.0.0.1:4318/'\nca_file = '/ca.pem'\ninterval_s = 2\n"
            .replace("content.input = 'full'\n[content]\n", "[content]\ninput = 'full'\n")
            .as_str(),
    );
    let loaded = machine.load();
    assert_eq!(machine.told(&loaded), Vec::<String>::new());
    let names: Vec<_> = loaded.origins.iter().map(|origin| origin.key).collect();
    assert_eq!(names, KEYS.iter().map(|key| key.name).collect::<Vec<_>>());
    assert!(loaded.origins.iter().all(|origin| origin.layer == Layer::Machine), "{:?}", loaded.origins);
    let config = loaded.config;
    assert_eq!((config.mode, config.durable, config.journal_max.bytes()), (Mode::Enforce, Durable::Block, 64 << 20));
    assert_eq!(
        (config.input, config.output, config.prompt, config.rationale),
        (Level::Full, Level::None, Level::Redacted, Level::None)
    );
    assert_eq!(config.collector_url.get(), Some("http://127.0.0.1:4318"));
    assert_eq!(config.collector_ca.get(), Some(Path::new("/ca.pem")));
    assert_eq!(config.collector_interval.duration().as_secs(), 2);
}

#[test]
fn an_address_that_is_none_or_holds_a_password_is_a_problem() {
    for wrong in ["127.0.0.1:4318", "ftp://x", "http://", "http:///x", "http://a:b@x", "http://x?y", "http://a b"] {
        let mut machine = Machine::new();
        machine.write("config.toml", &format!("[collector]\nurl = '{wrong}'\n"));
        let loaded = machine.load();
        assert_eq!(loaded.problems.len(), 1, "{wrong}");
        assert_eq!(loaded.config.collector_url.get(), None, "{wrong}");
    }
    let mut machine = Machine::new();
    machine.write("config.toml", "[collector]\nurl = ''\n");
    let loaded = machine.load();
    assert!(loaded.problems.is_empty());
    assert_eq!(loaded.origin("collector.url").layer, Layer::Machine, "no collector, and that is somebody's word");
}

#[test]
fn the_stronger_layer_wins_and_policies_of_all_layers_are_judged() {
    let mut machine = Machine::new();
    machine.write("user.toml", "mode = 'enforce'\ndurable = 'all'\npolicy_files = ['/user.toml']\n");
    machine.write("config.toml", "mode = 'detect'\n");
    machine.write("managed.d/20-b.toml", "journal_max_mb = 32\npolicy_files = ['/b.toml']\n");
    machine.write("managed.d/10-a.toml", "journal_max_mb = 64\npolicy_files = ['/a.toml']\n");
    machine.write("managed.d/30-c.toml.bak", "journal_max_mb = 128\n");
    let loaded = machine.load();
    assert_eq!(loaded.config.mode, Mode::Detect);
    assert_eq!(loaded.config.durable, Durable::All);
    assert_eq!(loaded.config.journal_max.bytes(), 32 << 20);
    assert!(loaded.origin("journal_max_mb").file.as_ref().unwrap().ends_with("20-b.toml"));
    let policies: Vec<_> = loaded.config.policies.iter().map(|p| (p.layer, p.path.to_str().unwrap())).collect();
    assert_eq!(policies, [(Layer::User, "/user.toml"), (Layer::Managed, "/a.toml"), (Layer::Managed, "/b.toml")]);
}

#[test]
fn a_bad_value_keeps_its_last_one_and_the_others_are_used() {
    let mut machine = Machine::new();
    machine.write("managed.d/10-acme.toml", "mode = 'enforce'\njournal_max_mb = 64\n");
    machine.load();
    machine.write("managed.d/10-acme.toml", "mode = 'detect'\njournal_max_mb = 'big'\n");
    let loaded = machine.load();
    assert_eq!((loaded.config.mode, loaded.config.journal_max.bytes()), (Mode::Detect, 64 << 20));
    assert_eq!(
        machine.told(&loaded),
        ["managed.d/10-acme.toml line 2: journal_max_mb is the text \"big\", a number from 16 to 1048576 was \
          expected.\n    2 │ journal_max_mb = 'big'\n      │                  ^^^^^\nIt keeps its last value (64). \
          The other 2 keys are in use."]
    );
}

#[test]
fn an_unknown_key_is_shown_with_the_one_that_was_meant() {
    let mut machine = Machine::new();
    machine.write("config.toml", "\nmod = \"enforce\"\ncontent.inptu = 'full'\nx.y.z = 1\ndurable = 'all'\n");
    let loaded = machine.load();
    assert_eq!(loaded.config.durable, Durable::All);
    let told = machine.told(&loaded);
    assert_eq!(told.len(), 3, "{told:#?}");
    assert_eq!(
        told.iter().find(|text| text.contains("\"mod\"")).unwrap(),
        "config.toml line 2: \"mod\" is not a key. Did you mean \"mode\"?\n    2 │ mod = \"enforce\"\n      │ ^^^\n\
         It is not in use. The other key is in use."
    );
    assert!(told.iter().any(|text| text.contains("Did you mean \"content.input\"?")), "{told:#?}");
    assert!(told.iter().any(|text| text.contains("\"x.y\" is not a key.")), "{told:#?}");
}

#[test]
fn a_file_that_is_no_toml_changes_nothing() {
    let mut machine = Machine::new();
    machine.write("config.toml", "mode = 'enforce'\n");
    machine.load();
    machine.write("config.toml", "durable = 'all'\nmode = \n");
    let loaded = machine.load();
    assert_eq!((loaded.config.mode, loaded.config.durable), (Mode::Enforce, Durable::None));
    let told = machine.told(&loaded);
    assert!(told[0].starts_with("config.toml line 2: this is not TOML: "), "{told:?}");
    assert!(told[0].ends_with("Its last values stay in use."), "{told:?}");
}

#[test]
fn a_restart_with_a_broken_file_does_not_fall_back_to_the_defaults() {
    let mut machine = Machine::new();
    machine.write("config.toml", "mode = 'enforce'\n[content]\ninput = 'none'\n");
    machine.load();
    machine.write("config.toml", "mode = 'enforced'\n");
    machine.restart();
    let loaded = machine.load();
    assert_eq!(loaded.config.mode, Mode::Enforce);
    assert_eq!(loaded.config.input, Level::Redacted, "a key that was taken out is out");
    assert!(machine.told(&loaded)[0].contains("It keeps its last value (\"enforce\")."));
}

#[test]
fn what_another_version_remembered_is_known_key_by_key() {
    let mut machine = Machine::new();
    machine.write("config.toml", "mode = 'enforce'\n");
    machine.load();
    let memory = std::fs::read_to_string(machine.top.path().join("good.toml")).unwrap();
    machine.write("good.toml", &format!("{memory}a_key_of_tomorrow = 1\ndurable = 7\n"));
    machine.write("config.toml", "mode = \n");
    machine.restart();
    assert_eq!(machine.load().config.mode, Mode::Enforce);
}

#[test]
fn a_file_that_was_removed_counts_no_more() {
    let mut machine = Machine::new();
    machine.write("config.toml", "mode = 'enforce'\n");
    machine.load();
    std::fs::remove_file(machine.top.path().join("config.toml")).unwrap();
    assert_eq!(machine.load().config.mode, Mode::Detect);
    machine.restart();
    assert_eq!(machine.load().config.mode, Mode::Detect);
}

#[test]
fn a_file_that_others_may_write_to_is_not_used() {
    let mut machine = Machine::new();
    let file = machine.top.path().join("config.toml");
    files::write_atomic(&file, b"mode = 'enforce'\n", 0o666).unwrap();
    let loaded = machine.load();
    assert_eq!(loaded.config.mode, Mode::Detect);
    assert!(machine.told(&loaded)[0].contains("can be written to by others (mode 666)"), "{:?}", machine.told(&loaded));

    files::write_atomic(&file, b"mode = 'enforce'\n", 0o644).unwrap();
    machine.loader.sources.owner += 1;
    assert!(machine.load().problems[0].says.contains("belongs to user"));
}

#[test]
fn a_file_kept_elsewhere_is_found_through_its_link() {
    let mut machine = Machine::new();
    machine.write("dotfiles.toml", "durable = 'block'\n");
    symlink("dotfiles.toml", machine.top.path().join("user.toml")).unwrap();
    assert_eq!(machine.load().config.durable, Durable::Block);
}

#[test]
fn values_out_of_range_are_refused() {
    let mut machine = Machine::new();
    for bad in [
        "journal_max_mb = 15",
        "journal_max_mb = -1",
        "journal_max_mb = 2000000",
        "journal_max_mb = 1.5",
        "policy_files = ['relative']",
        "[collector]\nca_file = 'relative.pem'",
        "policy_files = '/x'",
        "mode = true",
        "mode = 1979-05-27",
        "durable = []",
        "content = 3",
        "content.input = {}",
    ] {
        machine.write("config.toml", bad);
        let loaded = machine.load();
        assert_eq!((loaded.problems.len(), loaded.config), (1, Config::default()), "{bad}");
    }
}

#[test]
fn a_deep_or_binary_file_is_a_problem_and_no_crash() {
    let mut machine = Machine::new();
    for bad in [b"\xff\xfe".to_vec(), b"a = ".repeat(5).into_iter().chain(b"[".repeat(100_000)).collect()] {
        files::write_atomic(&machine.top.path().join("config.toml"), &bad, 0o600).unwrap();
        let loaded = machine.load();
        assert_eq!(loaded.problems.len(), 1);
        assert!(loaded.problems[0].to_string().len() < 1000);
    }
}

#[test]
fn each_key_is_what_its_kind_says() {
    let mut machine = Machine::new();
    for key in KEYS {
        let (good, bad): (Vec<String>, Vec<String>) = match key.kind {
            Kind::Choice(words) => (words.iter().map(|word| format!("'{word}'")).collect(), vec!["'other'".to_owned()]),
            Kind::Number(least, most) => (vec![least.to_string(), most.to_string()], vec![(most + 1).to_string()]),
            Kind::Address => (vec!["'https://collector.example'".to_owned(), "''".to_owned()], vec!["'x'".to_owned()]),
            Kind::Path => (vec!["'/ca.pem'".to_owned(), "''".to_owned()], vec!["'ca.pem'".to_owned()]),
            Kind::Paths(most) => {
                let list = |count| format!("{:?}", vec!["/p.toml"; count]);
                (vec!["[]".to_owned(), list(most)], vec![list(most + 1)])
            }
        };
        for (values, problems) in [(good, 0), (bad, 1)] {
            for value in values {
                machine.write("config.toml", &format!("{} = {value}\n", key.name));
                assert_eq!(machine.load().problems.len(), problems, "{} = {value}", key.name);
            }
        }
    }
    let interval = KEYS.iter().find(|key| key.name == "collector.interval_s").unwrap();
    assert_eq!(interval.camel(), "CollectorIntervalS");
}

#[test]
fn a_ceiling_binds_what_is_weaker_and_leaves_less_to_it() {
    let mut machine = Machine::new();
    machine.write("managed.d/10.toml", "content = { input = 'redacted', output = 'redacted' }\n");
    machine.write("user.toml", "content = { input = 'full', output = 'none', prompt = 'full' }\n");
    let loaded = machine.load();
    let config = &loaded.config;
    assert_eq!((config.input, config.output, config.prompt), (Level::Redacted, Level::None, Level::Full));
    assert_eq!(loaded.origin("content.input").layer, Layer::Managed);
    assert_eq!(loaded.origin("content.output").layer, Layer::User);
    let told = machine.told(&loaded);
    assert_eq!(
        told,
        [
            "user.toml: content.input is \"full\" here, and \"redacted\" in managed.d/10.toml.\n\"redacted\" is in force."
        ]
    );
}

#[test]
fn a_mode_stands_beside_a_ceiling_of_its_own_layer_and_under_one_of_a_stronger() {
    let mut machine = Machine::new();
    machine.write("managed.d/10.toml", "mode_max = 'detect'\n");
    machine.write("config.toml", "mode = 'enforce'\n");
    let loaded = machine.load();
    assert_eq!((loaded.config.mode, loaded.config.mode_max), (Mode::Detect, Mode::Detect));
    assert_eq!(loaded.origin("mode").value, "\"detect\"");
    assert!(loaded.origin("mode").file.as_ref().unwrap().ends_with("10.toml"));
    machine.write("managed.d/20.toml", "mode = 'enforce'\n");
    let loaded = machine.load();
    assert_eq!(loaded.config.mode, Mode::Enforce, "whoever sets the ceiling may set the mode itself");
    assert_eq!(loaded.config.mode_max, Mode::Detect);
    assert_eq!(machine.told(&loaded), Vec::<String>::new());
}

#[test]
fn two_files_of_a_layer_that_disagree_are_told() {
    let mut machine = Machine::new();
    machine.write("managed.d/10.toml", "mode = 'detect'\njournal_max_mb = 64\n");
    machine.write("managed.d/20.toml", "mode = 'enforce'\njournal_max_mb = 64\n");
    machine.write("config.toml", "journal_max_mb = 32\n");
    let loaded = machine.load();
    assert_eq!(loaded.config.mode, Mode::Enforce);
    assert_eq!(
        machine.told(&loaded),
        ["managed.d/10.toml: mode is \"detect\" here, and \"enforce\" in managed.d/20.toml.\n\"enforce\" is in force."],
        "a machine's own file may be overruled without a word"
    );
}

fn list(keys: &[(&str, Plist)], binary: bool) -> Vec<u8> {
    let keys: plist::Dictionary = keys.iter().map(|(key, value)| ((*key).to_owned(), value.clone())).collect();
    let mut bytes = Vec::new();
    let list = Plist::Dictionary(keys);
    if binary { list.to_writer_binary(&mut bytes) } else { list.to_writer_xml(&mut bytes) }.unwrap();
    bytes
}

fn put(machine: &Machine, bytes: &[u8]) {
    files::write_atomic(&machine.top.path().join("preferences.plist"), bytes, 0o644).unwrap();
}

#[test]
fn a_property_list_sets_each_key_in_both_its_forms() {
    let policies = Plist::Array(vec!["/p.toml".into()]);
    let keys = [
        ("Mode", "enforce".into()),
        ("ModeMax", "detect".into()),
        ("Durable", "block".into()),
        ("JournalMaxMb", 64_u64.into()),
        ("PolicyFiles", policies),
        ("ContentInput", "full".into()),
        ("ContentOutput", "none".into()),
        ("ContentPrompt", "redacted".into()),
        ("ContentRationale", "none".into()),
        ("CollectorUrl", "https://collector.example".into()),
        ("CollectorCaFile", "/ca.pem".into()),
        // As forms of a console send a number.
        ("CollectorIntervalS", Plist::Real(2.0)),
        ("PayloadUUID", "11111111-1111-4111-8111-111111111111".into()),
    ];
    for binary in [false, true] {
        let mut machine = Machine::new();
        machine.write("managed.d/10.toml", "journal_max_mb = 32\n");
        put(&machine, &list(&keys, binary));
        let loaded = machine.load();
        let told = machine.told(&loaded);
        assert_eq!(told.len(), 1, "{told:?}");
        assert!(told[0].starts_with("managed.d/10.toml: journal_max_mb is 32 here, and 64 in preferences.plist."));
        assert!(loaded.origins.iter().all(|origin| origin.layer == Layer::Managed), "{:?}", loaded.origins);
        assert_eq!(loaded.config.collector_interval.duration().as_secs(), 2);
        assert_eq!(loaded.config.policies[0].path, Path::new("/p.toml"));
    }
}

#[test]
fn json_in_a_property_list_is_weaker_than_the_keys_beside_it() {
    let mut machine = Machine::new();
    let json = r#"{"mode": "detect", "content": {"input": "none"}, "content.output": "none", "moed": 1}"#;
    put(&machine, &list(&[("Mode", "enforce".into()), ("SettingsJson", json.into())], false));
    let loaded = machine.load();
    assert_eq!(loaded.config.mode, Mode::Enforce);
    assert_eq!((loaded.config.input, loaded.config.output), (Level::None, Level::None));
    assert_eq!(
        machine.told(&loaded),
        ["preferences.plist: \"moed\" is not a key.\nIt is not in use. The other 3 keys are in use."]
    );
    for (json, says) in [(Plist::from("[1]"), "not a JSON object"), (Plist::Boolean(true), "is true, a text was")] {
        put(&machine, &list(&[("SettingsJson", json), ("Durable", "all".into())], true));
        let loaded = machine.load();
        assert!(loaded.problems[0].says.contains(says), "{:?}", loaded.problems);
        assert_eq!(loaded.config.mode, Mode::Enforce, "what was good last stays in use");
    }
}

#[test]
fn a_wrong_key_beside_json_leaves_what_the_json_says() {
    let mut machine = Machine::new();
    put(&machine, &list(&[("SettingsJson", r#"{"mode": "enforce"}"#.into()), ("Mode", 7_u64.into())], true));
    let loaded = machine.load();
    assert_eq!((loaded.config.mode, loaded.problems.len()), (Mode::Enforce, 1));
}

#[test]
fn a_link_that_leads_nowhere_keeps_its_last_values() {
    let mut machine = Machine::new();
    machine.write("elsewhere.toml", "mode = 'enforce'\n");
    symlink(machine.top.path().join("elsewhere.toml"), machine.top.path().join("managed.d/10.toml")).unwrap();
    assert_eq!(machine.load().config.mode, Mode::Enforce);
    std::fs::remove_file(machine.top.path().join("elsewhere.toml")).unwrap();
    let loaded = machine.load();
    assert_eq!((loaded.config.mode, loaded.problems.len()), (Mode::Enforce, 1));
    std::fs::remove_file(machine.top.path().join("managed.d/10.toml")).unwrap();
    assert_eq!(machine.load().config.mode, Mode::Detect);
}

#[test]
fn a_wrong_type_in_one_key_of_a_property_list_leaves_the_others_working() {
    let mut machine = Machine::new();
    put(&machine, &list(&[("Mode", "enforce".into()), ("JournalMaxMb", 64_u64.into())], true));
    machine.load();
    let wrong = [("Mode", Plist::Boolean(true)), ("JournalMaxMb", 32_u64.into()), ("JurnalMaxMb", 1_u64.into())];
    put(&machine, &list(&wrong, true));
    let loaded = machine.load();
    assert_eq!((loaded.config.mode, loaded.config.journal_max.bytes()), (Mode::Enforce, 32 << 20));
    let told = machine.told(&loaded);
    assert_eq!(
        told[0],
        "preferences.plist: Mode is true, \"detect\" or \"enforce\" was expected.\n\
         It keeps its last value (\"enforce\"). The other 2 keys are in use."
    );
    assert!(told[1].contains("\"JurnalMaxMb\" is not a key. Did you mean \"JournalMaxMb\"?"), "{told:?}");
    let deep = b"<plist>".iter().copied().chain(b"<array>".repeat(100_000)).collect::<Vec<u8>>();
    let closed = b"<plist><dict><key>Mode</key>".iter().copied().chain(b"<array>".repeat(30_000));
    let closed = closed.chain(b"</array>".repeat(30_000)).chain(*b"</dict></plist>").collect();
    let many = list(&[("PolicyFiles", Plist::Array(vec!["/p".into(); 2000]))], true);
    let others = ["bplist00", "<?xml version=\"1.0\"?><plist><array/></plist>", "<plist><dict>", "\u{ff}"];
    for broken in others.map(|text| text.as_bytes().to_vec()).into_iter().chain([deep, closed, many]) {
        put(&machine, &broken);
        let loaded = machine.load();
        assert_eq!((loaded.problems.len(), loaded.config.mode), (1, Mode::Enforce));
    }
}
