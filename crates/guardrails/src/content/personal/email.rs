//! E-mail addresses, and what only looks like one.

use super::Found;
use crate::content::bytes::{self, ALNUM};
use protocol::Severity;
use protocol::finding::Confidence;

/// A local part is at most so long, a domain too (RFC 5321 has 64 and 255).
const LOCAL: usize = 64;
const DOMAIN: usize = 255;

/// Looks so far back for what makes an address a remote or an author's.
const BEFORE: usize = 160;

pub(super) fn find(text: &[u8], found: &mut Vec<Found>) {
    let mut done = 0;
    for at in memchr::memchr_iter(b'@', text) {
        address(text, at, 1, &mut done, found);
    }
    if found.iter().any(|one| one.severity > Severity::Note) && is_manifest(text) {
        // A package's people are published with it.
        for one in found.iter_mut() {
            one.severity = Severity::Note;
        }
    }
    // The sign in URLs, JSON and HTML; most texts have none of the marks that its escapes begin with.
    if memchr::memchr3(b'%', b'\\', b'&', text).is_none() {
        return;
    }
    for (written, length) in [(&b"%40"[..], 3), (b"\\u0040", 6), (b"&#64;", 5)] {
        let mut done = 0;
        for at in memchr::memmem::find_iter(text, written) {
            address(text, at, length, &mut done, found);
        }
    }
}

/// Is this a package's own description?
fn is_manifest(text: &[u8]) -> bool {
    let has = |word: &[u8]| memchr::memmem::find(text, word).is_some();
    (has(b"\"version\"")
        && has(b"\"name\"")
        && (has(b"\"license\"") || has(b"ependencies\"") || has(b"\"repository\"")))
        || text.starts_with(b"Metadata-Version:")
        || (has(b"[package]") && has(b"version ="))
        || (has(b"[project]") && has(b"authors"))
        || has(b"<modelVersion>")
        || has(b"Gem::Specification")
}

/// The address around the sign from `at` on, `sign` bytes long.
fn address(text: &[u8], at: usize, sign: usize, done: &mut usize, found: &mut Vec<Found>) {
    let Some(start) = local_start(text, at, *done) else { return };
    let Some(end) = domain_end(text, at + sign) else { return };
    let (Some(local), Some(domain)) = (text.get(start..at), text.get(at + sign..end)) else { return };
    let severity = match judge(text, start, end, local, domain, sign > 1) {
        Judgement::None => return,
        Judgement::Note => Severity::Note,
        Judgement::Personal => Severity::Low,
    };
    *done = end;
    found.push(Found { name: "email", start, end, severity, confidence: Confidence::High });
}

/// Two bytes of UTF-8 that are a Latin letter with a mark: names and domains may have them.
fn is_letter(first: u8, second: u8) -> bool {
    (0xc3..0xc8).contains(&first) && (0x80..0xc0).contains(&second) && (first, second) != (0xc3, 0x97)
}

/// Where the local part begins that ends at `at`.
fn local_start(text: &[u8], at: usize, floor: usize) -> Option<usize> {
    let from = at.saturating_sub(LOCAL).max(floor);
    let mut start = at;
    while start > from {
        let byte = text[start - 1];
        if bytes::is(byte, bytes::WORD_DOT) || matches!(byte, b'+' | b'%') {
            start -= 1;
        } else if start >= from + 2 && is_letter(text[start - 2], byte) {
            start -= 2;
        } else {
            break;
        }
    }
    // A piece of an escape before it: `%20ana`, `\nana`, `\u003cana`.
    let local = text.get(start..at)?;
    let mut skip = 0;
    for percent in memchr::memchr_iter(b'%', local) {
        let code = local.get(percent + 1..percent + 3)?;
        // `%2B`, `%2E`, `%2D`, `%5F` are part of it.
        if !matches!(code, b"2B" | b"2b" | b"2E" | b"2e" | b"2D" | b"2d" | b"5F" | b"5f") {
            skip = percent + 3;
        }
    }
    start += skip;
    if skip == 0 && start.checked_sub(1).and_then(|before| text.get(before)) == Some(&b'\\') {
        let escape = text.get(start..at)?;
        start += match escape {
            [b'u', hex @ ..] if hex.len() > 4 && hex.iter().take(4).all(u8::is_ascii_hexdigit) => 5,
            [b'n' | b't' | b'r', ..] => 1,
            _ => 0,
        };
    }
    while start < at && matches!(text[start], b'.' | b'-' | b'+') {
        start += 1;
    }
    let local = text.get(start..at)?;
    let (first, last) = (local.first()?, local.last()?);
    let sound = (bytes::is(*first, ALNUM) || *first == b'_' || *first >= 0xc3) && *last != b'.';
    (sound && memchr::memmem::find(local, b"..").is_none()).then_some(start)
}

