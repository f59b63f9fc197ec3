use super::Knowledge;

#[test]
fn every_table_is_read_and_knows_enough_programs() {
    let knowledge = Knowledge::builtin();
    assert!(knowledge.len() >= 600, "{} programs", knowledge.len());
}

#[test]
fn a_company_table_adds_a_program_with_its_effects() {
    let mut knowledge = Knowledge::builtin();
    let table = r#"
        [[program]]
        names = ["deployer"]
        harmless = ["status"]
        [[program.sub]]
        names = ["destroy"]
        effects = [{ effect = "resource", kind = "cloud", action = "destroy", name = "operand 0" }]
    "#;
    knowledge.add("acme", table).expect("the table is right");
    let base = crate::tests::base();
    let facts = protocol::Facts { base: &base, look: &protocol::facts::Blind };
    let names = |command: &[u8]| -> Vec<&str> {
        crate::shell_effects(command, facts, &knowledge).effects.iter().map(|effect| effect.action.name()).collect()
    };
    assert_eq!(names(b"deployer destroy web"), ["run", "resource"]);
    assert_eq!(names(b"deployer status"), ["run"]);
    assert_eq!(names(b"deployer frob"), ["run", "unknown"]);
}

#[test]
fn a_broken_table_is_refused_with_what_is_wrong() {
    let mut knowledge = Knowledge::builtin();
    let cases = [
        ("[[program]]\nnames = []", "at least one name"),
        ("[[program]]\nnames = [\"x\"]\nreader = \"nobody\"", "no reader is called nobody"),
        ("[[program]]\nnames = [\"x\"]\noperands = [\"frob\"]", "no argument can mean frob"),
        ("[[program]]\nnames = [\"x\"]\nfrob = 1", "unknown field `frob`"),
        (
            "[[program]]\nnames = [\"x\"]\neffects = [{ effect = \"stop\", what = \"machine\", name = \"frob\" }]",
            "not a source",
        ),
    ];
    for (text, wanted) in cases {
        let error = knowledge.add("acme", text).expect_err(text).to_string();
        assert!(error.contains(wanted), "{error}");
    }
}
