//! Overview: does anything need a person, and is the monitor itself at work?

use super::count;
use super::frame::{Part, frame, respond, trouble};
use super::list::rows;
use crate::console::html::Html;
use crate::console::{Figures, figures, listed};
use crate::http::App;
use crate::store::calls::{Fate, Filter};
use crate::store::people::Person;
use axum::Extension;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use std::sync::Arc;

const NEWEST: u32 = 10;

pub(crate) async fn overview(State(app): State<Arc<App>>, Extension(person): Extension<Person>) -> Response {
    let filter =
        Filter { fates: vec![Fate::WouldAsk, Fate::WouldStop, Fate::Asked, Fate::Stopped], ..Filter::default() };
    let (figures, newest) = match (figures(&app).await, listed(&app, filter, NEWEST).await) {
        (Ok(figures), Ok(newest)) => (figures, newest),
        (Err(error), _) | (_, Err(error)) => return trouble(&person, &error),
    };
    let mut main = Html::default();
    sentence(&mut main, &figures);
    if figures.devices == 0 {
        first_steps(&mut main);
    } else {
        lines(&mut main, &figures);
        days(&mut main, &figures.days);
        if !newest.lines.is_empty() {
            main.raw("<h2>The newest that were stopped, asked about, or would have been</h2>");
            rows(&mut main, &newest.lines);
            main.raw("<p class=\"more\"><a href=\"/live?fate=serious\">All of them</a></p>");
        }
    }
    respond(StatusCode::OK, frame("Overview", Part::Overview, Some(&person), &main))
}

fn sentence(html: &mut Html, figures: &Figures) {
    html.raw("<h1>");
    if figures.devices == 0 {
        html.raw("No device reports yet.</h1>");
        return;
    }
    let approved = figures.reported + figures.silent;
    html.number(figures.reported).raw(" of ");
    count(html, approved, "device", "devices");
    html.raw(" reported in the last 24 hours; ");
    match (figures.stopped + figures.asked, figures.would_stop + figures.would_ask) {
        (0, 0) if figures.calls == 0 => html.raw("no agent made a call."),
        (0, 0) => html.raw("nothing was stopped in ").number(figures.calls).raw(" calls."),
        (0, would) => {
            html.raw("of ").number(figures.calls).raw(" calls ").number(would);
            html.raw(" would have been stopped or asked about.")
        }
        (acted, _) => {
            html.raw("of ").number(figures.calls).raw(" calls ").number(acted);
            html.raw(if acted == 1 { " was stopped or asked about." } else { " were stopped or asked about." })
        }
    };
    html.raw("</h1>");
}

fn lines(html: &mut Html, figures: &Figures) {
    html.raw("<dl class=\"lines\">");
    let mut line = |name: &'static str, number: u64, to: &'static str, one: &'static str, many: &'static str| {
        html.raw("<dt>").raw(name).raw("</dt><dd><a href=\"").raw(to).raw("\">");
        count(html, number, one, many);
        html.raw("</a></dd>");
    };
    if figures.pending > 0 {
        line("Waiting", figures.pending, "/devices", "device to be approved", "devices to be approved");
    }
    if figures.forked > 0 {
        line(
            "Two histories",
            figures.forked,
            "/devices",
            "device: a copied key, or set back",
            "devices: copied keys, or set back",
        );
    }
    if figures.silent > 0 {
        line("Silent", figures.silent, "/devices", "device sent nothing for a day", "devices sent nothing for a day");
    }
    line("Stopped", figures.stopped, "/live?fate=stopped", "call", "calls");
    line("Asked", figures.asked, "/live?fate=asked", "call", "calls");
    if figures.would_stop + figures.would_ask > 0 {
        let would = figures.would_stop + figures.would_ask;
        line(
            "Watching only",
            would,
            "/live?fate=would",
            "call would have been stopped or asked about",
            "calls would have been stopped or asked about",
        );
    }
    if figures.masked > 0 {
        line("Masked", figures.masked, "/live?fate=masked", "call", "calls");
    }
    if figures.noted > 0 {
        line("Noted", figures.noted, "/live?fate=noted", "call", "calls");
    }
    line("All", figures.calls, "/live", "call in the last 24 hours", "calls in the last 24 hours");
    if !figures.rules.is_empty() {
        html.raw("<dt>Rules</dt><dd>");
        for (at, (rule, times)) in figures.rules.iter().enumerate() {
            html.raw(if at > 0 { ", <a" } else { "<a" }).link("/live", &[("rule", rule)]).raw(">").text(rule);
            html.raw("</a> ").number(*times);
        }
        html.raw("</dd>");
    }
    html.raw("</dl>");
}

/// Bars for the shape, a table for the figures.
fn days(html: &mut Html, days: &[u64]) {
    let most = days.iter().copied().max().unwrap_or_default();
    if most == 0 {
        return;
    }
    html.raw(
        "<figure class=\"days\"><figcaption>Stopped, asked about, or would have been: the last seven days</figcaption>",
    );
    html.raw("<svg viewBox=\"0 0 140 40\" preserveAspectRatio=\"none\" role=\"img\" aria-label=\"One bar a day; the figures are in the table\">");
    for (at, count) in days.iter().rev().enumerate() {
        let height = (count * 36).div_ceil(most);
        let (x, y) = ((at * 20 + 2).to_string(), (38 - height).to_string());
        html.raw("<rect width=\"16\"").attribute("x", &x).attribute("y", &y).attribute("height", &height.to_string());
        html.raw("></rect>");
    }
    html.raw("<line x1=\"0\" x2=\"140\" y1=\"38.5\" y2=\"38.5\"></line></svg><table><thead><tr>");
    for at in (0..days.len()).rev() {
        html.raw("<th>")
            .raw(["now", "1 d", "2 d", "3 d", "4 d", "5 d", "6 d"].get(at).copied().unwrap_or(""))
            .raw("</th>");
    }
    html.raw("</tr></thead><tbody><tr>");
    for count in days.iter().rev() {
        html.raw("<td>").number(*count).raw("</td>");
    }
    html.raw("</tr></tbody></table></figure>");
}

fn first_steps(html: &mut Html) {
    html.raw(
        "<ol class=\"steps\"><li>Make a token on this server <code>taffrail-collector token --data DIR</code></li>",
    );
    html.raw("<li>On a device, with the token in a file <code>taffraild enroll --url https://… &lt; FILE</code></li>");
    html.raw("<li>Approve it under <a href=\"/devices\">Devices</a></li>");
    html.raw("<li>See its calls under <a href=\"/live\">Live</a></li></ol>");
}