/// The end of the domain that begins at `from`.
fn domain_end(text: &[u8], from: usize) -> Option<usize> {
    let near = text.get(from..text.len().min(from + DOMAIN))?;
    let mut length = 0;
    while let Some(byte) = near.get(length) {
        if bytes::is(*byte, ALNUM | bytes::DASH | bytes::DOT) {
            length += 1;
        } else if near.get(length + 1).is_some_and(|next| is_letter(*byte, *next)) {
            length += 2;
        } else {
            break;
        }
    }
    // The end of a sentence.
    while length > 0 && matches!(near[length - 1], b'.' | b'-') {
        length -= 1;
    }
    let domain = near.get(..length)?;
    let top = domain.rsplit(|byte| *byte == b'.').next()?;
    let labels = domain.split(|byte| *byte == b'.').count();
    let sound =
        domain.split(|byte| *byte == b'.').all(|label| !label.is_empty() && label.len() <= 63 && label[0] != b'-');
    let name = domain
        .get(..domain.len() - top.len())
        .is_some_and(|name| name.iter().any(|b| !matches!(b, b'0'..=b'9' | b'.' | b'-')));
    (labels >= 2 && name && sound && is_top(top) && near.get(length) != Some(&b'_')).then_some(from + length)
}

enum Judgement {
    None,
    Note,
    Personal,
}

fn judge(text: &[u8], start: usize, end: usize, local: &[u8], domain: &[u8], encoded: bool) -> Judgement {
    let before = text.get(start.saturating_sub(BEFORE)..start).unwrap_or_default();
    // `this@Customer.email`: a label of Kotlin.
    let label = matches!(local, b"this" | b"super" | b"return" | b"break" | b"continue");
    if label || is_quiet_domain(domain) || is_nobody(local) {
        return Judgement::None;
    }
    let previous = before.last().copied().unwrap_or(b' ');
    let word = before.iter().rposition(|b| b.is_ascii_whitespace() || matches!(b, b'"' | b'\'' | b'<' | b'(' | b'`'));
    let word = before.get(word.map_or(0, |at| at + 1)..).unwrap_or_default();
    let scheme = memchr::memmem::rfind(word, b"://");
    let braced = previous == b'{' && !is_tex_argument(before);
    if matches!(previous, b'@' | b'$' | b'\\') || braced || (previous == b'}' && !encoded) {
        return Judgement::None;
    }
    // `https://ana@host`, `ssh://ana:x@host`: the user of a URL.
    if let Some(scheme) = scheme
        && word.get(scheme + 3..).is_some_and(|rest| !rest.iter().any(|b| matches!(b, b'/' | b'?' | b'#')))
    {
        return Judgement::None;
    }
    // `node_modules/pkg@x.y`: a path.
    let page = word.starts_with(b"http") && memchr::memchr_iter(b':', word).count() == 1;
    if previous == b'/' && !encoded && !page {
        return Judgement::None;
    }
    let behind = text.get(end..text.len().min(end + 2)).unwrap_or_default();
    // `ana@host:src`, `ana@host:/srv`: a remote.
    // But a key's parts are joined by colons: `session:ana@host:login`.
    let keyed = previous == b':' && !word.contains(&b'/');
    if let [b':', next] = behind
        && !keyed
        && !next.is_ascii_whitespace()
        && !matches!(next, b'"' | b'\'' | b',' | b'\\' | b':' | b'<')
        && !next.is_ascii_digit()
    {
        return Judgement::None;
    }
    if behind.first() == Some(&b'(') {
        return Judgement::None;
    }
    let line = before.rsplit(|b| *b == b'\n').next().unwrap_or_default();
    if is_remote_command(line) || is_message_id(line) {
        return Judgement::None;
    }
    if is_role(local)
        || domain.starts_with(b"lists.")
        || domain.starts_with(b"groups.")
        || is_authorship(before, line, previous)
    {
        return Judgement::Note;
    }
    // `https://lists.host/list/devel@host/thread`.
    if previous == b'/' && !encoded {
        return Judgement::Note;
    }
    if encoded && !before.is_empty() && local.iter().all(u8::is_ascii_digit) {
        return Judgement::Note;
    }
    Judgement::Personal
}

