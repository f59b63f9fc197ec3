//! Every address, who may call it, and what answers. There is no other way in.

use super::gate::{self, Who};
use super::{App, enroll, logs, metrics, ready};
use crate::console::{self, sign_in};
use axum::Router;
use axum::middleware::{from_fn, from_fn_with_state};
use axum::routing::{MethodRouter, get, post};
use protocol::wire::{ENROLL, LOGS};
use std::sync::Arc;

pub(crate) struct Route {
    #[cfg_attr(not(test), expect(dead_code, reason = "for those who look at the table; `answer` has it too"))]
    pub(crate) method: &'static str,
    pub(crate) path: &'static str,
    pub(crate) who: Who,
    answer: MethodRouter<Arc<App>>,
}

fn reads(path: &'static str, who: Who, answer: MethodRouter<Arc<App>>) -> Route {
    Route { method: "GET", path, who, answer }
}

fn changes(path: &'static str, who: Who, answer: MethodRouter<Arc<App>>) -> Route {
    Route { method: "POST", path, who, answer }
}

/// In the order of the matrix that the test holds them against.
pub(crate) fn routes() -> Vec<Route> {
    vec![
        reads("/healthz", Who::Anyone, get(|| async { "ok\n" })),
        reads("/readyz", Who::Anyone, get(ready)),
        reads("/metrics", Who::Anyone, get(metrics)),
        changes(ENROLL, Who::Device, post(enroll)),
        changes(LOGS, Who::Device, post(logs)),
        reads("/assets/console.css", Who::Anyone, get(console::style)),
        reads("/assets/console.js", Who::Anyone, get(console::script)),
        reads("/assets/icon.svg", Who::Anyone, get(console::icon)),
        reads("/in", Who::Anyone, get(sign_in::show)),
        reads("/in/{link}", Who::Anyone, get(sign_in::show_link)),
        changes("/in", Who::Anyone, post(sign_in::sign_in)),
        changes("/out", Who::Anyone, post(sign_in::sign_out)),
        reads("/", Who::Viewer, get(console::overview)),
        reads("/live", Who::Viewer, get(console::live)),
        reads("/calls/{chain}/{branch}/{seq}", Who::Viewer, get(console::call)),
        reads("/devices", Who::Viewer, get(console::devices)),
        changes("/devices/{id}/approve", Who::Admin, post(console::approve)),
        changes("/devices/{id}/revoke", Who::Admin, post(console::revoke)),
        reads("/api/v1/overview", Who::Viewer, get(console::api_overview)),
        reads("/api/v1/calls", Who::Viewer, get(console::api_calls)),
        reads("/api/v1/calls/{chain}/{branch}/{seq}", Who::Viewer, get(console::api_call)),
        reads("/api/v1/devices", Who::Viewer, get(console::api_devices)),
        reads("/api/v1/sessions", Who::Viewer, get(console::api_sessions)),
    ]
}

pub(crate) fn router(app: Arc<App>) -> Router {
    let mut router = Router::new();
    for Route { path, who, answer, .. } in routes() {
        let gate = from_fn_with_state((Arc::clone(&app), who), gate::pass);
        router = router.route(path, answer.route_layer(gate));
    }
    router.fallback(gate::nowhere).with_state(app).layer(from_fn(gate::headers))
}
