//! A real Chromium, told what to do over its debugging pipe.

use anyhow::{Context as _, Result, bail, ensure};
use serde_json::{Value, json};
use std::io::{Read as _, Write as _};
use std::path::Path;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};
use test_support::{Home, parts};

const PATIENCE: Duration = Duration::from_mins(1);

pub(super) struct Browser {
    child: Child,
    to: ChildStdin,
    from: Receiver<Value>,
    session: String,
    next: u64,
    /// What happened beside the answers.
    events: Vec<Value>,
}

impl Browser {
    /// Starts it with a profile in the home, and opens one page.
    pub(super) fn start(home: &Home) -> Result<Self> {
        // The pipe is on the descriptors 3 and 4; a shell can put it there. Only pages of these tests are shown, and an
        // ordinary account may not be allowed to set up a sandbox.
        let mut command = Command::new("sh");
        command.args(["-c", "exec chromium \"$@\" 3<&0 4>&1 </dev/null >/dev/null", "sh"]);
        command.args(["--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run"]);
        command.args(["--disable-background-networking", "--disable-component-update", "--disable-sync"]);
        command.args(["--hide-scrollbars", "--remote-debugging-pipe", "--force-prefers-reduced-motion"]);
        command.arg(format!("--user-data-dir={}", home.root().join("chromium").display())).arg("about:blank");
        // Its socket lies in there, and a socket's path is short.
        command
            .env("HOME", home.home())
            .env("TMPDIR", "/tmp")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null());
        let mut child = command.spawn().context("start chromium (package chromium)")?;
        parts::used("chromium", "debian");
        let (to, mut out) = (child.stdin.take().context("a pipe")?, child.stdout.take().context("a pipe")?);
        let (sender, from) = channel();
        std::thread::spawn(move || {
            let (mut kept, mut step) = (Vec::new(), vec![0; 1 << 16]);
            while let Ok(read @ 1..) = out.read(&mut step) {
                kept.extend_from_slice(step.get(..read).unwrap_or_default());
                while let Some(end) = kept.iter().position(|byte| *byte == 0) {
                    let message: Vec<u8> = kept.drain(..=end).collect();
                    let value = message.split_last().and_then(|(_, json)| serde_json::from_slice(json).ok());
                    if value.is_none_or(|value| sender.send(value).is_err()) {
                        return;
                    }
                }
            }
        });
        let mut browser = Self { child, to, from, session: String::new(), next: 0, events: Vec::new() };
        let made = browser.call("Target.createTarget", &json!({ "url": "about:blank" }))?;
        let attach = json!({ "targetId": made["targetId"], "flatten": true });
        let attached = browser.call("Target.attachToTarget", &attach)?;
        attached["sessionId"].as_str().context("a session")?.clone_into(&mut browser.session);
        for domain in ["Page", "Runtime", "Log", "Network"] {
            browser.call(&format!("{domain}.enable"), &json!({}))?;
        }
        Ok(browser)
    }

    pub(super) fn call(&mut self, method: &str, params: &Value) -> Result<Value> {
        self.next += 1;
        let id = self.next;
        let mut message = json!({ "id": id, "method": method, "params": params });
        if !self.session.is_empty() {
            message["sessionId"] = json!(self.session);
        }
        self.to.write_all(message.to_string().as_bytes())?;
        self.to.write_all(&[0])?;
        self.to.flush()?;
        let end = Instant::now() + PATIENCE;
        loop {
            let left = end.saturating_duration_since(Instant::now());
            let answer = self.from.recv_timeout(left).with_context(|| format!("no answer to {method}"))?;
            if answer["id"] == json!(id) {
                ensure!(answer["error"].is_null(), "{method}: {}", answer["error"]);
                return Ok(answer["result"].clone());
            }
            self.events.push(answer);
        }
    }

    /// The value of an expression, waited for if it is a promise.
    pub(super) fn eval(&mut self, expression: &str) -> Result<Value> {
        let params = json!({ "expression": expression, "returnByValue": true, "awaitPromise": true });
        let answer = self.call("Runtime.evaluate", &params)?;
        ensure!(answer["exceptionDetails"].is_null(), "{expression}: {answer}");
        Ok(answer["result"]["value"].clone())
    }

    /// Waits until an expression is true.
    pub(super) fn wait(&mut self, expression: &str) -> Result<()> {
        let end = Instant::now() + PATIENCE;
        loop {
            // Between two pages there is nothing that could answer.
            if self.eval(expression).is_ok_and(|value| value == json!(true)) {
                return Ok(());
            }
            if Instant::now() > end {
                bail!("in vain: {expression}; the page: {}", self.eval("document.body.innerText")?);
            }
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    /// Goes to an address and waits until it is there.
    pub(super) fn go(&mut self, url: &str) -> Result<()> {
        self.eval("window.old = true")?;
        self.call("Page.navigate", &json!({ "url": url }))?;
        self.wait("window.old === undefined && document.readyState === 'complete'")
    }

    pub(super) fn size(&mut self, width: u32, scheme: &str) -> Result<()> {
        let size = json!({ "width": width, "height": 800, "deviceScaleFactor": 1, "mobile": false });
        self.call("Emulation.setDeviceMetricsOverride", &size)?;
        let media = json!({ "features": [{ "name": "prefers-color-scheme", "value": scheme }] });
        self.call("Emulation.setEmulatedMedia", &media).map(drop)
    }

    /// One key, as typed.
    pub(super) fn key(&mut self, key: &str) -> Result<()> {
        let (text, code) = if key == "Enter" { ("\r", 13) } else { (key, 0) };
        let down = json!({ "type": "keyDown", "key": key, "text": text, "windowsVirtualKeyCode": code });
        self.call("Input.dispatchKeyEvent", &down)?;
        self.call("Input.dispatchKeyEvent", &json!({ "type": "keyUp", "key": key })).map(drop)
    }

    /// Everything a page complained of, and every address that is not of this origin, since the last time.
    pub(super) fn complaints(&mut self, origin: &str) -> Vec<String> {
        let complaint = |event: Value| {
            let params = &event["params"];
            match event["method"].as_str()? {
                "Runtime.exceptionThrown" | "Page.javascriptDialogOpening" => Some(params.to_string()),
                "Runtime.consoleAPICalled" if params["type"] == "error" => Some(params.to_string()),
                "Log.entryAdded" if params["entry"]["level"] == "error" => Some(params.to_string()),
                "Network.requestWillBeSent" => {
                    let url = params["request"]["url"].as_str()?;
                    (!url.starts_with(origin)).then(|| format!("asked for {url}"))
                }
                _ => None,
            }
        };
        self.events.drain(..).filter_map(complaint).collect()
    }

    /// Keeps what is to be seen, the whole page long, as a PNG.
    pub(super) fn picture(&mut self, path: &Path) -> Result<()> {
        let shot = self.call("Page.captureScreenshot", &json!({ "captureBeyondViewport": true }))?;
        let text = shot["data"].as_str().context("a picture")?;
        let file = std::fs::File::create(path)?;
        let mut decode = Command::new("base64").arg("-d").stdin(Stdio::piped()).stdout(file).spawn()?;
        decode.stdin.take().context("a pipe")?.write_all(text.as_bytes())?;
        ensure!(decode.wait()?.success(), "base64 failed");
        Ok(())
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        // Asked to end, it takes its other processes along, which would write into the home that is about to go.
        self.session.clear();
        let closed = self.call("Browser.close", &json!({})).is_ok();
        let end = Instant::now() + Duration::from_secs(10);
        while closed && Instant::now() < end && matches!(self.child.try_wait(), Ok(None)) {
            std::thread::sleep(Duration::from_millis(20));
        }
        self.child.kill().and_then(|()| self.child.wait()).ok();
    }
}
