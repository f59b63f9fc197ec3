use super::*;
use proptest::prelude::*;

fn path(glob: &str) -> PathGlob {
    PathGlob::parse(glob).unwrap()
}

fn hits(glob: &str, text: &str) -> bool {
    path(glob).matches(Path::of(text.as_bytes()), false, &Places::default()) == Truth::Yes
}

#[test]
fn a_star_stays_within_a_component_and_two_stars_do_not() {
    assert!(hits("/a/*/c", "/a/b/c"));
    assert!(!hits("/a/*/c", "/a/b/b/c"));
    assert!(hits("/a/**/c", "/a/c"));
    assert!(hits("/a/**/c", "/a/b/b/c"));
    assert!(!hits("/a/**/c", "/a/b/bc"));
    assert!(hits("/a/?.md", "/a/b.md"));
    assert!(!hits("/a?b", "/a/b"));
}

#[test]
fn two_stars_at_the_end_are_the_folder_and_all_below() {
    assert!(hits("/a/**", "/a"));
    assert!(hits("/a/**", "/a/b/c"));
    assert!(!hits("/a/**", "/ab"));
}

#[test]
fn a_glob_without_a_beginning_matches_at_any_depth_but_whole_components() {
    assert!(hits(".env", "/home/ana/shop/.env"));
    assert!(!hits(".env", "/home/ana/shop/x.env"));
    assert!(hits("*.pem", "/x.pem"));
    assert!(hits("src/**/*.rs", "/w/src/a/b.rs"));
}

#[test]
fn a_recursive_effect_on_a_parent_touches_what_lies_under_it() {
    let home = AbsPath::normal(b"/home/ana");
    let places = Places { home: Some(&home), workspace: &[] };
    let ssh = path("~/.ssh/**");
    for (target, recursive, expected) in [
        ("/home/ana/.ssh/id", false, Truth::Yes),
        ("/home/ana", true, Truth::Yes),
        ("/home/ana", false, Truth::No),
        ("/", true, Truth::Yes),
        ("/home/anabel", true, Truth::No),
        ("/home/ana/.ss", true, Truth::No),
        ("/home/ana/src", true, Truth::No),
    ] {
        assert_eq!(ssh.matches(Path::of(target.as_bytes()), recursive, &places), expected, "{target}");
    }
    assert_eq!(ssh.matches(Path::of(b"/home/ana/.ssh"), true, &Places::default()), Truth::Unknown);
    // Below any folder there might be a `.git`; only what must lie there counts.
    assert_eq!(path(".git").matches(Path::of(b"/home/ana/src/shop/target"), true, &places), Truth::No);
}

#[test]
fn a_set_of_paths_meets_a_glob_when_one_path_is_in_both() {
    let home = AbsPath::normal(b"/home/ana");
    let places = Places { home: Some(&home), workspace: &[] };
    assert_eq!(path("~/.ssh/id_*").meets(b"/home/ana/.ss*/id_rsa", false, &places), Truth::Yes);
    assert_eq!(path("~/.ssh/id_*").meets(b"/home/ana/src/*", false, &places), Truth::Yes.and(Truth::No));
    assert_eq!(path("~/.ssh/**").meets(b"/home/*", true, &places), Truth::Yes);
    assert_eq!(path("~/.ssh/**").meets(b"/home/b*", true, &places), Truth::No);
    assert_eq!(path("/etc/passwd").meets(b"/etc/pa????", false, &places), Truth::Yes);
    assert_eq!(path("/etc/passwd").meets(b"/etc/pa???", false, &places), Truth::No);
}

#[test]
fn text_globs_cross_slashes_and_may_fold_case() {
    let glob = Glob::text("*.Example.com", true).unwrap();
    assert!(glob.matches(b"API.example.COM"));
    assert!(!glob.matches(b"example.com"));
    assert!(Glob::text("release/*", false).unwrap().matches(b"release/1/2"));
}

#[test]
fn globs_over_the_limits_are_refused() {
    assert_eq!(PathGlob::parse(&"a".repeat(1025)).unwrap_err(), BadGlob::TooLong);
    assert_eq!(PathGlob::parse(&"*".repeat(33)).unwrap_err(), BadGlob::TooManyWildcards);
    assert_eq!(PathGlob::parse("").unwrap_err(), BadGlob::Empty);
    assert_eq!(PathGlob::parse("a\0b").unwrap_err(), BadGlob::Nul);
}

#[test]
fn a_glob_made_to_explode_costs_no_more_than_its_length_times_the_text() {
    let glob = Glob::text(&"a*".repeat(32), false).unwrap();
    assert!(!glob.matches(&[b"a".repeat(4000), b"b".to_vec()].concat()[..31]));
    assert_eq!(glob.meets(b"", &b"*a".repeat(40_000)), Truth::Unknown);
}

proptest! {
    #[test]
    fn a_set_of_one_is_judged_like_its_member(glob in "[ab*?/]{1,8}", text in "/[ab/]{0,8}") {
        if let Ok(glob) = Glob::path(&format!("/{glob}")) {
            prop_assert_eq!(glob.meets(b"", text.as_bytes()), Truth::of(glob.matches(text.as_bytes())));
        }
    }

    #[test]
    fn a_set_meets_whatever_one_of_its_members_matches(glob in "[ab*?/]{1,6}", set in "/[ab*?]{0,6}", text in "/[ab]{0,6}") {
        if let Ok(glob) = Glob::path(&format!("/{glob}"))
            && wild(set.as_bytes(), text.as_bytes()) && glob.matches(text.as_bytes()) {
                prop_assert_eq!(glob.meets(b"", set.as_bytes()), Truth::Yes);
            }
    }

    #[test]
    fn what_matches_has_the_bytes_that_are_needed(glob in "[abA*?/]{1,6}", text in "/[abAB/]{0,8}", fold: bool) {
        for glob in [Glob::path(&format!("/{glob}")), Glob::text(&glob, fold)].into_iter().flatten() {
            for text in [text.as_bytes(), &text.as_bytes()[1..]] {
                prop_assert!(glob.can_match(ByteSet::of(text)) || !glob.matches(text), "{glob:?}");
            }
        }
    }

    #[test]
    fn any_path_and_glob_end(glob: String, text: Vec<u8>) {
        if let Ok(glob) = PathGlob::parse(&glob) {
            glob.matches(Path::of(&text), true, &Places::default());
            glob.meets(&text, true, &Places::default());
        }
    }
}

#[test]
fn looking_for_literals_says_what_the_walk_says() {
    let mut texts = vec![String::new()];
    for _ in 0..5 {
        let longer: Vec<String> = texts.iter().flat_map(|t| ["a", "b", "*"].map(|c| format!("{t}{c}"))).collect();
        texts.extend(longer);
        texts.sort();
        texts.dedup();
    }
    let globs = texts.iter().filter(|text| !text.is_empty() && text.len() <= 4);
    for glob in globs.filter_map(|text| Glob::text(text, false).ok()) {
        for text in texts.iter().filter(|text| !text.contains('*')) {
            let walked = text.as_bytes().strip_prefix(&*glob.fixed).is_some_and(|rest| glob.walk(rest));
            assert_eq!(glob.matches(text.as_bytes()), walked, "{glob:?} {text}");
        }
    }
    assert!(Glob::text("*Trusted=*", true).is_ok_and(|glob| glob.matches(b"[TRUSTED=yes]")));
}
