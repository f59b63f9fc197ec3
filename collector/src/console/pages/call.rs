//! One call: what, why, what it would do, the record, and what is proved of it.

use super::frame::{Part, frame, missing, respond, trouble};
use super::{fate, place, time};
use crate::console::html::{Html, SHOWN};
use crate::console::told;
use crate::console::view::{Call, Proof};
use crate::http::App;
use crate::store::calls::Fate;
use crate::store::people::Person;
use axum::Extension;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use protocol::verdict::Mode;
use std::sync::Arc;

pub(crate) async fn call(
    State(app): State<Arc<App>>,
    Extension(person): Extension<Person>,
    Path(address): Path<(String, String, String)>,
) -> Response {
    let Some(place) = place(&address) else { return missing(Some(&person)) };
    let call = match told(&app, place).await {
        Ok(Some(call)) => call,
        Ok(None) => return missing(Some(&person)),
        Err(error) => return trouble(&person, &error),
    };
    // Who looked at what is worth a line.
    tracing::info!(who = person.name, chain = %place.0, seq = place.2, "a record is looked at");
    let mut main = Html::default();
    main.raw("<article class=\"call\">");
    sentence(&mut main, &call);
    what(&mut main, &call);
    why(&mut main, &call);
    effects(&mut main, &call);
    findings(&mut main, &call);
    about(&mut main, &call);
    proof(&mut main, &call.proof, place.2);
    record(&mut main, &call);
    main.raw("</article>");
    respond(StatusCode::OK, frame("Call", Part::Live, Some(&person), &main))
}

fn sentence(html: &mut Html, call: &Call) {
    let line = &call.line;
    html.raw("<h1>");
    let agent = line.agent.unwrap_or("The agent");
    match line.fate {
        Fate::Stopped => html.raw("Taffrail told ").text(agent).raw(" to stop this call."),
        Fate::Asked => html.raw("Taffrail had ").text(agent).raw(" ask before this call."),
        Fate::WouldStop => html.raw("This call would have been stopped; it was only watched."),
        Fate::WouldAsk => html.raw("This call would have been asked about; it was only watched."),
        Fate::Masked => html.raw("In this call something was masked."),
        Fate::Noted => html.raw("This call was noted."),
        Fate::Ran if call.stub.is_some() => html.raw("Of this record only its place in the chain is kept."),
        Fate::Ran => html.raw("Nothing was said of this call."),
    };
    html.raw("</h1><p class=\"quiet\">");
    fate(html, line.fate);
    html.raw(" ");
    time(html, &line.at);
    html.raw(" on <a").link("/live", &[("device", &line.device.id.to_string())]).raw(">");
    html.text(if line.device.name.is_empty() { "unknown device" } else { &line.device.name }).raw("</a>");
    if let Some(person) = &line.person {
        html.raw(" by <a").link("/live", &[("person", person)]).raw(">").text(person).raw("</a>");
    }
    if let Some(session) = &line.session {
        html.raw(" · <a").link("/live", &[("session", session)]).raw(">the whole session</a>");
    }
    if let Some(code) = &line.code {
        html.raw(" · code <code>").text(code).raw("</code>");
    }
    html.raw("</p>");
    if let Some(late) = &call.late {
        html.raw("<p class=\"notice\">It arrived late: ");
        time(html, late);
        html.raw("</p>");
    }
    if line.unproved {
        html.raw("<p class=\"notice\">Judged without the daemon and taken from the user's drop folder: an unproved witness.</p>");
    }
}

fn what(html: &mut Html, call: &Call) {
    for (name, length, text) in &call.parts {
        let title = match name.as_str() {
            "input" => "Asked for",
            "input.content" => "To be written",
            "output" => "Given back",
            "prompt" => "Prompt",
            "rationale" => "Stated reason",
            other => other,
        };
        html.raw("<section><h2>").text(title).raw("</h2>");
        if let Some(text) = text {
            html.raw("<pre tabindex=\"0\"><code>").command(text, SHOWN, false).raw("</code></pre>");
        } else {
            html.raw("<p class=\"quiet\">").number(*length);
            html.raw(" bytes; the text is not kept here, its digest is.</p>");
        }
        html.raw("</section>");
    }
}

fn word(html: &mut Html, value: &serde_json::Value) {
    html.text(&value.as_str().unwrap_or_default().replace('-', " "));
}

