//! Who may pass, and what every answer carries.

use super::{App, lock};
use crate::console::ask::MOST;
use crate::console::html::address;
use crate::console::sign_in::{self, session_of};
use crate::console::{forbidden, foreign, missing, refused, step};
use crate::serve::connections::Peer;
use crate::store::people::{People as _, Person, Role};
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Redirect, Response};
use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;

/// Who may call an address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Who {
    Anyone,
    /// Whoever signs the request with a device's key, which is looked at there.
    Device,
    /// Anyone who is signed in.
    Viewer,
    Admin,
}

/// Nothing from elsewhere, nothing in a frame, no script or style but our two files.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; \
                      form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

pub(super) async fn headers(request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    for (name, value) in [
        (header::CONTENT_SECURITY_POLICY, POLICY),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::X_FRAME_OPTIONS, "DENY"),
        // Not less: a browser that tells nothing of where a form came from could not be told from one that lies.
        (header::REFERRER_POLICY, "same-origin"),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    headers.insert("cross-origin-opener-policy", HeaderValue::from_static("same-origin"));
    headers.insert("cross-origin-resource-policy", HeaderValue::from_static("same-origin"));
    headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    response
}

fn peer(request: &Request) -> Peer {
    // A connection sets it on each request.
    let here = Peer { address: IpAddr::V4(Ipv4Addr::LOCALHOST), encrypted: false };
    request.extensions().get().copied().unwrap_or(here)
}

/// Was a form sent from a page of ours? A browser says where from; what says nothing is no browser's form.
fn is_ours(headers: &HeaderMap) -> bool {
    let text = |name: header::HeaderName| headers.get(name)?.to_str().ok();
    if let Some(site) = headers.get("sec-fetch-site") {
        return site == "same-origin";
    }
    let origin = text(header::ORIGIN).and_then(|origin| origin.split_once("://"));
    origin.is_some_and(|(_, host)| Some(host) == text(header::HOST))
}

pub(super) async fn pass(State((app, who)): State<(Arc<App>, Who)>, mut request: Request, next: Next) -> Response {
    if who == Who::Device {
        return next.run(request).await;
    }
    if request.uri().query().is_some_and(|query| query.len() > MOST) {
        return (StatusCode::URI_TOO_LONG, "The address is too long.\n").into_response();
    }
    let peer = peer(&request);
    request.extensions_mut().insert(peer);
    let reads = matches!(*request.method(), Method::GET | Method::HEAD);
    if !reads && !is_ours(request.headers()) {
        return foreign();
    }
    if who == Who::Anyone {
        return next.run(request).await;
    }
    let found = match session_of(request.headers(), peer.encrypted) {
        None => Ok(Ok(None)),
        Some(session) => {
            let (app, now) = (Arc::clone(&app), app.now_ms());
            tokio::task::spawn_blocking(move || lock(&app.control).session(&session, now)).await
        }
    };
    let person: Option<Person> = match found {
        Ok(Ok(person)) => person,
        Ok(Err(error)) => {
            tracing::error!(%error, "the store does not answer");
            return (StatusCode::SERVICE_UNAVAILABLE, "The store does not answer.\n").into_response();
        }
        Err(_) => return StatusCode::SERVICE_UNAVAILABLE.into_response(),
    };
    let api = request.uri().path().starts_with("/api/");
    let Some(person) = person else { return stranger(&request, api) };
    if who == Who::Admin && person.role < Role::Admin {
        tracing::warn!(who = person.name, path = request.uri().path(), "somebody wanted what only an admin may do");
        return if api {
            refused(StatusCode::FORBIDDEN, "only an admin may do that")
        } else {
            forbidden(Some(&person))
        };
    }
    request.extensions_mut().insert(person);
    next.run(request).await
}

fn stranger(request: &Request, api: bool) -> Response {
    if api {
        return refused(StatusCode::UNAUTHORIZED, "sign in first");
    }
    let own = request.uri().path_and_query().map_or("/", |own| own.as_str());
    if *request.method() != Method::GET {
        return sign_in::page(StatusCode::UNAUTHORIZED, "/", Some("Your session is over. Nothing was changed."));
    }
    // A link from elsewhere comes without the session's cookie. From a page of ours it comes with it.
    let elsewhere =
        request.headers().get("sec-fetch-site").is_some_and(|site| site == "cross-site" || site == "same-site");
    if elsewhere {
        return step(own);
    }
    let to = if own == "/" { "/in".to_owned() } else { address("/in", &[("next", own)]) };
    Redirect::to(&to).into_response()
}

pub(super) async fn nowhere(request: Request) -> Response {
    if request.uri().path().starts_with("/api/") || request.uri().path().starts_with("/v1/") {
        return refused(StatusCode::NOT_FOUND, "there is nothing at this address");
    }
    missing(None)
}
