//! Devices: who reports, who waits, who has two histories.

use super::frame::{Part, frame, missing, respond, trouble};
use super::{count, time};
use crate::console::all_devices;
use crate::console::html::Html;
use crate::console::view::DeviceLine;
use crate::http::{App, lock};
use crate::store::Control as _;
use crate::store::people::{Person, Role};
use axum::Extension;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Redirect, Response};
use protocol::wire::Standing;
use std::sync::Arc;
use uuid::Uuid;

pub(crate) async fn devices(State(app): State<Arc<App>>, Extension(person): Extension<Person>) -> Response {
    let devices = match all_devices(&app).await {
        Ok(devices) => devices,
        Err(error) => return trouble(&person, &error),
    };
    let mut main = Html::default();
    sentence(&mut main, &devices);
    if devices.is_empty() {
        main.raw("<div class=\"empty\"><p>Make a token: <code>taffrail-collector token --data DIR</code>. On a device, with ");
        main.raw("the token in a file: <code>taffraild enroll --url https://… &lt; FILE</code></p></div>");
    }
    let admin = person.role == Role::Admin;
    let waiting: Vec<&DeviceLine> = devices.iter().filter(|device| device.standing == Standing::Pending).collect();
    if !waiting.is_empty() {
        main.raw("<h2>Waiting to be approved</h2>");
        if !admin {
            main.raw("<p class=\"quiet\">An admin of this collector approves them.</p>");
        }
        table(&mut main, &waiting, admin);
    }
    let others: Vec<&DeviceLine> = devices.iter().filter(|device| device.standing != Standing::Pending).collect();
    if !others.is_empty() {
        if !waiting.is_empty() {
            main.raw("<h2>All others</h2>");
        }
        table(&mut main, &others, admin);
    }
    respond(StatusCode::OK, frame("Devices", Part::Devices, Some(&person), &main))
}

fn sentence(html: &mut Html, devices: &[DeviceLine]) {
    let number = |fits: &dyn Fn(&DeviceLine) -> bool| devices.iter().filter(|device| fits(device)).count() as u64;
    let approved = number(&|device| device.standing == Standing::Approved);
    let reported = number(&|device| device.standing == Standing::Approved && device.reported);
    let waiting = number(&|device| device.standing == Standing::Pending);
    let forked = number(&|device| device.forked);
    html.raw("<h1>");
    if devices.is_empty() {
        html.raw("No device has enrolled yet.");
    } else {
        html.number(reported).raw(" of ");
        count(html, approved, "approved device", "approved devices");
        html.raw(" reported in the last 24 hours");
        if waiting > 0 {
            html.raw("; ");
            count(html, waiting, "waits to be approved", "wait to be approved");
        }
        if forked > 0 {
            html.raw("; ");
            count(html, forked, "has two histories", "have two histories");
        }
        html.raw(".");
    }
    html.raw("</h1>");
}

fn table(html: &mut Html, devices: &[&DeviceLine], admin: bool) {
    html.raw("<table class=\"devices\"><thead><tr><th>Device</th><th>State</th><th>Last seen</th><th>Records</th>");
    html.raw("<th>Version</th><th>Enrolled</th><th>Key</th>");
    html.raw(if admin {
        "<th><span class=\"unshown\">Change</span></th></tr></thead><tbody>"
    } else {
        "</tr></thead><tbody>"
    });
    for device in devices {
        let id = device.id.to_string();
        html.raw("<tr").attribute("data-id", &format!("/live?device={id}")).raw("><td class=\"d-name\"><a");
        html.link("/live", &[("device", &id)]).raw(">");
        html.text(if device.name.is_empty() { "without a name" } else { &device.name })
            .raw("</a></td><td class=\"d-state\">");
        state(html, device);
        html.raw("</td><td>");
        match &device.seen {
            Some(seen) => time(html, seen),
            None => {
                html.raw("<span class=\"quiet\">nothing came yet</span>");
            }
        }
        html.raw("</td><td class=\"figure\">").number(device.records);
        for (chain, seq) in &device.positions {
            html.raw(" <span class=\"quiet\"").attribute("title", &format!("chain {chain}")).raw(">up to ");
            html.number(*seq).raw("</span>");
        }
        html.raw("</td><td>").text(&device.program).raw("</td><td>");
        time(html, &device.enrolled);
        html.raw("</td><td><code class=\"quiet\"").attribute("title", &device.key).raw(">");
        html.text(crate::console::html::cut(&device.key, 12)).raw("…</code></td>");
        if admin {
            html.raw("<td class=\"d-change\">");
            if device.standing != Standing::Approved {
                button(html, &id, "approve", "Approve");
            }
            if device.standing != Standing::Revoked {
                button(html, &id, "revoke", "Revoke");
            }
            html.raw("</td>");
        }
        html.raw("</tr>");
    }
    html.raw("</tbody></table>");
}

fn state(html: &mut Html, device: &DeviceLine) {
    match device.standing {
        Standing::Pending => html.raw("<span class=\"fate ask\">◆ waits</span>"),
        Standing::Revoked => html.raw("<span class=\"fate block\">✕ revoked</span>"),
        Standing::Approved if device.reported => html.raw("<span class=\"fate allow\">✓ reports</span>"),
        Standing::Approved => html.raw("<span class=\"fate degraded\">○ silent</span>"),
    };
    if device.forked {
        html.raw(" <span class=\"fate block\">⑂ two histories</span>");
    }
    if device.begins_late {
        html.raw(" <span class=\"fate degraded\">◌ its beginning is missing</span>");
    }
}

fn button(html: &mut Html, id: &str, act: &'static str, word: &'static str) {
    html.raw("<form method=\"post\"").attribute("action", &format!("/devices/{id}/{act}")).raw("><button");
    html.raw(if act == "revoke" { " class=\"danger\" data-sure=\"Take no more records of this device?\"" } else { "" });
    html.raw(">").raw(word).raw("</button></form>");
}

async fn change(app: Arc<App>, person: &Person, id: &str, standing: Standing) -> Response {
    let Ok(device) = id.parse::<Uuid>() else { return missing(Some(person)) };
    let changed = tokio::task::spawn_blocking(move || lock(&app.control).set_standing(device, standing)).await;
    match changed {
        Ok(Ok(true)) => {
            tracing::info!(who = person.name, %device, ?standing, "a device's standing is changed");
            Redirect::to("/devices").into_response()
        }
        Ok(Ok(false)) => missing(Some(person)),
        Ok(Err(error)) => trouble(person, &error.into()),
        Err(_) => trouble(person, &crate::console::Unanswered::Fault),
    }
}

pub(crate) async fn approve(
    State(app): State<Arc<App>>,
    Extension(person): Extension<Person>,
    Path(id): Path<String>,
) -> Response {
    change(app, &person, &id, Standing::Approved).await
}

pub(crate) async fn revoke(
    State(app): State<Arc<App>>,
    Extension(person): Extension<Person>,
    Path(id): Path<String>,
) -> Response {
    change(app, &person, &id, Standing::Revoked).await
}
