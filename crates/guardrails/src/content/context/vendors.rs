//! Whose key it is, by the name that it has: for tokens that have no form of their own.

use std::sync::LazyLock;

/// A vendor whose keys are known by the names that people give them.
#[derive(Debug)]
pub(super) struct Vendor {
    pub(super) kind: &'static str,
    /// In lower case and without separators; any of them in a name says whose the key is.
    words: &'static [&'static str],
    /// The keys are UUIDs.
    pub(super) uuid: bool,
}

const fn vendor(kind: &'static str, words: &'static [&'static str]) -> Vendor {
    Vendor { kind, words, uuid: false }
}

/// Its keys are UUIDs, which otherwise are no secrets.
const fn uuid(kind: &'static str, words: &'static [&'static str]) -> Vendor {
    Vendor { kind, words, uuid: true }
}

/// The vendor that a name, in lower case and without separators, speaks of.
pub(super) fn named_in(name: &[u8]) -> Option<&'static Vendor> {
    let table = &*BY_FIRST;
    (0..name.len()).find_map(|at| {
        let rest = name.get(at..)?;
        table[usize::from(rest[0])]
            .iter()
            .find(|(word, _)| rest.starts_with(word.as_bytes()))
            .map(|(_, vendor)| *vendor)
    })
}

/// The words by their first byte.
static BY_FIRST: LazyLock<Vec<Vec<(&'static str, &'static Vendor)>>> = LazyLock::new(|| {
    let mut table = vec![Vec::new(); 256];
    for vendor in VENDORS {
        for word in vendor.words {
            table[usize::from(word.as_bytes()[0])].push((*word, vendor));
        }
    }
    table
});

/// A registry's token in `.npmrc`.
pub(super) static NPM: Vendor = uuid("npm-token", &[]);

/// Nobody in particular: what is called an API key and is a UUID.
pub(super) static ANY: Vendor = uuid("api-key", &[]);

static VENDORS: &[Vendor] = &[
    vendor("datadog-key", &["datadog", "ddapi", "ddapp"]),
    vendor("newrelic-key", &["newrelic"]),
    vendor("cloudflare-key", &["cloudflare", "cfapi"]),
    uuid("heroku-key", &["heroku"]),
    vendor("digitalocean-token", &["digitalocean"]),
    vendor("hetzner-token", &["hetzner", "hcloud"]),
    vendor("linode-token", &["linode"]),
    vendor("vultr-key", &["vultr"]),
    uuid("scaleway-key", &["scaleway", "scw"]),
    vendor("ovh-key", &["ovh"]),
    vendor("ibm-cloud-key", &["ibmcloud", "ibmapi", "iamapikey"]),
    vendor("oracle-cloud-key", &["ocikey", "ociauth"]),
    vendor("alibaba-secret", &["alibaba", "aliyun", "alicloud"]),
    vendor("tencent-secret", &["tencent"]),
    vendor("yandex-key", &["yandex"]),
    uuid("railway-token", &["railway"]),
    vendor("render-key", &["renderapi"]),
    vendor("exoscale-secret", &["exoscale"]),
    vendor("civo-key", &["civo"]),
    vendor("upcloud-key", &["upcloud"]),
    vendor("fastly-key", &["fastly"]),
    vendor("azure-key", &["azure"]),
    vendor("aws-key", &["aws"]),
    vendor("google-key", &["gcp", "googleapi"]),
    vendor("firebase-key", &["firebase"]),
    vendor("github-secret", &["github"]),
    vendor("gitlab-secret", &["gitlab"]),
    vendor("bitbucket-secret", &["bitbucket"]),
    vendor("gitea-token", &["gitea", "forgejo"]),
    vendor("circleci-token", &["circleci", "circletoken"]),
    vendor("travis-token", &["travis"]),
    vendor("jenkins-token", &["jenkins"]),
    vendor("drone-token", &["drone"]),
    uuid("codecov-token", &["codecov"]),
    uuid("snyk-token", &["snyk"]),
    vendor("codacy-token", &["codacy"]),
    vendor("coveralls-token", &["coveralls"]),
    vendor("sonar-token", &["sonar"]),
    vendor("artifactory-key", &["artifactory", "jfrog"]),
    vendor("sonatype-token", &["sonatype", "ossrh"]),
    vendor("cloudsmith-key", &["cloudsmith"]),
    vendor("quay-token", &["quay"]),
    vendor("slack-secret", &["slack"]),
    vendor("discord-secret", &["discord"]),
    vendor("telegram-token", &["telegram"]),
    vendor("mattermost-token", &["mattermost"]),
    vendor("zulip-key", &["zulip"]),
    vendor("webex-token", &["webex"]),
    vendor("line-token", &["linechannel"]),
    vendor("zoom-secret", &["zoom"]),
    vendor("stripe-key", &["stripe"]),
    vendor("paypal-secret", &["paypal"]),
    vendor("braintree-key", &["braintree"]),
    vendor("adyen-key", &["adyen"]),
    vendor("square-secret", &["square"]),
    vendor("razorpay-secret", &["razorpay"]),
    vendor("mollie-key", &["mollie"]),
    vendor("gocardless-token", &["gocardless"]),
    vendor("plaid-secret", &["plaid"]),
    vendor("coinbase-secret", &["coinbase"]),
    vendor("binance-secret", &["binance"]),
    vendor("kraken-secret", &["kraken"]),
    vendor("paystack-key", &["paystack"]),
    vendor("klarna-secret", &["klarna"]),
    vendor("recurly-key", &["recurly"]),
    vendor("chargebee-key", &["chargebee"]),
    vendor("shopify-secret", &["shopify"]),
    vendor("twilio-secret", &["twilio"]),
    vendor("vonage-secret", &["vonage", "nexmo"]),
    vendor("messagebird-key", &["messagebird"]),
    vendor("plivo-token", &["plivo"]),
    vendor("telnyx-key", &["telnyx"]),
    vendor("mailgun-key", &["mailgun"]),
    vendor("mailchimp-key", &["mailchimp", "mandrill"]),
    vendor("mailjet-key", &["mailjet"]),
    uuid("postmark-token", &["postmark"]),
    vendor("sparkpost-key", &["sparkpost"]),
    vendor("sendgrid-key", &["sendgrid"]),
    vendor("customerio-key", &["customerio"]),
    vendor("klaviyo-key", &["klaviyo"]),
    vendor("mailtrap-token", &["mailtrap"]),
    vendor("pusher-secret", &["pusher"]),
    vendor("ably-key", &["ably"]),
    vendor("onesignal-key", &["onesignal"]),
    vendor("mongodb-key", &["mongodb", "atlas"]),
    vendor("snowflake-secret", &["snowflake"]),
    vendor("databricks-token", &["databricks"]),
    vendor("elastic-key", &["elastic"]),
    vendor("algolia-key", &["algolia"]),
    vendor("meilisearch-key", &["meili"]),
    vendor("typesense-key", &["typesense"]),
    vendor("confluent-secret", &["confluent"]),
    vendor("upstash-token", &["upstash"]),
    vendor("turso-token", &["turso"]),
    vendor("influxdb-token", &["influx"]),
    vendor("supabase-key", &["supabase"]),
    vendor("planetscale-token", &["planetscale"]),
    vendor("cloudinary-secret", &["cloudinary"]),
    vendor("pinecone-key", &["pinecone"]),
    vendor("weaviate-key", &["weaviate"]),
    vendor("qdrant-key", &["qdrant"]),
    vendor("openai-key", &["openai"]),
    vendor("anthropic-key", &["anthropic", "claude"]),
    vendor("mistral-key", &["mistral"]),
    vendor("cohere-key", &["cohere"]),
    vendor("deepseek-key", &["deepseek"]),
    vendor("together-key", &["together"]),
    vendor("stability-key", &["stability"]),
    vendor("deepgram-key", &["deepgram"]),
    vendor("assemblyai-key", &["assemblyai"]),
    vendor("elevenlabs-key", &["elevenlabs"]),
    vendor("google-gemini-key", &["gemini"]),
    vendor("zhipu-key", &["zhipu"]),
    vendor("dashscope-key", &["dashscope"]),
    vendor("moonshot-key", &["moonshot"]),
    vendor("serper-key", &["serper", "serpapi"]),
    uuid("exa-key", &["exaapi"]),
    vendor("fal-key", &["falkey"]),
    vendor("wandb-key", &["wandb"]),
    vendor("comet-key", &["cometapi", "cometml"]),
    vendor("okta-token", &["okta"]),
    vendor("auth0-secret", &["auth0"]),
    vendor("clerk-key", &["clerk"]),
    vendor("workos-key", &["workos"]),
    vendor("vault-token", &["vault"]),
    uuid("consul-token", &["consul"]),
    uuid("nomad-token", &["nomad"]),
    uuid("bitwarden-secret", &["bitwarden", "bwsaccess"]),
    vendor("zerotier-token", &["zerotier"]),
    vendor("ngrok-token", &["ngrok"]),
    vendor("sentry-token", &["sentry"]),
    vendor("rollbar-token", &["rollbar"]),
    vendor("bugsnag-key", &["bugsnag"]),
    vendor("pagerduty-key", &["pagerduty"]),
    uuid("opsgenie-key", &["opsgenie"]),
    vendor("honeycomb-key", &["honeycomb"]),
    uuid("splunk-token", &["splunk", "hectoken"]),
    vendor("sumologic-key", &["sumologic"]),
    vendor("logzio-token", &["logzio"]),
    vendor("grafana-token", &["grafana"]),
    vendor("mixpanel-secret", &["mixpanel"]),
    vendor("amplitude-key", &["amplitude"]),
    vendor("segment-key", &["segment"]),
    vendor("launchdarkly-key", &["launchdarkly"]),
    vendor("jira-token", &["jira", "atlassian"]),
    vendor("trello-token", &["trello"]),
    vendor("asana-token", &["asana"]),
    vendor("clickup-token", &["clickup"]),
    vendor("monday-token", &["mondayapi"]),
    vendor("zendesk-token", &["zendesk"]),
    vendor("freshdesk-key", &["freshdesk"]),
    vendor("intercom-token", &["intercom"]),
    vendor("salesforce-secret", &["salesforce"]),
    vendor("hubspot-key", &["hubspot"]),
    vendor("dropbox-token", &["dropbox"]),
    vendor("box-secret", &["boxclient"]),
    vendor("todoist-token", &["todoist"]),
    vendor("twitter-secret", &["twitter"]),
    vendor("facebook-secret", &["facebook"]),
    vendor("linkedin-secret", &["linkedin"]),
    vendor("twitch-secret", &["twitch"]),
    vendor("spotify-secret", &["spotify"]),
    vendor("infura-key", &["infura"]),
    vendor("alchemy-key", &["alchemy"]),
    vendor("etherscan-key", &["etherscan"]),
    vendor("openweather-key", &["openweather", "owm"]),
    vendor("mapbox-token", &["mapbox"]),
    vendor("maps-key", &["googlemaps"]),
    vendor("rapidapi-key", &["rapidapi"]),
    vendor("wordpress-key", &["wordpress"]),
    vendor("homeassistant-token", &["homeassistant", "hass"]),
    vendor("plex-token", &["plex"]),
    vendor("kubernetes-token", &["kube", "k8s"]),
];
