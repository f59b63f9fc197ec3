//! URLs that are secrets by themselves: whoever has one may post, or read what it names.

use crate::content::Hit;
use crate::content::bytes::{self, ALNUM};
use crate::content::values::{self, Shape};
use protocol::Severity;
use protocol::finding::Confidence;

/// A URL is looked at as far as this.
const LONGEST: usize = 2048;

/// Hosts, the beginning of the path behind which the secret stands, how long that is at least, and the kind.
const HOSTS: &[(&str, &str, usize, &str)] = &[
    ("hooks.slack.com", "/services/", 20, "slack-webhook"),
    ("hooks.slack.com", "/workflows/", 20, "slack-webhook"),
    ("hooks.slack.com", "/triggers/", 20, "slack-webhook"),
    ("discord.com", "/api/webhooks/", 60, "discord-webhook"),
    ("discordapp.com", "/api/webhooks/", 60, "discord-webhook"),
    ("webhook.office.com", "/webhookb2/", 60, "teams-webhook"),
    ("outlook.office.com", "/webhook/", 60, "teams-webhook"),
    ("logic.azure.com", "/workflows/", 60, "azure-logic-url"),
    ("chat.googleapis.com", "/v1/spaces/", 60, "google-chat-webhook"),
    ("hooks.zapier.com", "/hooks/catch/", 8, "zapier-webhook"),
    ("maker.ifttt.com", "/trigger/", 20, "ifttt-webhook"),
    ("events.pagerduty.com", "/integration/", 32, "pagerduty-webhook"),
    ("oapi.dingtalk.com", "/robot/send?access_token=", 40, "dingtalk-webhook"),
    ("open.feishu.cn", "/open-apis/bot/v2/hook/", 30, "feishu-webhook"),
    ("open.larksuite.com", "/open-apis/bot/v2/hook/", 30, "feishu-webhook"),
    ("qyapi.weixin.qq.com", "/cgi-bin/webhook/send?key=", 30, "wecom-webhook"),
    ("api.telegram.org", "/bot", 40, "telegram-bot-token"),
    ("hooks.airtable.com", "/workflows/", 20, "airtable-webhook"),
    ("hook.eu1.make.com", "/", 24, "make-webhook"),
    ("hook.us1.make.com", "/", 24, "make-webhook"),
    ("hc-ping.com", "/", 36, "healthchecks-url"),
];

/// Parameters whose value opens what the URL names, and how the kind is called.
const PARAMETERS: &[(&[u8], usize, &str)] = &[
    (b"sig=", 40, "azure-sas"),
    (b"X-Amz-Signature=", 64, "presigned-url"),
    (b"X-Goog-Signature=", 64, "presigned-url"),
    (b"Signature=", 40, "presigned-url"),
    (b"secret=", 16, "totp-seed"),
];

/// The secret in the URL whose `://` begins at `colon`.
pub(super) fn find(text: &[u8], colon: usize) -> Option<Hit> {
    let from = colon + 3;
    let rest = text.get(from..text.len().min(from + LONGEST))?;
    // A URL in a URL is looked at by itself, and its bytes once.
    let length = (0..rest.len()).find(|at| ends(rest[*at]) || rest[*at..].starts_with(b"://")).unwrap_or(rest.len());
    let url = rest.get(..length)?;
    let path = memchr::memchr2(b'/', b'?', url)?;
    let (host, path) = (url.get(..path)?, url.get(path..)?);
    if values::has_chip(url) {
        return None;
    }
    hook(text, colon, host, path).or_else(|| parameter(text, colon, from + host.len(), path))
}

fn ends(byte: u8) -> bool {
    byte <= b' ' || matches!(byte, b'"' | b'\'' | b'`' | b'<' | b'>' | b'\\' | b')' | b']' | b'}' | b',' | b';' | b'|')
}

fn hook(text: &[u8], colon: usize, host: &[u8], path: &[u8]) -> Option<Hit> {
    if !host.ends_with(b"m") && !host.ends_with(b"n") && !host.ends_with(b"g") {
        return None;
    }
    let row = HOSTS.iter().find(|(known, prefix, _, _)| {
        let under = host.strip_suffix(known.as_bytes()).is_some_and(|sub| sub.is_empty() || sub.ends_with(b"."));
        under && path.starts_with(prefix.as_bytes())
    });
    let (_, prefix, least, kind) = *row?;
    let secret = path.get(prefix.len()..)?;
    if secret.len() < least
        || values::is_placeholder(secret)
        || values::is_reference(secret, true)
        || !values::is_mixed(secret)
    {
        return None;
    }
    let end = colon + 3 + host.len() + path.len();
    let start = colon - scheme(text, colon);
    Some(Hit { kind, start, end, severity: Severity::High, confidence: Confidence::High })
}

/// The length of the scheme before `://`.
fn scheme(text: &[u8], colon: usize) -> usize {
    let before = text.get(colon.saturating_sub(8)..colon).unwrap_or_default();
    [&b"https"[..], b"http"].into_iter().find(|scheme| before.ends_with(scheme)).map_or(0, <[u8]>::len)
}

fn parameter(text: &[u8], colon: usize, path_at: usize, path: &[u8]) -> Option<Hit> {
    let question = memchr::memchr(b'?', path)?;
    let seed = text.get(colon.saturating_sub(7)..colon)? == b"otpauth";
    let mut at = question + 1;
    for part in path.get(at..)?.split(|b| *b == b'&') {
        let known =
            PARAMETERS.iter().find(|(name, least, _)| part.starts_with(name) && part.len() >= name.len() + least);
        if let Some((name, _, kind)) = known
            && (*kind == "totp-seed") == seed
        {
            let value = part.get(name.len()..)?;
            let made =
                Shape::of(value).is_random() || (seed && value.iter().all(|b| bytes::is(*b, ALNUM | bytes::EQUALS)));
            if made && !values::is_placeholder(value) && !values::is_reference(value, true) {
                let start = path_at + at + name.len();
                let end = start + value.len();
                let severity = if *kind == "presigned-url" { Severity::Medium } else { Severity::High };
                return Some(Hit { kind, start, end, severity, confidence: Confidence::High });
            }
        }
        at += part.len() + 1;
    }
    None
}
