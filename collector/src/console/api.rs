//! The same as the pages, for programs: versioned JSON.

use super::ask::{Asked, shown};
use super::{ROWS, Unanswered, all_devices, figures, listed, told};
use crate::http::App;
use crate::store::calls::Questions as _;
use axum::extract::{Path, RawQuery, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use serde_json::{Value, json};
use std::sync::Arc;
use uuid::Uuid;

fn answer(status: StatusCode, value: &Value) -> Response {
    let kind = [(header::CONTENT_TYPE, HeaderValue::from_static("application/json"))];
    (status, kind, value.to_string()).into_response()
}

pub(crate) fn refused(status: StatusCode, text: &str) -> Response {
    answer(status, &json!({ "version": 1, "error": text }))
}

fn unanswered(error: &Unanswered) -> Response {
    tracing::warn!(%error, "a question has no answer");
    refused(StatusCode::SERVICE_UNAVAILABLE, &error.to_string())
}

pub(crate) async fn api_calls(State(app): State<Arc<App>>, RawQuery(query): RawQuery) -> Response {
    let asked = Asked::read(query.as_deref().unwrap_or_default());
    if let Some(name) = asked.unreadable {
        return refused(StatusCode::BAD_REQUEST, &format!("{name} cannot be read"));
    }
    match listed(&app, asked.filter, ROWS).await {
        Ok(list) => answer(
            StatusCode::OK,
            &json!({
                "version": 1, "calls": list.lines, "next": list.calls.next.map(shown), "cut": list.calls.cut,
            }),
        ),
        Err(error) => unanswered(&error),
    }
}

pub(crate) async fn api_call(State(app): State<Arc<App>>, Path(place): Path<(String, String, String)>) -> Response {
    let Some(place) = super::pages::place(&place) else {
        return refused(StatusCode::NOT_FOUND, "there is no such record");
    };
    match told(&app, place).await {
        Ok(Some(call)) => answer(StatusCode::OK, &json!({ "version": 1, "call": call })),
        Ok(None) => refused(StatusCode::NOT_FOUND, "there is no such record"),
        Err(error) => unanswered(&error),
    }
}

pub(crate) async fn api_devices(State(app): State<Arc<App>>) -> Response {
    match all_devices(&app).await {
        Ok(devices) => answer(StatusCode::OK, &json!({ "version": 1, "devices": devices })),
        Err(error) => unanswered(&error),
    }
}

pub(crate) async fn api_overview(State(app): State<Arc<App>>) -> Response {
    match figures(&app).await {
        Ok(figures) => answer(StatusCode::OK, &json!({ "version": 1, "overview": figures })),
        Err(error) => unanswered(&error),
    }
}

pub(crate) async fn api_sessions(State(app): State<Arc<App>>) -> Response {
    let asked = app.ask(|records, app| Ok((records.sessions(ROWS)?, app.names()?))).await;
    match asked {
        Ok((sessions, devices)) => {
            let name = |id: &Uuid| devices.get(id).map(|device| device.name.clone());
            let sessions: Vec<Value> = sessions
                .iter()
                .map(|session| json!({ "device_name": name(&session.device), "session": session }))
                .collect();
            answer(StatusCode::OK, &json!({ "version": 1, "sessions": sessions }))
        }
        Err(error) => unanswered(&error),
    }
}
