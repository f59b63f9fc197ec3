//! The forms of tokens: one row for each, and nothing that decides.
//!
//! A row says how a token begins, which characters follow, how many there usually are, and what can be checked. Names
//! of kinds are stable: policies and records use them. Keys that are public by design (`pk_live_`, `pk.`, `phc_`, a
//! Sentry DSN) have no row.

use super::bytes::{
    ALNUM, Alphabet, BASE32, BASE64, DASH, DOT, EQUALS, HEX, HEX_ANY, LOWER_DIGITS, UNDERSCORE, UPPER_DIGITS, WORD,
    WORD_DOT,
};
use super::check::Check::{
    self, Bech32, Begins, Crc62, Discord, Dotted, Ends, GitHubInstallation, Holds, Jwt, Mixed, MustHold, Parts,
    Unchecked, Uuid,
};
use protocol::Severity;

/// A token has at least so many characters in its first run, its head included.
pub(super) const SHORTEST: usize = 16;

/// What tokens of one kind look like.
#[derive(Debug)]
pub(super) struct Form {
    pub(super) kind: &'static str,
    pub(super) head: &'static str,
    /// The characters of the body; the token ends at the first that is none.
    pub(super) body: Alphabet,
    /// The body's length in bytes: shorter is no token.
    pub(super) min: usize,
    /// The body's usual length: longer is a token all the same, less surely, unless the form is strict.
    pub(super) max: usize,
    pub(super) strict: bool,
    pub(super) check: Check,
    pub(super) severity: Severity,
}

impl Form {
    /// May the head stand right behind a letter or digit (`tokenghp_…`)? Only where it is too long or too well checked
    /// to be a part of a word by chance.
    pub(super) fn glued(&self) -> bool {
        matches!(self.check, Crc62 | GitHubInstallation | Bech32(_)) || (self.head.len() >= 6 && self.head != "secret_")
    }

    const fn strict(mut self) -> Self {
        self.strict = true;
        self
    }

    const fn severity(mut self, severity: Severity) -> Self {
        self.severity = severity;
        self
    }
}

const fn form(
    kind: &'static str,
    head: &'static str,
    body: Alphabet,
    (min, max): (usize, usize),
    check: Check,
) -> Form {
    Form { kind, head, body, min, max, strict: false, check, severity: Severity::High }
}

/// `<bot id>:AA…`
pub(super) static TELEGRAM: Form = form("telegram-bot-token", "", WORD, (35, 35), Begins("AA"));
/// `abc8Q~…`
pub(super) static AZURE_AD: Form = form("azure-client-secret", "", WORD_DOT, (31, 34), Mixed);

