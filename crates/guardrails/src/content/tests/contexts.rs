//! Secrets that are known by what stands around them, and what must stay quiet.

use super::generate::{self, Random};
use super::{found, masked};
use crate::content::bytes;

/// Templates with `@@` in the place of a password.
const PASSWORDS: &[&str] = &[
    "password = \"@@\"",
    "DB_PASSWORD=@@\n",
    "export MYSQL_PWD='@@'",
    "{\"password\": \"@@\", \"user\": \"ana\"}",
    "{\\\"password\\\":\\\"@@\\\"}",
    "spring.datasource.password=@@",
    "  password: @@\n  user: x",
    "Server=db.acme.net;User Id=app;Password=@@;Encrypt=true",
    "config[\"password\"] = '@@'",
    "self.passphrase := \"@@\"",
    "'password' => '@@',",
    "mysql -h db -u root -p@@ shop",
    "sshpass -p @@ ssh host",
    "docker login -u me -p @@ registry",
    "curl -u admin:@@ host",
    "curl --user 'admin:@@' host",
    "tool --password @@ --verbose",
    "tool --password=@@ --verbose",
    "redis-cli -h cache -a @@ ping",
    "postgres://app:@@@db.acme.net:5432/shop",
    "mongodb+srv://app:@@@cluster0.acme.net/?retryWrites=true",
    "https://ana:@@@git.acme.net/repo.git",
];

/// Templates with `@@` in the place of a random key.
const KEYS: &[&str] = &[
    "api_key = \"@@\"",
    "x-api-key: @@",
    "apiKey: '@@',",
    "ACCESS_TOKEN=@@",
    "\"client_secret\":\"@@\"",
    "Authorization: Bearer @@",
    "-H 'Authorization: Bearer @@'",
    "\"Authorization\": \"Bearer @@\"",
    "Authorization: token @@",
    "https://host.invalid/?access_token=@@&x=1",
    "https://host.invalid/?x=1&api_key=@@",
    "tool --api-key @@",
    "secretKey: \"@@\"",
    "https://@@@git.acme.net/repo.git",
];

#[test]
fn a_password_is_found_in_every_place_that_names_it() {
    let mut random = Random::new(11);
    for template in PASSWORDS {
        for _ in 0..20 {
            let password = format!(
                "{}{}{}{}",
                random.text(bytes::LOWER, 4),
                random.text(bytes::DIGITS, 3),
                random.text(bytes::UPPER, 3),
                random.text(bytes::ALNUM, 5)
            );
            let text = template.replace("@@", &password);
            let hits: Vec<String> = found(text.as_bytes()).into_iter().map(|(_, value)| value).collect();
            assert_eq!(hits, [password], "{text:?}");
            assert_eq!(found(masked(text.as_bytes()).as_bytes()), [], "{text:?}");
        }
    }
}

#[test]
fn a_random_key_is_found_in_every_place_that_names_it() {
    let mut random = Random::new(12);
    for template in KEYS {
        for alphabet in [bytes::ALNUM, bytes::HEX, bytes::LOWER_DIGITS] {
            for _ in 0..20 {
                let key = random.text(alphabet, 32);
                let text = template.replace("@@", &key);
                let hits: Vec<String> = found(text.as_bytes()).into_iter().map(|(_, value)| value).collect();
                assert_eq!(hits, [key], "{text:?}");
                assert_eq!(found(masked(text.as_bytes()).as_bytes()), [], "{text:?}");
            }
        }
    }
}

