//! Identity, secret stores and networks.

use super::{Form, form};
use crate::content::bytes::{ALNUM, DASH, DOT, HEX, UPPER_DIGITS, WORD, WORD_DOT};
use crate::content::check::Check::{Bech32, Begins, Dotted, Jwt, Mixed, Noisy};
use protocol::Severity;

pub(super) static TABLE: &[Form] = &[
    // Identity, secrets, networks.
    form("jwt", "eyJ", WORD_DOT, (40, 8192), Jwt).severity(Severity::Medium),
    form("vault-token", "hvs.", WORD, (24, 200), Mixed),
    form("vault-token", "hvb.", WORD, (24, 300), Mixed),
    form("vault-token", "hvr.", WORD, (24, 300), Mixed),
    form("doppler-token", "dp.pt.", ALNUM, (40, 44), Mixed),
    form("doppler-token", "dp.ct.", ALNUM, (40, 44), Mixed),
    form("doppler-token", "dp.sa.", ALNUM, (40, 44), Mixed),
    form("doppler-token", "dp.scim.", ALNUM, (40, 44), Mixed),
    form("doppler-token", "dp.audit.", ALNUM, (40, 44), Mixed),
    form("onepassword-token", "ops_", WORD, (200, 2048), Begins("eyJ")),
    form("age-key", "AGE-SECRET-KEY-1", UPPER_DIGITS, (58, 58), Bech32("age-secret-key-"))
        .strict()
        .severity(Severity::Critical),
    form("tailscale-key", "tskey-", WORD, (24, 80), Mixed),
    form("pulumi-token", "pul-", HEX, (40, 40), Mixed).strict(),
    form("vault-token", "s.", ALNUM, (24, 24), Noisy).strict(),
    form("doppler-token", "dp.st.", WORD_DOT, (40, 80), Mixed),
    form("doppler-token", "dp.said.", ALNUM, (40, 44), Mixed),
    form("infisical-token", "st.", HEX | DOT | DASH, (80, 130), Dotted(&[24, 32, 32])),
    form("onepassword-secret-key", "A3-", UPPER_DIGITS | DASH, (34, 40), Mixed).strict(),
    form("stytch-secret", "secret-live-", WORD, (36, 44), Mixed),
    form("stytch-test-secret", "secret-test-", WORD, (36, 44), Mixed).severity(Severity::Note),
    form("netbird-key", "nbp_", ALNUM, (36, 40), Mixed),
    form("age-plugin-key", "AGE-PLUGIN-", UPPER_DIGITS | DASH, (58, 200), Mixed),
];
