//! Debian's chromium, driven by chromedriver.

use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use fantoccini::actions::{InputSource as _, KeyAction, KeyActions};
use fantoccini::wd::WebDriverCompatibleCommand;
use fantoccini::{Client, ClientBuilder};
use hyper_util::client::legacy::connect::HttpConnector;
use serde_json::{Value, json};
use tokio::runtime::Runtime;

use crate::common::{checkout, skipped};
use crate::server::Server;

/// A browser with one page.
pub struct Browser {
    runtime: Runtime,
    client: Client,
    driver: Child,
}

/// Tests that need a browser do not all start one at a time on two cores.
static AT_A_TIME: std::sync::Mutex<()> = std::sync::Mutex::new(());

/// Calls `test` with a browser; without one the test counts as skipped.
pub fn with_browser(test: impl FnOnce(&Browser)) {
    let _one = AT_A_TIME.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    let (Some(chromium), Some(driver)) = (found("chromium"), found("chromedriver")) else {
        return skipped("chromium and chromedriver are not installed");
    };
    let browser = Browser::start(&chromium, &driver);
    test(&browser);
    browser.end();
}

fn found(program: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path).map(|dir| dir.join(program)).find(|file| file.is_file())
}

/// A command that WebDriver itself does not have.
#[derive(Debug)]
struct Own(&'static str, Value);

impl WebDriverCompatibleCommand for Own {
    fn endpoint(&self, base: &url::Url, session: Option<&str>) -> Result<url::Url, url::ParseError> {
        base.join(&format!("session/{}/{}", session.unwrap_or_default(), self.0))
    }

    fn method_and_body(&self, _: &url::Url) -> (http::Method, Option<String>) {
        (http::Method::POST, Some(self.1.to_string()))
    }
}

impl Browser {
    fn start(chromium: &Path, driver: &Path) -> Self {
        let mut driver = Command::new(driver)
            .args(["--port=0", "--log-level=SEVERE"])
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("chromedriver starts");
        let mut lines = BufReader::new(driver.stdout.take().expect("it is piped")).lines();
        let port = lines.by_ref().map_while(Result::ok).find_map(|line| {
            let port = line.split("on port ").nth(1).filter(|_| line.contains("successfully"))?;
            port.trim_end_matches('.').parse::<u16>().ok()
        });
        let port = port.expect("chromedriver says its port");
        // It must be able to go on saying things.
        std::thread::spawn(move || lines.map_while(Result::ok).for_each(drop));
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        let capabilities = json!({
            "goog:chromeOptions": {
                "binary": chromium,
                "args": ["--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--lang=en",
                    "--window-size=1440,900", "--force-color-profile=srgb", "--hide-scrollbars", "--no-first-run",
                    "--disable-background-networking", "--disable-component-update", "--disable-sync"],
            },
            "goog:loggingPrefs": {"browser": "ALL"},
        });
        let Value::Object(capabilities) = capabilities else { unreachable!("it is an object") };
        let client = runtime.block_on(async {
            let mut builder = ClientBuilder::new(HttpConnector::new());
            builder.capabilities(capabilities);
            builder.connect(&format!("http://127.0.0.1:{port}")).await
        });
        Self { client: client.expect("a session"), runtime, driver }
    }

    fn end(mut self) {
        let _ = self.runtime.block_on(self.client.clone().close());
        let _ = self.driver.kill();
        let _ = self.driver.wait();
    }

    /// Opens the page of `server` at `screen`, and waits until it is there.
    pub fn open(&self, server: &Server, screen: &str) {
        let address = format!("{}#{screen}", server.address());
        // The same page with another fragment would not be loaded again.
        self.goto("about:blank");
        self.goto(&address);
        self.settled();
    }

    pub fn goto(&self, address: &str) {
        self.runtime.block_on(self.client.goto(address)).expect("it opens");
    }

    /// Waits until a screen is shown.
    pub fn settled(&self) {
        self.wait("return document.getElementById('main') && document.querySelector('#screen:not([aria-busy])') != null && document.title !== 'dateline review'");
    }

    /// What a script returns.
    pub fn run(&self, script: &str) -> Value {
        let ran = self.runtime.block_on(self.client.execute(script, Vec::new()));
        ran.unwrap_or_else(|error| panic!("{script}: {error}"))
    }

    /// What a script gives to `arguments[0]`.
    pub fn run_async(&self, script: &str) -> Value {
        self.runtime.block_on(self.client.execute_async(script, Vec::new())).unwrap_or_else(|error| panic!("{error}"))
    }

    pub fn text(&self, selector: &str) -> String {
        let script = format!("return document.querySelector({})?.textContent ?? ''", json!(selector));
        self.run(&script).as_str().unwrap_or_default().to_owned()
    }

    /// Waits until a script returns something true.
    pub fn wait(&self, script: &str) {
        let begun = Instant::now();
        loop {
            let found = self.run(script);
            if found != Value::Null && found != Value::Bool(false) {
                return;
            }
            if begun.elapsed() > Duration::from_secs(20) {
                let shown = self.text("body");
                let log = self.complaints();
                panic!(
                    "{script}\nstays {found}; the page says {}\n{log:?}",
                    shown.chars().take(800).collect::<String>()
                );
            }
            std::thread::sleep(Duration::from_millis(25));
        }
    }

    /// Presses keys, one after the other: `a`, `Shift+Enter`, `Ctrl+z`.
    pub fn press(&self, keys: &[&str]) {
        for key in keys {
            let codes: Vec<char> = key.split('+').filter(|name| !name.is_empty()).map(code).collect();
            let mut actions = KeyActions::new("keys".to_owned());
            for &value in &codes {
                actions = actions.then(KeyAction::Down { value });
            }
            for &value in codes.iter().rev() {
                actions = actions.then(KeyAction::Up { value });
            }
            self.runtime
                .block_on(self.client.perform_actions(actions))
                .unwrap_or_else(|error| panic!("{key}: {error}"));
        }
    }

    pub fn click(&self, selector: &str) {
        let script = format!(
            "const it = document.querySelector({}); if (!it) return false; it.click(); return true",
            json!(selector)
        );
        assert_eq!(self.run(&script), true, "{selector} is there");
    }

    /// So many CSS pixels, as on a telephone where they are few.
    pub fn size(&self, width: u32, height: u32) {
        let parameters = json!({"width": width, "height": height, "deviceScaleFactor": 1, "mobile": false});
        self.own("goog/cdp/execute", json!({"cmd": "Emulation.setDeviceMetricsOverride", "params": parameters}));
    }

    fn own(&self, path: &'static str, body: Value) -> Value {
        self.runtime.block_on(self.client.issue_cmd(Own(path, body))).unwrap_or_else(|error| panic!("{path}: {error}"))
    }

    /// What the browser has complained of since the last look: policy, exceptions, failed requests.
    pub fn complaints(&self) -> Vec<String> {
        let log = self.own("se/log", json!({"type": "browser"}));
        let lines = log.as_array().cloned().unwrap_or_default();
        let severe = lines.iter().filter(|line| line["level"] == "SEVERE" || line["level"] == "WARNING");
        severe.map(|line| line["message"].as_str().unwrap_or_default().to_owned()).collect()
    }

    /// Addresses that the page has asked for.
    pub fn asked(&self) -> Vec<String> {
        let asked = self.run("return performance.getEntriesByType('resource').map((entry) => entry.name)");
        asked.as_array().into_iter().flatten().filter_map(|name| Some(name.as_str()?.to_owned())).collect()
    }

    /// Leaves a picture in `target/review-shots`.
    pub fn picture(&self, name: &str) {
        let dir = checkout("target/review-shots");
        std::fs::create_dir_all(&dir).expect("target is ours");
        let picture = self.runtime.block_on(self.client.screenshot()).expect("a picture");
        std::fs::write(dir.join(format!("{name}.png")), picture).expect("target is ours");
    }

    /// What axe-core finds wrong; none if there is no axe-core.
    pub fn axe(&self) -> Option<Vec<String>> {
        let source = std::fs::read_to_string(std::env::var_os("DATELINE_AXE")?).expect("DATELINE_AXE names a file");
        self.run(&format!("if (!window.axe) {{ {source} }} return true"));
        let found = self.run_async(
            "const done = arguments[arguments.length - 1];
             axe.run(document, {resultTypes: ['violations'], runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']})
               .then((r) => done(r.violations.map((v) => `${v.id}: ${v.help}: ${v.nodes.slice(0, 3).map((n) => n.html.slice(0, 160) + ' ' + n.failureSummary.slice(0, 200)).join(' | ')}`)), (e) => done([String(e)]))",
        );
        Some(found.as_array().into_iter().flatten().filter_map(|line| Some(line.as_str()?.to_owned())).collect())
    }
}

fn code(name: &str) -> char {
    match name {
        "Enter" => '\u{e007}',
        "Shift" => '\u{e008}',
        "Ctrl" => '\u{e009}',
        "Alt" => '\u{e00a}',
        "Escape" => '\u{e00c}',
        "Space" => ' ',
        "Backspace" => '\u{e003}',
        "Left" => '\u{e012}',
        "Up" => '\u{e013}',
        "Right" => '\u{e014}',
        "Down" => '\u{e015}',
        "Tab" => '\u{e004}',
        other => other.chars().next().expect("a key"),
    }
}
