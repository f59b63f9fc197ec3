//! Every address × everyone who could call it, against a table that was looked at.

mod logs;

use super::routes::{router, routes};
use super::*;
use crate::identity::secret;
use crate::serve::Data;
use crate::serve::connections::Peer;
use crate::store::people::{People as _, Person, Role};
use axum::Router;
use axum::body::to_bytes;
use axum::http::Method;
use chain::DeviceKey;
use hyper::service::Service as _;
use hyper_util::service::TowerToHyperService;
use platform::clock::SystemClock;
use std::fmt::Write as _;
use tempfile::TempDir;

struct Console {
    router: Router,
    app: Arc<App>,
    _folder: TempDir,
}

impl Console {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let data = Data::at(&folder.path().join("data")).unwrap();
        let (jobs, _waiting) = std::sync::mpsc::sync_channel(1);
        drop(data.records().unwrap());
        let readers = Readers::open(|| data.records_to_read()).unwrap();
        let identity = Arc::new(data.identity().unwrap());
        let clock = Box::new(SystemClock::new());
        let app = App::new(identity, Arc::default(), clock, jobs, data.control().unwrap(), readers);
        let app = Arc::new(app);
        Self { router: router(Arc::clone(&app)), app, _folder: folder }
    }

    /// The cookie of a session of somebody new.
    fn session(&self, name: &str, role: Role, lasts_ms: i64) -> String {
        let (key, session) = (secret().unwrap(), secret().unwrap());
        let now = self.app.now_ms();
        let person = Person { name: name.to_owned(), role };
        let mut control = lock(&self.app.control);
        assert!(control.add_person(&person, &secret_digest(&key), now).unwrap());
        let until = now.checked_add_signed(lasts_ms).unwrap();
        control.sign_in(&secret_digest(&key), &secret_digest(&session), now, until).unwrap().unwrap();
        format!("taffrail={session}")
    }

    async fn ask(&self, method: &str, path: &str, headers: &[(&str, &str)], body: &str) -> Response {
        let mut request = Request::builder().method(method).uri(path).header("host", "console.test");
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let request = request.body(Body::from(body.to_owned())).unwrap();
        TowerToHyperService::new(self.router.clone()).call(request).await.unwrap()
    }
}

async fn text(response: Response) -> String {
    String::from_utf8(to_bytes(response.into_body(), 1 << 20).await.unwrap().to_vec()).unwrap()
}

const OURS: (&str, &str) = ("origin", "http://console.test");

#[tokio::test]
async fn every_address_lets_in_those_of_the_matrix_and_nobody_else() {
    let console = Console::new();
    let expired = console.session("eve", Role::Admin, -1);
    let key = DeviceKey::from_seed(&[7; 32]).public().to_hex();
    let forged = format!("taffrail={}", "0".repeat(64));
    let mut found =
        String::from("# route | nobody | device key | forged | expired | viewer | admin | viewer from elsewhere\n");
    for route in routes() {
        // New ones for each: one of the addresses signs out.
        let who = format!("{} {}", route.method, route.path);
        let viewer = console.session(&format!("vera, {who}"), Role::Viewer, 1_000_000);
        let admin = console.session(&format!("ada, {who}"), Role::Admin, 1_000_000);
        let path = route.path.replace("{link}", "x").replace("{chain}", "a").replace("{branch}", "0");
        let path = path.replace("{seq}", "1").replace("{id}", "b");
        let who: [Vec<(&str, &str)>; 7] = [
            vec![OURS],
            vec![OURS, ("taffrail-device", &key), ("authorization", &key)],
            vec![OURS, ("cookie", &forged)],
            vec![OURS, ("cookie", &expired)],
            vec![OURS, ("cookie", &viewer)],
            vec![OURS, ("cookie", &admin)],
            vec![("origin", "https://evil.test"), ("sec-fetch-site", "cross-site"), ("cookie", &viewer)],
        ];
        write!(found, "{} {}", route.method, route.path).unwrap();
        for headers in who {
            let response = console.ask(route.method, &path, &headers, "").await;
            let to = response.headers().get("location").map(|to| format!(">{}", to.to_str().unwrap()));
            write!(found, " | {}{}", response.status().as_u16(), to.unwrap_or_default()).unwrap();
            let policy = response.headers()["content-security-policy"].to_str().unwrap();
            assert!(policy.starts_with("default-src 'none'") && !policy.contains("unsafe"), "{}", route.path);
            assert_eq!(response.headers()["x-content-type-options"], "nosniff");
        }
        found.push('\n');
    }
    let known = include_str!("matrix.txt");
    assert!(found == known, "the matrix has changed; look at each line:\n{found}");
}

#[tokio::test]
async fn other_methods_and_other_spellings_of_an_address_open_nothing() {
    let console = Console::new();
    for method in [Method::PUT, Method::DELETE, Method::PATCH, Method::OPTIONS, Method::TRACE] {
        for route in routes() {
            let path = route.path.replace(['{', '}'], "x");
            let status = console.ask(method.as_str(), &path, &[OURS], "").await.status();
            assert!(matches!(status.as_u16(), 401 | 404 | 405), "{method} {path}: {status}");
        }
    }
    for path in
        ["//live", "/live/", "/LIVE", "/./live", "/assets/../live", "/assets/%2e%2e/live", "/api/v1", "/%2flive"]
    {
        let response = console.ask("GET", path, &[], "").await;
        assert!(response.status() == 404, "{path}: {}", response.status());
        assert!(!text(response).await.contains("<table"), "{path}");
    }
    let long = format!("/live?q={}", "a".repeat(5000));
    assert_eq!(console.ask("GET", &long, &[], "").await.status(), 414);
    let head = console.ask("HEAD", "/live", &[], "").await;
    assert_eq!(head.status(), 401, "no page, no answer");
}