#[test]
fn references_and_placeholders_stay_quiet_in_every_place() {
    let quiet = [
        "$TOKEN",
        "${TOKEN}",
        "${{secrets.API_KEY}}",
        "$(gh auth token)",
        "$(cat /run/secrets/db)",
        "process.env.API_KEY",
        "op://vault/item/field",
        "<token>",
        "<your-token-here>",
        "your-api-key-goes-here",
        "YOUR_API_KEY",
        "xxxxxxxxxxxxxxxxxxxxxxxx",
        "********",
        "{{vault_password}}",
        "%API_KEY%",
        "{password}",
        "changeme",
        "changeme123",
        "REDACTED",
        "password",
        "example-password-1",
        "‹password·1a2b›",
        "AKIAIOSFODNN7EXAMPLE",
        "1234567890abcdef",
    ];
    for template in PASSWORDS.iter().chain(KEYS) {
        for value in quiet {
            let text = template.replace("@@", value);
            assert_eq!(found(text.as_bytes()), [], "{text:?}");
        }
    }
}

#[test]
fn what_agents_read_all_day_stays_quiet() {
    let mut random = Random::new(13);
    let (sha1, sha256) = (random.text(bytes::HEX, 40), random.text(bytes::HEX, 64));
    let base = random.text(bytes::ALNUM, 86);
    let uuid = format!("{}-{}-4{}-a{}-{}", &sha1[..8], &sha1[8..12], &sha1[12..15], &sha1[15..18], &sha1[18..30]);
    let lines = [
        format!("host.invalid/x/net v0.1.0 h1:{}=", &base[..43]),
        format!("\"integrity\": \"sha512-{base}==\""),
        format!("checksum = \"{sha256}\""),
        format!("commit {sha1}"),
        format!("image: app@sha256:{sha256}"),
        format!("\"id\": \"{uuid}\""),
        format!("token: {uuid}"),
        format!("{sha256}  file.tar.gz"),
        format!("background: url(data:image/png;base64,{base})"),
        format!("resolved \"https://host.invalid/pkg-1.0.tgz#{sha1}\""),
        "password: string;".into(),
        "token: String,".into(),
        "let token = user.token1;".into(),
        "password = get_password(1)".into(),
        "connect(host, password=GetPassCallable().getpass)".into(),
        "if (password == \"a1b2c3d4e5\") {}".into(),
        "\"password\": \"Enter your password\"".into(),
        "\"forgotPassword\": \"Forgot your password? Click here\"".into(),
        "\"key\": \"ctrl+shift+down\"".into(),
        "public_key = \"MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE4f5\"".into(),
        "secretName: my-app-secret-2".into(),
        "max_tokens: 4096".into(),
        "next_page_token = \"CAESBgoEGgIIAQa8b7c6d5e4f3\"".into(),
        "postgres://postgres:postgres@localhost:5432/app".into(),
        "redis://:password@redis:6379/0".into(),
        "amqp://guest:guest@rabbit:5672".into(),
        "https://user:pass@host.invalid/".into(),
        "git clone git@host.invalid:team/repo.git".into(),
        "npx @scope/pkg@1.2.3".into(),
        "grep -r 'BEGIN RSA PRIVATE KEY' .".into(),
        "strip('-----BEGIN PRIVATE KEY-----').strip('-----END PRIVATE KEY-----')".into(),
        "-----BEGIN PRIVATE KEY-----\n...\n-----END PRIVATE KEY-----".into(),
        format!("-----BEGIN CERTIFICATE-----\n{}\n-----END CERTIFICATE-----", &base[..64]),
        "curl -u \"$USER:$PASS\" host".into(),
        "mkdir -p build/output1/sub2".into(),
        "ssh -p 22022 host1".into(),
        "docker run -p 8080:80 nginx1".into(),
        "-H \"Authorization: Bearer $TOKEN\"".into(),
        "headers['Authorization'] = `Bearer ${token1}`".into(),
        "Bearer authentication with OAuth2 tokens".into(),
        "Basic authentication12 is used".into(),
    ];
    for line in lines {
        assert_eq!(found(line.as_bytes()), [], "{line:?}");
    }
}

