//! Live: the newest calls first.

use super::frame::{Part, frame, respond, trouble};
use super::{count, fate, time};
use crate::console::ask::{Asked, shown};
use crate::console::html::Html;
use crate::console::view::Line;
use crate::console::{Listed, ROWS, listed};
use crate::http::App;
use crate::store::people::Person;
use axum::Extension;
use axum::extract::{RawQuery, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use chain::Digest;
use protocol::call::Agent;
use std::sync::Arc;

/// Bytes of a command in a list.
const COMMAND: usize = 400;

const FATES: [(&str, &str); 9] = [
    ("", "all calls"),
    ("serious", "calls stopped or asked about, or nearly"),
    ("stopped", "calls stopped"),
    ("asked", "calls asked about"),
    ("would", "calls that would be stopped or asked"),
    ("would-stop", "calls that would be stopped"),
    ("masked", "calls with something masked"),
    ("noted", "calls noted"),
    ("ran", "calls that simply ran"),
];

pub(crate) async fn live(
    State(app): State<Arc<App>>,
    Extension(person): Extension<Person>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Response {
    let asked = Asked::read(query.as_deref().unwrap_or_default());
    let list = match listed(&app, asked.filter.clone(), ROWS).await {
        Ok(list) => list,
        Err(error) => return trouble(&person, &error),
    };
    let mut main = Html::default();
    main.raw("<div id=\"live\" data-live>");
    sentence(&mut main, &asked, &list);
    filters(&mut main, &asked, &list);
    rows(&mut main, &list.lines);
    if list.lines.is_empty() {
        empty(&mut main, &asked, &list);
    }
    if let Some(next) = list.calls.next {
        let next = shown(next);
        main.raw("<p class=\"more\"><a rel=\"next\"")
            .link("/live", &asked.with("before", &next))
            .raw(">Older calls</a>");
        if list.calls.cut {
            main.raw(
                " <span class=\"quiet\">Only part of the calls was looked through; older ones may fit as well.</span>",
            );
        }
        main.raw("</p>");
    }
    main.raw("</div>");
    let page = frame("Live", Part::Live, Some(&person), &main);
    // The page asks every two seconds whether it has changed.
    let tag = format!("\"{}\"", Digest::of(page.as_bytes()).to_hex());
    let same = headers.get(header::IF_NONE_MATCH).is_some_and(|known| known.as_bytes() == tag.as_bytes());
    let mut response = if same { StatusCode::NOT_MODIFIED.into_response() } else { respond(StatusCode::OK, page) };
    if let Ok(tag) = HeaderValue::from_str(&tag) {
        response.headers_mut().insert(header::ETAG, tag);
    }
    response
}

fn sentence(html: &mut Html, asked: &Asked, list: &Listed) {
    html.raw("<div class=\"head\"><h1 id=\"sentence\">");
    let (shown, whole) = (list.lines.len() as u64, list.calls.next.is_none());
    let filtered = !asked.parameters.is_empty();
    match (shown, whole, filtered, asked.filter.before.is_some()) {
        (0, _, true, _) => html.raw("No call fits."),
        (0, _, false, _) => html.raw("No agent has made a call yet."),
        (_, true, true, false) => {
            count(html, shown, "call fits", "calls fit");
            html.raw(".")
        }
        (_, true, false, false) => {
            count(html, shown, "call", "calls");
            html.raw(", the newest first.")
        }
        (_, _, _, true) => {
            count(html, shown, "older call", "older calls");
            html.raw(".")
        }
        (_, false, true, false) => html.raw("The newest ").number(shown).raw(" calls that fit."),
        (_, false, false, false) => html.raw("The newest ").number(shown).raw(" calls."),
    };
    html.raw("</h1>");
    if asked.filter.before.is_none() {
        html.raw("<p class=\"pulse\"><span id=\"state\" class=\"quiet\" role=\"status\"></span> ");
        html.raw("<button id=\"pause\" type=\"button\" hidden>Pause</button></p>");
    } else {
        html.raw("<p class=\"pulse\"><a").link("/live", &asked.with("before", "")).raw(">To the newest</a></p>");
    }
    html.raw("</div>");
    if let Some(name) = asked.unreadable {
        html.raw("<p class=\"notice\">The address names a ").raw(name).raw(" that cannot be read; it is left out.</p>");
    }
}

fn option(html: &mut Html, value: &str, words: &str, chosen: &str) {
    html.raw("<option").attribute("value", value);
    if value == chosen {
        html.raw(" selected");
    }
    html.raw(">").text(words).raw("</option>");
}

/// The question, as a sentence that can be changed.
fn filters(html: &mut Html, asked: &Asked, list: &Listed) {
    html.raw("<form class=\"filters\" action=\"/live\" role=\"search\"><span>Show</span> ");
    html.raw("<select name=\"fate\" aria-label=\"What became of them\">");
    let chosen = asked.get("fate");
    for (value, words) in FATES {
        option(html, value, words, chosen);
    }
    if FATES.iter().all(|(value, _)| *value != chosen) {
        option(html, chosen, chosen, chosen);
    }
    html.raw("</select> <span>by</span> <select name=\"agent\" aria-label=\"Agent\">");
    option(html, "", "any agent", asked.get("agent"));
    for agent in Agent::ALL {
        option(html, agent.name(), agent.title(), asked.get("agent"));
    }
    html.raw("</select> <span>that would</span> <select name=\"effect\" aria-label=\"Effect\">");
    option(html, "", "do anything", asked.get("effect"));
    for effect in protocol::effect::NAMES {
        option(html, effect, &effect.replace('-', " "), asked.get("effect"));
    }
    html.raw(
        "</select> <span>and say</span> <input type=\"search\" id=\"search\" name=\"q\" placeholder=\"anything\" ",
    );
    html.raw("aria-label=\"Search what was asked for\"").attribute("value", asked.get("q")).raw(">");
    for name in ["tool", "person", "device", "session", "rule"] {
        if !asked.get(name).is_empty() {
            html.raw("<input type=\"hidden\" name=\"").raw(name).raw("\"").attribute("value", asked.get(name)).raw(">");
        }
    }
    html.raw(" <button>Show</button></form>");
    let mut narrowed = false;
    for name in ["device", "person", "session", "tool", "rule"] {
        let value = asked.get(name);
        if value.is_empty() {
            continue;
        }
        html.raw(if narrowed { " " } else { "<p class=\"narrowed\">" });
        narrowed = true;
        let known = asked.filter.device.filter(|_| name == "device").and_then(|id| list.devices.get(&id));
        html.raw("<a class=\"filter\"").link("/live", &asked.with(name, "")).attribute("title", "Leave this out");
        html.raw(">").raw(name).raw(" <b>").text(known.map_or(value, |device| &device.name)).raw("</b> ×</a>");
    }
    if narrowed {
        html.raw("</p>");
    }
}

fn empty(html: &mut Html, asked: &Asked, list: &Listed) {
    html.raw("<div class=\"empty\">");
    if !asked.parameters.is_empty() {
        html.raw("<p><a href=\"/live\">Show all calls</a></p>");
    } else if list.devices.is_empty() {
        html.raw("<p>No device has enrolled. Make a token with <code>taffrail-collector token</code>, ");
        html.raw("then on a device: <code>taffraild enroll --url …</code></p>");
    } else {
        html.raw("<p>A call appears here once an agent on an approved device makes one. ");
        html.raw("<a href=\"/devices\">Devices</a></p>");
    }
    html.raw("</div>");
}

/// The list itself, for other pages as well.
pub(super) fn rows(html: &mut Html, lines: &[Line]) {
    if lines.is_empty() {
        return;
    }
    html.raw("<table class=\"calls\" id=\"rows\"><thead><tr><th>Verdict</th><th>Time</th><th>Asked for</th>");
    html.raw("<th>Effect</th><th>Rule</th><th>Who</th><th>Agent</th></tr></thead><tbody>");
    for line in lines {
        row(html, line);
    }
    html.raw("</tbody></table>");
}

pub(super) fn path(line: &Line) -> String {
    format!("/calls/{}/{}/{}", line.chain, line.branch, line.seq)
}

fn row(html: &mut Html, line: &Line) {
    html.raw("<tr").attribute("data-id", &path(line)).raw("><td class=\"c-fate\">");
    fate(html, line.fate);
    html.raw("</td><td class=\"c-time\">");
    time(html, &line.at);
    html.raw("</td><td class=\"c-input\"><a").link(&path(line), &[]).raw(">");
    if line.input.is_empty() {
        html.raw("<span class=\"quiet\">").text(&line.tool).raw(" (what it was given is not kept)</span>");
    } else {
        html.raw("<code>").command(&line.input, COMMAND, true).raw("</code>");
    }
    html.raw("</a></td><td class=\"c-effect\">").text(&line.effects.join(", ").replace('-', " "));
    html.raw("</td><td class=\"c-rule\">");
    if let Some(rule) = &line.rule {
        html.raw("<a").link("/live", &[("rule", rule)]).raw(">").text(rule).raw("</a>");
    }
    html.raw("</td><td class=\"c-who\"><a").link("/live", &[("device", &line.device.id.to_string())]).raw(">");
    html.text(if line.device.name.is_empty() { "unknown device" } else { &line.device.name }).raw("</a>");
    if let Some(person) = &line.person {
        html.raw(" <a class=\"quiet\"").link("/live", &[("person", person)]).raw(">").text(person).raw("</a>");
    }
    html.raw("</td><td class=\"c-agent\">").text(line.agent.unwrap_or_default());
    html.raw(" <span class=\"quiet\">").text(&line.tool).raw("</span></td></tr>");
}