pub(super) static FORMS: &[Form] = &[
    // Code hosts.
    form("github-token", "ghp_", ALNUM, (36, 36), Crc62),
    form("github-token", "gho_", ALNUM, (36, 36), Crc62),
    form("github-token", "ghu_", ALNUM, (36, 36), Crc62),
    form("github-token", "ghr_", ALNUM, (36, 76), Crc62),
    form("github-token", "ghs_", WORD_DOT, (36, 2048), GitHubInstallation),
    form("github-token", "github_pat_", ALNUM | UNDERSCORE, (40, 82), Mixed),
    form("gitlab-token", "glpat-", WORD_DOT, (20, 64), Mixed),
    form("gitlab-token", "gldt-", WORD_DOT, (20, 64), Mixed),
    form("gitlab-token", "glrt-", WORD_DOT, (20, 64), Mixed),
    form("gitlab-token", "glrtr-", WORD_DOT, (20, 64), Mixed),
    form("gitlab-token", "glcbt-", WORD_DOT, (20, 64), Mixed),
    form("gitlab-token", "glptt-", WORD_DOT, (40, 64), Mixed),
    form("gitlab-token", "glft-", WORD_DOT, (20, 64), Mixed),
    form("gitlab-token", "glimt-", WORD_DOT, (25, 64), Mixed),
    form("gitlab-token", "glagent-", WORD_DOT, (40, 64), Mixed),
    form("gitlab-token", "glsoat-", WORD_DOT, (20, 64), Mixed),
    form("gitlab-token", "glffct-", WORD_DOT, (20, 64), Mixed),
    form("gitlab-token", "gloas-", WORD_DOT, (64, 64), Mixed),
    form("bitbucket-token", "ATBB", ALNUM, (32, 32), Mixed).strict(),
    form("atlassian-token", "ATATT3", WORD | EQUALS, (100, 250), Mixed),
    form("atlassian-token", "ATCTT3", WORD | EQUALS, (100, 250), Mixed),
    form("sourcegraph-token", "sgp_", HEX | UNDERSCORE, (40, 57), Mixed).strict(),
    // Package registries.
    form("npm-token", "npm_", ALNUM, (36, 36), Crc62),
    form("pypi-token", "pypi-", WORD, (70, 1024), Begins("AgE")),
    form("rubygems-token", "rubygems_", HEX, (48, 48), Mixed),
    form("crates-token", "cio", ALNUM, (32, 32), Mixed).strict(),
    form("nuget-key", "oy2", LOWER_DIGITS, (43, 43), Mixed).strict(),
    form("clojars-token", "CLOJARS_", HEX, (60, 60), Mixed),
    form("docker-token", "dckr_pat_", WORD, (27, 32), Mixed),
    form("docker-token", "dckr_oat_", WORD, (27, 40), Mixed),
    form("artifactory-key", "AKCp", ALNUM, (65, 75), Mixed).strict(),
    form("artifactory-key", "cmVmdGtu", ALNUM, (56, 60), Mixed).strict(),
    // Clouds.
    form("aws-key-id", "AKIA", BASE32, (16, 16), Unchecked).strict().severity(Severity::Medium),
    form("aws-key-id", "ASIA", BASE32, (16, 16), Unchecked).strict().severity(Severity::Medium),
    form("aws-key-id", "ABIA", BASE32, (16, 16), Unchecked).strict().severity(Severity::Medium),
    form("aws-key-id", "ACCA", BASE32, (16, 16), Unchecked).strict().severity(Severity::Medium),
    form("aws-bedrock-key", "ABSK", BASE64, (100, 140), Mixed).strict(),
    form("aws-bedrock-key", "bedrock-api-key-", BASE64, (100, 2048), Mixed),
    form("google-api-key", "AIza", WORD, (35, 35), Mixed),
    form("google-oauth-secret", "GOCSPX-", WORD, (28, 28), Mixed),
    form("google-oauth-token", "ya29.", WORD, (30, 400), Mixed),
    form("google-refresh-token", "1//", WORD, (41, 121), Begins("0")),
    form("digitalocean-token", "dop_v1_", HEX, (64, 64), Mixed),
    form("digitalocean-token", "doo_v1_", HEX, (64, 64), Mixed),
    form("digitalocean-token", "dor_v1_", HEX, (64, 64), Mixed),
    form("alibaba-key-id", "LTAI", ALNUM, (20, 20), Mixed).strict().severity(Severity::Medium),
    form("tencent-key-id", "AKID", ALNUM, (32, 32), Mixed).strict().severity(Severity::Medium),
    form("yandex-key", "AQVN", WORD, (35, 38), Mixed).strict(),
    form("heroku-key", "HRKU-", WORD, (36, 65), Mixed),
    form("fly-token", "fm2_", BASE64 | DASH | UNDERSCORE, (100, 2048), Mixed),
    form("fly-token", "fm1r_", BASE64 | DASH | UNDERSCORE, (100, 2048), Mixed),
    form("fly-token", "fo1_", WORD, (43, 43), Mixed).strict(),
    form("netlify-token", "nfp_", ALNUM, (36, 40), Mixed),
    form("render-key", "rnd_", ALNUM, (28, 32), Mixed).strict(),
    form("vercel-token", "vcp_", ALNUM, (24, 60), Mixed),
    form("vercel-token", "vck_", ALNUM, (24, 60), Mixed),
    form("vercel-token", "vca_", ALNUM, (24, 60), Mixed),
    form("vercel-token", "vcr_", ALNUM, (24, 60), Mixed),
    form("vercel-blob-token", "vercel_blob_rw_", ALNUM | UNDERSCORE, (30, 60), Mixed),
    form("supabase-key", "sbp_", HEX, (40, 40), Mixed),
    form("supabase-key", "sb_secret_", WORD, (30, 48), Mixed),
    form("databricks-token", "dapi", HEX | DASH, (32, 34), Mixed).strict(),
    form("planetscale-token", "pscale_tkn_", WORD_DOT, (32, 64), Mixed),
    form("planetscale-token", "pscale_pw_", WORD_DOT, (32, 64), Mixed),
    form("planetscale-token", "pscale_oauth_", WORD_DOT, (32, 64), Mixed),
    form("neon-key", "napi_", ALNUM, (60, 70), Mixed),
    // AI providers, and agents' own sign-ins.
    form("anthropic-key", "sk-ant-api03-", WORD, (80, 110), Ends("AA")),
    form("anthropic-key", "sk-ant-admin01-", WORD, (80, 110), Ends("AA")),
    form("anthropic-oauth-token", "sk-ant-oat01-", WORD, (40, 120), Mixed),
    form("anthropic-oauth-token", "sk-ant-ort01-", WORD, (40, 120), Mixed),
    form("anthropic-session-key", "sk-ant-sid01-", WORD, (40, 160), Mixed),
    form("anthropic-session-key", "sk-ant-sid02-", WORD, (40, 160), Mixed),
    form("anthropic-key", "sk-ant-", WORD, (32, 160), Mixed),
    form("openai-key", "sk-proj-", WORD, (40, 200), Holds("T3BlbkFJ")),
    form("openai-key", "sk-svcacct-", WORD, (40, 200), Holds("T3BlbkFJ")),
    form("openai-key", "sk-admin-", WORD, (40, 200), Holds("T3BlbkFJ")),
    form("openai-key", "sk-", ALNUM, (48, 64), MustHold("T3BlbkFJ")),
    form("openrouter-key", "sk-or-v1-", HEX, (64, 64), Mixed),
    form("langsmith-key", "lsv2_pt_", HEX | UNDERSCORE, (43, 43), Mixed),
    form("langsmith-key", "lsv2_sk_", HEX | UNDERSCORE, (43, 43), Mixed),
    form("api-key", "sk-", ALNUM, (32, 64), Mixed).strict().severity(Severity::Medium),
    form("huggingface-token", "hf_", ALNUM, (34, 40), Mixed).strict(),
    form("huggingface-token", "api_org_", ALNUM, (34, 34), Unchecked).strict(),
    form("groq-key", "gsk_", ALNUM, (48, 56), Mixed),
    form("xai-key", "xai-", ALNUM, (70, 90), Mixed),
    form("perplexity-key", "pplx-", ALNUM, (40, 56), Mixed),
    form("replicate-token", "r8_", ALNUM, (37, 37), Mixed).strict(),
    form("nvidia-key", "nvapi-", WORD, (60, 72), Mixed),
    form("together-key", "tgp_v1_", WORD, (40, 48), Mixed),
    form("elevenlabs-key", "sk_", HEX, (48, 48), Mixed).strict(),
    form("pinecone-key", "pcsk_", ALNUM | UNDERSCORE, (50, 80), Mixed),
    form("cerebras-key", "csk-", LOWER_DIGITS, (48, 52), Mixed).strict(),
    form("tavily-key", "tvly-", WORD, (32, 48), Mixed),
    form("firecrawl-key", "fc-", HEX, (32, 32), Mixed).strict(),
    form("jina-key", "jina_", WORD, (50, 70), Mixed),
    form("e2b-key", "e2b_", HEX, (40, 40), Mixed),
    form("wandb-key", "wandb_v1_", ALNUM | UNDERSCORE, (40, 100), Mixed),
    form("cursor-key", "crsr_", HEX, (64, 64), Mixed),
    form("cursor-key", "key_", HEX, (64, 64), Mixed).strict(),
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
    // Payments and shops.
    form("stripe-key", "sk_live_", ALNUM, (24, 128), Mixed).severity(Severity::Critical),
    form("stripe-key", "rk_live_", ALNUM, (24, 128), Mixed).severity(Severity::Critical),
    form("stripe-test-key", "sk_test_", ALNUM, (24, 128), Mixed).severity(Severity::Note),
    form("stripe-test-key", "rk_test_", ALNUM, (24, 128), Mixed).severity(Severity::Note),
    form("webhook-secret", "whsec_", BASE64, (32, 64), Mixed),
    form("shopify-token", "shpat_", HEX_ANY, (32, 32), Mixed),
    form("shopify-token", "shpca_", HEX_ANY, (32, 32), Mixed),
    form("shopify-token", "shppa_", HEX_ANY, (32, 32), Mixed),
    form("shopify-token", "shpss_", HEX_ANY, (32, 32), Mixed),
    form("square-token", "sq0atp-", WORD, (22, 22), Mixed),
    form("square-token", "sq0csp-", WORD, (43, 43), Mixed),
    form("square-token", "EAAAE", WORD, (59, 60), Mixed).strict(),
    form("easypost-key", "EZAK", ALNUM, (54, 54), Mixed).strict(),
    form("shippo-key", "shippo_live_", HEX, (40, 40), Mixed),
    form("flutterwave-key", "FLWSECK-", ALNUM | DASH, (32, 40), Mixed),
    form("razorpay-key", "rzp_live_", ALNUM, (14, 20), Mixed).severity(Severity::Medium),
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
    // Work tools.
    form("linear-key", "lin_api_", ALNUM, (32, 48), Mixed),
    form("linear-token", "lin_oauth_", ALNUM, (32, 80), Mixed),
    form("notion-token", "ntn_", ALNUM, (40, 50), Mixed),
    form("notion-token", "secret_", ALNUM, (43, 43), Mixed).strict(),
    form("figma-token", "figd_", WORD, (36, 48), Mixed),
    form("postman-key", "PMAK-", HEX | DASH, (59, 59), Parts(&[24, 34])),
    form("airtable-token", "pat", ALNUM | DOT, (79, 79), Dotted(&[14, 64])).strict(),
    form("typeform-token", "tfp_", WORD, (40, 64), Mixed),
    form("contentful-token", "CFPAT-", WORD, (43, 43), Mixed),
    form("readme-key", "rdme_", LOWER_DIGITS, (70, 70), Mixed),
    form("hubspot-token", "pat-na1-", HEX | DASH, (36, 36), Uuid),
    form("hubspot-token", "pat-eu1-", HEX | DASH, (36, 36), Uuid),
    // Monitoring, CI, analysis.
    form("grafana-token", "glsa_", ALNUM | UNDERSCORE, (41, 41), Parts(&[32, 8])),
    form("grafana-token", "glc_", BASE64, (40, 400), Begins("eyJ")),
    form("sentry-token", "sntrys_", BASE64 | UNDERSCORE | DASH, (80, 400), Begins("eyJ")),
    form("sentry-token", "sntryu_", HEX, (64, 64), Mixed),
    form("newrelic-key", "NRAK-", UPPER_DIGITS, (27, 27), Mixed),
    form("dynatrace-token", "dt0c01.", UPPER_DIGITS | DOT, (89, 89), Dotted(&[24, 64])),
    form("posthog-key", "phx_", WORD, (40, 56), Mixed),
    form("circleci-token", "CCIPAT_", WORD, (40, 80), Mixed),
    form("buildkite-token", "bkua_", HEX, (40, 40), Mixed),
    form("sonar-token", "sqp_", HEX, (40, 40), Mixed),
    form("sonar-token", "squ_", HEX, (40, 40), Mixed),
    form("sonar-token", "sqa_", HEX, (40, 40), Mixed),
    form("prefect-key", "pnu_", ALNUM, (36, 36), Mixed),
    form("mapbox-token", "sk.", WORD_DOT, (60, 160), Begins("eyJ")),
    form("facebook-token", "EAAC", ALNUM, (90, 300), Mixed),
];
