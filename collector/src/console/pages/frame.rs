//! What all pages share.

use crate::console::Unanswered;
use crate::console::html::Html;
use crate::store::people::Person;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse as _, Response};

/// Where a page belongs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Part {
    Overview,
    Live,
    Devices,
    None,
}

macro_rules! versioned {
    ($path:literal) => {
        concat!($path, "?v=", env!("CARGO_PKG_VERSION"))
    };
}

/// A whole page; `person` is `None` for whoever has not signed in.
pub(crate) fn frame(title: &str, part: Part, person: Option<&Person>, main: &Html) -> String {
    let mut html = Html::default();
    html.raw("<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">");
    html.raw("<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">");
    html.raw("<meta name=\"color-scheme\" content=\"light dark\">");
    html.raw("<title>").text(title).raw(" – Taffrail</title>");
    html.raw(concat!("<link rel=\"stylesheet\" href=\"", versioned!("/assets/console.css"), "\">"));
    html.raw(concat!("<link rel=\"icon\" href=\"", versioned!("/assets/icon.svg"), "\">"));
    html.raw(concat!("<script defer src=\"", versioned!("/assets/console.js"), "\"></script></head>\n<body>"));
    html.raw("<a class=\"skip\" href=\"#main\">To the content</a><header>");
    html.raw("<a class=\"brand\" href=\"/\">Taffrail</a>");
    if let Some(person) = person {
        html.raw("<nav aria-label=\"Pages\">");
        for (own, path, name) in
            [(Part::Overview, "/", "Overview"), (Part::Live, "/live", "Live"), (Part::Devices, "/devices", "Devices")]
        {
            html.raw("<a href=\"").raw(path).raw("\"");
            if own == part {
                html.raw(" aria-current=\"page\"");
            }
            html.raw(">").raw(name).raw("</a>");
        }
        html.raw("</nav>");
        if part != Part::Live {
            html.raw("<form class=\"search\" role=\"search\" action=\"/live\"><input type=\"search\" name=\"q\" ");
            html.raw("id=\"search\" placeholder=\"Search calls\" aria-label=\"Search calls\"><kbd>/</kbd></form>");
        }
        html.raw("<form class=\"who\" method=\"post\" action=\"/out\"><span");
        html.attribute("title", person.role.name()).raw(">").text(&person.name).raw("</span> ");
        html.raw("<button>Sign out</button></form>");
    }
    html.raw("</header>\n<main id=\"main\">").add(main).raw("</main>\n");
    if person.is_some() {
        html.raw("<dialog id=\"keys\" aria-label=\"Keys\"><h2>Keys</h2><dl class=\"keys\">");
        html.raw("<dt><kbd>j</kbd> <kbd>k</kbd></dt><dd>next, previous row</dd>");
        html.raw("<dt><kbd>Enter</kbd></dt><dd>open the row</dd><dt><kbd>/</kbd></dt><dd>search</dd>");
        html.raw("<dt><kbd>p</kbd></dt><dd>pause the list</dd><dt><kbd>g</kbd> <kbd>o</kbd></dt><dd>Overview</dd>");
        html.raw("<dt><kbd>g</kbd> <kbd>l</kbd></dt><dd>Live</dd><dt><kbd>g</kbd> <kbd>d</kbd></dt><dd>Devices</dd>");
        html.raw("<dt><kbd>?</kbd></dt><dd>these keys</dd></dl><form method=\"dialog\"><button>Close</button></form>");
        html.raw("</dialog>");
    }
    html.raw("</body></html>\n");
    html.into_string()
}

pub(crate) fn respond(status: StatusCode, page: String) -> Response {
    (status, [(header::CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"))], page).into_response()
}

fn plain(status: StatusCode, person: Option<&Person>, title: &'static str, text: &'static str) -> Response {
    let mut main = Html::default();
    main.raw("<h1>").raw(title).raw("</h1><p>").raw(text).raw("</p>");
    if person.is_some() {
        main.raw("<p><a href=\"/\">Overview</a></p>");
    }
    respond(status, frame(title, Part::None, person, &main))
}

/// There is nothing at that address.
pub(crate) fn missing(person: Option<&Person>) -> Response {
    plain(StatusCode::NOT_FOUND, person, "Nothing is here.", "There is no page or record at this address.")
}

/// Somebody may not do that.
pub(crate) fn forbidden(person: Option<&Person>) -> Response {
    let text = "Your account may look, and not change anything. Ask an admin of this collector.";
    plain(StatusCode::FORBIDDEN, person, "That is not yours to do.", text)
}

/// A form that did not come from a page of ours.
pub(crate) fn foreign() -> Response {
    let text = "The form was not sent from a page of this console. Nothing was done.";
    plain(StatusCode::FORBIDDEN, None, "Not from here.", text)
}

/// Somebody came by a link from elsewhere: the browser keeps the session to itself until the next step.
pub(crate) fn step(address: &str) -> Response {
    let mut html = Html::default();
    html.raw("<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>Taffrail</title>");
    html.raw("<meta http-equiv=\"refresh\"").attribute("content", &format!("0; url={address}"));
    html.raw("></head><body><p><a").attribute("href", address).raw(">Go on to the console</a></p></body></html>\n");
    respond(StatusCode::OK, html.into_string())
}

/// The store does not answer.
pub(crate) fn trouble(person: &Person, error: &Unanswered) -> Response {
    tracing::warn!(%error, "a question has no answer");
    let text = "The collector could not read its store just now. Records still arrive; try once more, and look at its log if it stays.";
    plain(StatusCode::SERVICE_UNAVAILABLE, Some(person), "No answer just now.", text)
}