fn why(html: &mut Html, call: &Call) {
    html.raw("<section><h2>Why</h2>");
    if call.rules.is_empty() {
        html.raw("<p class=\"quiet\">No rule speaks of it.</p>");
    } else {
        html.raw("<table class=\"plain\"><thead><tr><th>Rule</th><th>Says</th><th>Severity</th><th>Whose</th></tr></thead><tbody>");
        for rule in &call.rules {
            html.raw("<tr><td><a").link("/live", &[("rule", &rule.rule)]).raw(">").text(&rule.rule).raw("</a>");
            if rule.times > 1 {
                html.raw(" <span class=\"quiet\">").number(rule.times as u64).raw(" times</span>");
            }
            if rule.trial {
                html.raw(" <span class=\"quiet\">on trial</span>");
            }
            if rule.uncertain {
                html.raw(" <span class=\"quiet\">not known for sure</span>");
            }
            html.raw("</td><td>").raw(rule.verdict).raw("</td><td>");
            word(html, &rule.severity);
            html.raw("</td><td>");
            word(html, &rule.layer);
            html.raw("</td></tr>");
        }
        html.raw("</tbody></table>");
    }
    if call.mode == Some(Mode::Detect) && call.line.fate > Fate::Ran {
        html.raw("<p class=\"quiet\">This device is watching only: it records what it would have done.</p>");
    }
    if let Some(degraded) = call.degraded {
        html.raw("<p class=\"quiet\">").raw(degraded).raw(".</p>");
    }
    html.raw("</section>");
}

fn effects(html: &mut Html, call: &Call) {
    if call.effects.is_empty() {
        return;
    }
    html.raw("<section><h2>What it would do</h2><ul class=\"effects\">");
    for effect in &call.effects {
        html.raw("<li><b>").text(&effect.effect.replace('-', " ")).raw("</b>");
        if effect.times > 1 {
            html.raw(" <span class=\"quiet\">").number(effect.times as u64).raw(" times</span>");
        }
        if effect.may {
            html.raw(" <span class=\"quiet\">perhaps</span>");
        }
        html.raw("<dl>");
        for (name, value) in &effect.details {
            html.raw("<dt>").text(name).raw("</dt><dd><code>").command(value, 2_000, true).raw("</code></dd>");
        }
        html.raw("</dl></li>");
    }
    html.raw("</ul></section>");
}

fn findings(html: &mut Html, call: &Call) {
    if call.findings.is_empty() {
        return;
    }
    html.raw("<section><h2>Found in its texts</h2><ul>");
    for (kind, severity, part) in &call.findings {
        html.raw("<li>").text(&kind.replace('-', " ")).raw(" <span class=\"quiet\">").text(severity).raw(", in ");
        html.text(part).raw("</span></li>");
    }
    html.raw("</ul></section>");
}

fn about(html: &mut Html, call: &Call) {
    html.raw("<section><h2>About it</h2><dl class=\"facts\">");
    let mut fact = |name: &'static str, value: Option<&str>| {
        if let Some(value) = value.filter(|value| !value.is_empty()) {
            html.raw("<dt>").raw(name).raw("</dt><dd>").command(value, 2_000, true).raw("</dd>");
        }
    };
    fact("Tool", Some(&call.line.tool));
    fact("Event", call.event.as_deref());
    fact("Folder", call.cwd.as_deref());
    fact("Workspace", call.workspace.as_deref());
    fact("Session", call.line.session.as_deref());
    fact("Policy", call.policy.as_deref());
    let decided = call.decided_us.map(|us| format!("{us} µs"));
    fact("Decided in", decided.as_deref());
    html.raw("</dl></section>");
}

fn proof(html: &mut Html, proof: &Proof, seq: u64) {
    html.raw("<section><h2>Proof</h2>");
    if proof.whole {
        html.raw("<p><span class=\"fate allow\">✓ fits</span> Record ").number(seq);
        html.raw(" is what its hash was made of, follows the record before, and this collector signed for it");
        if let Some(received) = &proof.received {
            html.raw(" ");
            time(html, received);
        }
        html.raw(".</p>");
    } else {
        html.raw("<p><span class=\"fate block\">✕ does not fit</span></p><ul>");
        for fault in &proof.faults {
            html.raw("<li>").raw(fault).raw("</li>");
        }
        html.raw("</ul>");
    }
    match proof.signed_by {
        Some(by) => html.raw("<p>The device signed for the chain so far with record ").number(by).raw(".</p>"),
        None => html.raw("<p class=\"quiet\">The device's next signature over the chain has not come yet.</p>"),
    };
    if proof.forked {
        html.raw("<p class=\"notice\">There are two histories of this chain: a copied key, or a machine that was set back.</p>");
    }
    html.raw("<details><summary>Hashes</summary><dl class=\"facts\"><dt>This</dt><dd><code>").text(&proof.hash);
    html.raw("</code></dd><dt>Before</dt><dd><code>").text(&proof.previous).raw("</code></dd></dl></details>");
    html.raw("<p class=\"quiet\">The whole chain is checked by <code>taffrail-collector verify</code>.</p></section>");
}

fn record(html: &mut Html, call: &Call) {
    if let Some(stub) = &call.stub {
        html.raw("<section><h2>Record</h2><p>The device sent no more than the place: ")
            .text(stub)
            .raw("</p></section>");
    }
    let Some(envelope) = &call.envelope else { return };
    let text = serde_json::to_string_pretty(envelope).unwrap_or_default();
    html.raw("<details class=\"record\"><summary>The record as it is stored</summary><pre tabindex=\"0\"><code>");
    html.command(&text, SHOWN, false).raw("</code></pre></details>");
}