/// A key's lines, in the standard width.
fn pem_lines(random: &mut Random, count: usize) -> Vec<String> {
    let mut lines: Vec<String> = (0..count).map(|_| random.text(bytes::ALNUM, 64)).collect();
    lines.push(random.text(bytes::ALNUM, 30) + "==");
    lines[0].replace_range(..4, "MIIE");
    lines
}

#[test]
fn a_private_key_is_found_however_its_lines_are_written() {
    let mut random = Random::new(14);
    for label in ["RSA PRIVATE KEY", "PRIVATE KEY", "OPENSSH PRIVATE KEY", "EC PRIVATE KEY", "ENCRYPTED PRIVATE KEY"] {
        for (before, joint, after) in [
            ("", "\n", ""),
            ("{\"k\":\"", "\\n", "\\n\"}"),
            ("> ", "\n> ", ""),
            ("+", "\n+", ""),
            ("  ", "\r\n  ", "\n"),
            ("'", " ", "'"),
        ] {
            let lines = pem_lines(&mut random, 12);
            let key = format!("-----BEGIN {label}-----{joint}{}{joint}-----END {label}-----", lines.join(joint));
            let text = format!("{before}{key}{after}");
            assert_eq!(found(text.as_bytes()), [("private-key".to_owned(), key.clone())]);
            let masked = masked(text.as_bytes());
            assert!(lines.iter().all(|line| generate::leaks(line, "private-key", &masked).is_none()), "{masked}");
        }
    }
}

#[test]
fn a_private_key_without_its_end_is_found_as_far_as_it_goes() {
    let mut random = Random::new(15);
    let lines = pem_lines(&mut random, 12);
    let whole = format!(
        "-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,0A1B2C3D4E5F\n\n{}\n",
        lines.join("\n")
    );
    for cut in [200, 300, 500, 700] {
        let text = &whole[..cut];
        let hits = found(text.as_bytes());
        assert_eq!(hits.len(), 1, "{cut}");
        let masked = masked(text.as_bytes());
        assert!(lines.iter().all(|line| generate::leaks(line, "private-key", &masked).is_none()), "{masked}");
    }
    let text = format!("{whole}\nAnd then some prose follows, which is no key.");
    assert!(masked(text.as_bytes()).ends_with("prose follows, which is no key."));
}

#[test]
fn names_inside_of_a_value_do_not_hide_the_innermost() {
    let text = format!("{}vK7tQ2mZx9aB", "password=".repeat(50));
    assert_eq!(found(text.as_bytes()), [("password".to_owned(), "vK7tQ2mZx9aB".to_owned())]);
}

#[test]
fn a_key_ends_the_token_before_it() {
    let mut random = Random::new(17);
    let token = random.text(bytes::ALNUM, 20);
    let key = format!("-----BEGIN PRIVATE KEY-----\n{}\n", pem_lines(&mut random, 3).join("\n"));
    let hits = found(format!("Bearer {token}{key}").as_bytes());
    assert_eq!(hits[0], ("bearer-token".to_owned(), token));
    assert_eq!(hits[1].0, "private-key");
}

#[test]
fn a_basic_header_is_found_by_what_it_decodes_to() {
    let encoded = generate::base64url(b"ana:tR7#kw29");
    assert_eq!(found(format!("Authorization: Basic {encoded}").as_bytes()), [("basic-auth".to_owned(), encoded)]);
    let encoded = generate::base64url(b"user:password");
    assert_eq!(found(format!("Authorization: Basic {encoded}").as_bytes()), []);
}

#[test]
fn an_aws_secret_is_known_by_its_name_and_form() {
    let secret = Random::new(16).text(bytes::ALNUM, 40);
    for text in [
        format!("aws_secret_access_key = {secret}"),
        format!("AWS_SECRET_ACCESS_KEY={secret}"),
        format!("\"SecretAccessKey\": \"{secret}\""),
        format!("secretAccessKey: '{secret}',"),
    ] {
        assert_eq!(found(text.as_bytes()), [("aws-secret-key".to_owned(), secret.clone())], "{text}");
    }
}
