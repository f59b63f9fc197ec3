//! Chat, mail and telephony.

use super::{Form, form};
use crate::content::bytes::{
    ALNUM, BASE64, DASH, HEX, LOWER_DIGITS, PERCENT, UNDERSCORE, UPPER_DIGITS, WORD, WORD_DOT,
};
use crate::content::check::Check::{Begins, Discord, Dotted, Mixed, MustHold, Parts};

pub(super) static TABLE: &[Form] = &[
    // Chat, mail, telephony.
    form("slack-token", "xoxb-", WORD, (24, 96), Mixed),
    form("slack-token", "xoxp-", WORD, (24, 128), Mixed),
    form("slack-token", "xoxa-", WORD, (24, 128), Mixed),
    form("slack-token", "xoxr-", WORD, (24, 128), Mixed),
    form("slack-token", "xoxs-", WORD, (24, 128), Mixed),
    form("slack-token", "xoxc-", WORD, (24, 128), Mixed),
    form("slack-token", "xoxe-", WORD, (24, 256), Mixed),
    form("slack-app-token", "xapp-", WORD, (40, 128), Mixed),
    form("discord-bot-token", "MT", WORD_DOT, (50, 90), Discord),
    form("discord-bot-token", "Mj", WORD_DOT, (50, 90), Discord),
    form("discord-bot-token", "Mz", WORD_DOT, (50, 90), Discord),
    form("discord-bot-token", "ND", WORD_DOT, (50, 90), Discord),
    form("discord-bot-token", "NT", WORD_DOT, (50, 90), Discord),
    form("discord-bot-token", "Nj", WORD_DOT, (50, 90), Discord),
    form("discord-bot-token", "Nz", WORD_DOT, (50, 90), Discord),
    form("discord-bot-token", "OD", WORD_DOT, (50, 90), Discord),
    form("discord-bot-token", "OT", WORD_DOT, (50, 90), Discord),
    form("twilio-key", "SK", HEX, (32, 32), Mixed).strict(),
    form("sendgrid-key", "SG.", WORD_DOT, (60, 72), Dotted(&[16, 32])),
    form("mailgun-key", "key-", HEX, (32, 32), Mixed).strict(),
    form("brevo-key", "xkeysib-", HEX | DASH | ALNUM, (70, 90), Mixed),
    form("brevo-key", "xsmtpsib-", HEX | DASH | ALNUM, (70, 90), Mixed),
    form("mailersend-key", "mlsn.", HEX, (64, 64), Mixed),
    form("resend-key", "re_", ALNUM | UNDERSCORE, (30, 36), Parts(&[8, 24])).strict(),
    form("slack-token", "xoxe.", WORD, (60, 260), Begins("xox")),
    form("slack-cookie", "xoxd-", WORD | BASE64 | PERCENT, (60, 300), Mixed),
    form("slack-workflow-token", "xwfp-", WORD, (40, 128), Mixed),
    form("discord-user-token", "mfa.", WORD, (80, 96), Mixed),
    form("intercom-token", "dG9rO", BASE64, (50, 60), Mixed).strict(),
    form("matrix-token", "syt_", ALNUM | UNDERSCORE, (40, 90), Mixed),
    form("matrix-token", "mct_", ALNUM | UNDERSCORE, (30, 60), Mixed).strict(),
    form("klaviyo-key", "pk_", HEX, (34, 34), Mixed).strict(),
    form("courier-key", "pk_prod_", UPPER_DIGITS, (26, 32), Mixed),
    form("onesignal-key", "os_v2_app_", LOWER_DIGITS, (90, 110), Mixed),
    form("onesignal-key", "os_v2_org_", LOWER_DIGITS, (90, 110), Mixed),
    form("pubnub-secret-key", "sec-c-", WORD, (36, 64), Mixed),
    form("linkedin-secret", "WPL_AP1.", WORD_DOT, (16, 40), Mixed),
    form("facebook-token", "EAAG", ALNUM, (90, 300), Mixed),
    form("facebook-token", "EAAB", ALNUM, (90, 300), Mixed),
    form("facebook-token", "EAAJ", ALNUM, (90, 300), Mixed),
    form("instagram-token", "IGQV", ALNUM, (100, 300), Mixed),
    form("instagram-token", "IGAA", ALNUM, (100, 300), Mixed),
    form("twitter-bearer-token", "AAAAAAAAAAAAAAAAAAAAA", ALNUM | PERCENT, (80, 130), MustHold("%3D")),
];