/// A program before the address that takes `user@host`.
fn is_remote_command(line: &[u8]) -> bool {
    let words = line.split(|b| !bytes::is(*b, ALNUM | bytes::DASH));
    let mut remote = false;
    for word in words {
        remote |= matches!(
            word,
            b"ssh"
                | b"scp"
                | b"sftp"
                | b"rsync"
                | b"mosh"
                | b"sshfs"
                | b"ssh-copy-id"
                | b"autossh"
                | b"ssh-rsa"
                | b"ssh-ed25519"
                | b"sshpass"
                | b"cvs"
                | b"ProxyJump"
                | b"nistp256"
                | b"ecdsa-sha2-nistp256"
        );
        // `… && mail ana@…`
        remote &= !matches!(word, b"mail" | b"mailx" | b"sendmail" | b"mutt" | b"email");
    }
    remote
}

/// `\email{`: an argument of TeX.
fn is_tex_argument(before: &[u8]) -> bool {
    let word = before.len().checked_sub(1).and_then(|end| before.get(..end)).unwrap_or_default();
    let name = word.iter().rev().take_while(|b| b.is_ascii_alphabetic()).count();
    name > 0 && word.len() > name && word[word.len() - name - 1] == b'\\'
}

/// `Message-ID: <…@host>` and its kin; the local part may hold signs that no person's has.
fn is_message_id(line: &[u8]) -> bool {
    memchr::memrchr(b'<', line).is_some_and(|open| !line[open..].iter().any(|b| b.is_ascii_whitespace() || *b == b'>'))
        && [&b"message-id"[..], b"in-reply-to", b"references", b"content-id", b"msgid"]
            .iter()
            .any(|name| bytes::contains_any_case(line, name))
}

/// Published on purpose: a package's author, a commit's, a copyright line's.
fn is_authorship(before: &[u8], line: &[u8], previous: u8) -> bool {
    const WORDS: [&[u8]; 24] = [
        b"author",
        b"maintainer",
        b"contributor",
        b"copyright",
        b"(c)",
        b"signed-off-by",
        b"co-authored-by",
        b"reviewed-by",
        b"acked-by",
        b"tested-by",
        b"reported-by",
        b"suggested-by",
        b"committer",
        b"tagger",
        b"license",
        b"licence",
        b"packager",
        b"uploader",
        b"vendor",
        b"publisher",
        b"patch by",
        b"written by",
        b"_npmuser",
        b"changed-by",
    ];
    let near = before.get(before.len().saturating_sub(120)..).unwrap_or_default();
    if WORDS.iter().any(|word| bytes::contains_any_case(near, word))
        || memchr::memmem::find(near, "©".as_bytes()).is_some()
    {
        return true;
    }
    // `// Ana Keller <ana@…>`, ` * Ana <…>`, `-- Ana <…>` in a changelog.
    let start = line.trim_ascii_start();
    // `"Ana Keller <ana@…>",` alone on its line: a list of authors.
    let listed = matches!(start.first(), Some(b'"' | b'\''));
    let comment =
        listed || [&b"//"[..], b"#", b"*", b";", b"--", b"/*", b"%", b"dnl"].iter().any(|mark| start.starts_with(mark));
    comment && matches!(previous, b'<' | b'(' | b'[')
}