#[tokio::test]
async fn a_key_signs_in_again_and_again_a_link_once_and_both_lead_to_a_page_of_ours() {
    let console = Console::new();
    let (key, link) = (secret().unwrap(), secret().unwrap());
    let now = console.app.now_ms();
    {
        let mut control = lock(&console.app.control);
        let person = Person { name: "ana".to_owned(), role: Role::Viewer };
        control.add_person(&person, &secret_digest(&key), now).unwrap();
        assert!(control.add_link("ana", &secret_digest(&link), now + 60_000).unwrap());
        assert!(!control.add_link("nobody", &secret_digest("x"), now + 60_000).unwrap());
        let over = secret_digest("over");
        assert!(control.add_link("ana", &over, now).unwrap());
    }
    let sign_in = async |by: &str, next: &str, headers: &[(&str, &str)]| {
        console.ask("POST", "/in", headers, &format!("key={by}&next={next}")).await
    };
    assert_eq!(console.ask("GET", &format!("/in/{link}"), &[], "").await.status(), 200, "looking uses nothing up");
    for (by, status) in [(&*key, 303), (&*key, 303), (&*link, 303), (&*link, 403), ("over", 403), ("", 403)] {
        assert_eq!(sign_in(by, "", &[OURS]).await.status(), status, "{by}");
    }
    let signed = sign_in(&key, "%2Flive%3Fq%3Da", &[OURS]).await;
    assert_eq!(signed.headers()["location"], "/live?q=a");
    let cookie = signed.headers()["set-cookie"].to_str().unwrap().to_owned();
    assert!(cookie.contains("; HttpOnly; SameSite=Strict; Max-Age=43200"), "{cookie}");
    for next in ["%2F%2Fevil.test", "https%3A%2F%2Fevil.test", "%2Fa%0D%0Aset-cookie%3A%20x%3D1"] {
        let response = sign_in(&key, next, &[OURS]).await;
        assert_eq!(response.headers()["location"], "/", "{next}");
        assert_eq!(response.headers().get_all("set-cookie").iter().count(), 1);
    }
    for foreign in [
        &[][..],
        &[("origin", "null")],
        &[("origin", "http://evil.test")],
        &[("origin", "http://console.test"), ("sec-fetch-site", "same-site")],
    ] {
        assert_eq!(sign_in(&key, "", foreign).await.status(), 403, "{foreign:?}");
    }
    // Signing out ends the session, not only the cookie.
    let session = cookie.split(';').next().unwrap();
    assert_eq!(console.ask("GET", "/live", &[("cookie", session)], "").await.status(), 200);
    assert_eq!(console.ask("POST", "/out", &[OURS, ("cookie", session)], "").await.status(), 303);
    assert_eq!(console.ask("GET", "/live", &[("cookie", session)], "").await.status(), 303);
}

#[tokio::test]
async fn whoever_guesses_is_made_to_wait_and_neither_others_nor_who_has_a_key() {
    let console = Console::new();
    let key = secret().unwrap();
    let person = Person { name: "ana".to_owned(), role: Role::Viewer };
    lock(&console.app.control).add_person(&person, &secret_digest(&key), console.app.now_ms()).unwrap();
    let attempt = async |address: &str, key: &str| {
        let mut request = Request::builder().method("POST").uri("/in").header("host", "console.test");
        request = request.header(OURS.0, OURS.1).extension(Peer { address: address.parse().unwrap(), encrypted: true });
        let request = request.body(Body::from(format!("key={key}"))).unwrap();
        TowerToHyperService::new(console.router.clone()).call(request).await.unwrap().status().as_u16()
    };
    for _ in 0..10 {
        assert_eq!(attempt("192.0.2.7", "guess").await, 403);
    }
    assert_eq!((attempt("192.0.2.7", "guess").await, attempt("192.0.2.8", "guess").await), (429, 403));
    assert_eq!(attempt("192.0.2.7", &key).await, 303, "of the same address, with a key");
}

#[tokio::test]
async fn who_is_removed_is_out_at_once_and_a_session_goes_over_plain_http_or_tls_and_not_both() {
    let console = Console::new();
    let cookie = console.session("ana", Role::Viewer, 1_000_000);
    let ask = async |encrypted: bool| {
        let peer = Peer { address: "127.0.0.1".parse().unwrap(), encrypted };
        let request = Request::builder().uri("/live").header("cookie", &cookie).extension(peer).body(Body::empty());
        TowerToHyperService::new(console.router.clone()).call(request.unwrap()).await.unwrap().status().as_u16()
    };
    assert_eq!((ask(false).await, ask(true).await), (200, 303));
    assert!(lock(&console.app.control).remove_person("ana").unwrap());
    assert_eq!(ask(false).await, 303);
}

#[tokio::test]
async fn a_link_from_elsewhere_leads_in_by_one_step_and_the_step_is_inert() {
    let console = Console::new();
    let from = [("sec-fetch-site", "cross-site")];
    let step = console.ask("GET", "/live?q=%22%3E%3Cscript%3E&fate=x;url=//evil", &from, "").await;
    assert_eq!(step.status(), 200);
    let page = text(step).await;
    assert!(page.contains("http-equiv=\"refresh\"") && !page.contains("<script"), "{page}");
}