/// Reserved and documentation names, machines of one's own, and names that stand for any company.
fn is_quiet_domain(domain: &[u8]) -> bool {
    let mut buffer = [0u8; DOMAIN];
    let Some(lower) = buffer.get_mut(..domain.len()) else { return true };
    lower.copy_from_slice(domain);
    lower.make_ascii_lowercase();
    let lower: &[u8] = lower;
    let labels: Vec<&[u8]> = lower.split(|b| *b == b'.').collect();
    let top = labels.last().copied().unwrap_or_default();
    let name = labels.len().checked_sub(2).and_then(|at| labels.get(at)).copied().unwrap_or_default();
    if matches!(
        top,
        b"example"
            | b"test"
            | b"invalid"
            | b"local"
            | b"localhost"
            | b"internal"
            | b"lan"
            | b"localdomain"
            | b"home"
            | b"corp"
    ) {
        return true;
    }
    if labels.iter().any(|label| matches!(*label, b"example" | b"noreply" | b"no-reply" | b"localhost" | b"invalid")) {
        return true;
    }
    // `aes256-gcm@openssh.com`: who names an algorithm of SSH puts his domain behind it.
    if matches!(lower, b"openssh.com" | b"libssh.org" | b"putty.projects.tartarus.org") {
        return true;
    }
    // `ingest.sentry.io`, buckets and addresses made by machines.
    if lower.ends_with(b"ingest.sentry.io")
        || lower.ends_with(b"gserviceaccount.com")
        || lower.ends_with(b"calendar.google.com")
    {
        return true;
    }
    matches!(
        name,
        b"domain"
            | b"yourdomain"
            | b"your-domain"
            | b"mydomain"
            | b"my-domain"
            | b"somedomain"
            | b"yourcompany"
            | b"your-company"
            | b"mycompany"
            | b"yoursite"
            | b"mysite"
            | b"yourorg"
            | b"foo"
            | b"bar"
            | b"baz"
            | b"foobar"
            | b"test"
            | b"sample"
            | b"placeholder"
            | b"xyz"
            | b"xxx"
            | b"abc"
            | b"host"
            | b"server"
            | b"hostname"
            | b"site"
            | b"somewhere"
            | b"nowhere"
            | b"website"
            | b"provider"
    )
}

/// Senders that are no person and answer nobody, and what forms show for a name.
fn is_nobody(local: &[u8]) -> bool {
    let mut plain = [0u8; LOCAL];
    let mut length = 0;
    for byte in local.iter().filter(|b| !matches!(b, b'-' | b'_' | b'.')) {
        let Some(slot) = plain.get_mut(length) else { break };
        *slot = byte.to_ascii_lowercase();
        length += 1;
    }
    let plain = plain.get(..length).unwrap_or_default();
    [&b"noreply"[..], b"donotreply", b"mailerdaemon", b"bounce", b"nobody", b"unsubscribe", b"devnull"]
        .iter()
        .any(|name| plain.starts_with(name) || plain.ends_with(name))
        || matches!(
            plain,
            b"git"
                | b"hg"
                | b"svn"
                | b"root"
                | b"user"
                | b"username"
                | b"you"
                | b"your"
                | b"youremail"
                | b"yourname"
                | b"name"
                | b"email"
                | b"me"
                | b"foo"
                | b"bar"
                | b"baz"
                | b"test"
                | b"tester"
                | b"someone"
                | b"somebody"
                | b"example"
                | b"xxx"
                | b"xyz"
                | b"abc"
                | b"mail"
                | b"address"
                | b"firstlast"
                | b"firstnamelastname"
                | b"recipient"
                | b"sender"
                | b"ubuntu"
                | b"ec2user"
                | b"deploy"
                | b"runner"
                | b"www"
                | b"jenkins"
                | b"postgres"
                | b"vagrant"
        )
}

const ROLES: &[&str] = &[
    "info",
    "support",
    "help",
    "helpdesk",
    "contact",
    "sales",
    "security",
    "abuse",
    "admin",
    "administrator",
    "webmaster",
    "hostmaster",
    "postmaster",
    "privacy",
    "press",
    "careers",
    "jobs",
    "billing",
    "hello",
    "hi",
    "team",
    "office",
    "service",
    "kontakt",
    "feedback",
    "legal",
    "marketing",
    "dev",
    "devs",
    "developers",
    "ops",
    "devops",
    "sre",
    "oncall",
    "alerts",
    "alert",
    "monitoring",
    "notifications",
    "notification",
    "newsletter",
    "conduct",
    "opensource",
    "oss",
    "bot",
    "ci",
    "build",
    "builds",
    "bugs",
    "list",
    "lists",
    "users",
    "community",
    "dependabot",
    "action",
    "actions",
    "dpo",
];

/// A desk, not a person.
fn is_role(local: &[u8]) -> bool {
    let name = local.split(|b| matches!(b, b'+' | b'-' | b'.' | b'_')).next().unwrap_or_default();
    let whole = [local, name];
    // `info`, `support+de`; `hi.chen` is a person.
    let plus = local.contains(&b'+') || local.contains(&b'-');
    whole
        .iter()
        .enumerate()
        .any(|(at, part)| (at == 0 || plus) && ROLES.iter().any(|role| part.eq_ignore_ascii_case(role.as_bytes())))
}

/// Top-level domains of more than two letters that mail is known to go to.
const TOPS: &str = " com org net edu gov mil int info biz name pro aero coop museum jobs mobi travel tel cat asia post dev app \
    tech online site store shop cloud blog email club live life world today news agency digital media network solutions systems \
    company health care clinic dental law legal bank finance money tax university school academy college berlin hamburg bayern \
    koeln cologne wien tirol paris london nyc tokyo amsterdam swiss gal bzh scot wales africa lat eus ruhr saarland brussels \
    vlaanderen gent madrid barcelona istanbul moscow sydney melbourne miami vegas boston quebec capetown joburg durban \
    group team one global international services consulting studio design software engineering ventures capital partners \
    holdings industries center community foundation charity church space website page link click work works support help \
    gmbh ltd llc inc srl sarl xyz top vip icu fun pub bar cafe restaurant hotel house homes estate properties realty garden \
    energy green eco bio science zone land city town guru expert training coach education institute press photo photography \
    pictures gallery art music film video games game sport fitness yoga fashion jewelry shoes clothing beauty salon pet vet \
    doctor hospital pharmacy surgery insurance credit loan fund gold market markets marketing trade trading auction gift \
    gifts deals sale discount delivery express logistics taxi limo cars auto bike flights holiday vacations tours cruises \
    camp events party wedding dating family kids baby mom singles social chat forum wiki directory reviews report rocks cool \
    ninja wtf lol love nrw immo haus reise reisen versicherung arpa onl ooo earth how moe ngo ong plus red blue black pink \
    security codes computer cheap build builders construction contractors plumbing kitchen furniture flowers farm vin wine \
    beer pizza coffee kim li boutique watch tube run fyi gmail google amazon microsoft bosch bmw sap audi aldi lidl allianz ";

/// Countries, and a few codes that are none.
const COUNTRIES: &str = " ac ad ae af ag ai al am ao aq ar as at au aw ax az ba bb bd be bf bg bh bi bj bm bn bo br bs bt bw by bz \
    ca cc cd cf cg ch ci ck cl cm cn co cr cu cv cw cx cy cz de dj dk dm do dz ec ee eg er es et eu fi fj fk fm fo fr ga gd ge \
    gf gg gh gi gl gm gn gp gq gr gs gt gu gw gy hk hm hn hr ht hu id ie il im in io iq ir is it je jm jo jp ke kg kh ki km kn \
    kp kr kw ky kz la lb lc li lk lr ls lt lu lv ly ma mc md me mg mh mk ml mm mn mo mp mq mr ms mt mu mv mw mx my mz na nc ne \
    nf ng ni nl no np nr nu nz om pa pe pf pg ph pk pl pm pn pr ps pt pw py qa re ro rs ru rw sa sb sc sd se sg sh si sk sl sm \
    sn so sr ss st sv sx sy sz tc td tf tg th tj tk tl tm tn to tr tt tv tw tz ua ug uk us uy uz va vc ve vg vi vn vu wf ws ye \
    yt za zm zw ";

fn is_top(top: &[u8]) -> bool {
    let mut buffer = [b' '; 26];
    if top.len() < 2 || top.len() > 24 {
        return false;
    }
    if top.len() > 4 && top.get(..4).is_some_and(|start| start.eq_ignore_ascii_case(b"xn--")) {
        return true;
    }
    for (slot, byte) in buffer.iter_mut().skip(1).zip(top) {
        *slot = byte.to_ascii_lowercase();
    }
    let Some(word) = buffer.get(..top.len() + 2) else { return false };
    let list = if top.len() == 2 { COUNTRIES } else { TOPS };
    memchr::memmem::find(list.as_bytes(), word).is_some()
}
