//! Every screen, light and dark, from a telephone to a wide desk: nothing overflows, nothing is asked of
//! others, axe-core finds nothing, and pictures are left to look at.

use crate::browser::with_browser;
use crate::common::skipped;
use crate::server::{Server, samples};

/// Screens by the names of their pictures.
const SCREENS: [(&str, &str); 9] = [
    ("overview", "/"),
    ("review", "/review"),
    ("splits", "/review?queue=splits"),
    ("reading", "/review?queue=articles"),
    ("names", "/names?label=ORG"),
    ("articles", "/articles"),
    ("rules", "/rules"),
    ("quality", "/quality"),
    ("export", "/export"),
];

/// Some decisions, so that lists are not empty.
fn decided(server: &Server) {
    let queue = server.get("/api/queue?kind=unsure").json();
    for (i, line) in queue["lines"].as_array().expect("a list").iter().take(7).enumerate() {
        let label = if i % 3 == 1 { serde_json::Value::Null } else { line["label"].clone() };
        let body = serde_json::json!({"decisions": [{"op": "mention", "article": line["article"], "key": line["number"].to_string(),
            "say": {"label": label}, "queue": "unsure", "ms": 1800}]});
        assert_eq!(server.post("/api/verdicts", &body).status, 200);
    }
    let splits = server.get("/api/queue?kind=splits").json();
    let group = &splits["lines"][1]["group"];
    let rule =
        serde_json::json!({"words": group["words"], "label": group["names"][0]["label"], "why": "it is the agency"});
    assert_eq!(
        server.post("/api/verdicts", &serde_json::json!({"decisions": [{"op": "rule", "rule": rule}]})).status,
        200
    );
    assert_eq!(server.post("/api/sample", &serde_json::json!({"of": "mentions", "size": 40})).status, 200);
}

#[test]
fn every_screen_is_whole_in_both_themes() {
    with_browser(|browser| {
        let dir = samples();
        let server = Server::start(&dir, "--analyst ana");
        decided(&server);
        let mut wrong = Vec::new();
        let mut has_axe = true;
        for theme in ["light", "dark"] {
            for (name, screen) in SCREENS {
                browser.size(1440, 900);
                browser.open(&server, screen);
                browser.run(&format!("document.documentElement.dataset.theme = '{theme}'; localStorage.setItem('dateline-theme', '{theme}')"));
                std::thread::sleep(std::time::Duration::from_millis(200));
                browser.picture(&format!("{name}-{theme}"));
                match browser.axe() {
                    Some(found) => wrong.extend(found.into_iter().map(|found| format!("{name} {theme}: {found}"))),
                    None => has_axe = false,
                }
                for complaint in browser.complaints() {
                    wrong.push(format!("{name} {theme}: {complaint}"));
                }
                let origin = format!("http://127.0.0.1:{}/", server.port);
                for asked in browser.asked() {
                    if !asked.starts_with(&origin) {
                        wrong.push(format!("{name}: asks {asked}"));
                    }
                }
            }
        }
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
        if !has_axe {
            skipped("DATELINE_AXE does not say where axe-core is");
        }
    });
}

#[test]
fn nothing_overflows_from_320_to_1920_pixels() {
    with_browser(|browser| {
        let dir = samples();
        let server = Server::start(&dir, "--analyst ana");
        decided(&server);
        let mut wrong = Vec::new();
        for (name, screen) in SCREENS {
            for width in [320, 480, 768, 1024, 1280, 1920] {
                browser.size(width, 900);
                browser.open(&server, screen);
                let found = browser.run(
                    "const wide = document.documentElement.clientWidth;
                     if (document.documentElement.scrollWidth <= wide) return '';
                     return [...document.querySelectorAll('body *')].filter((e) => e.getBoundingClientRect().right > wide + 1 && !e.closest('.scrollx,nav,pre,.conc')).slice(0, 4)
                       .map((e) => `${e.tagName}.${e.className} ${Math.round(e.getBoundingClientRect().right)}`).join(', ')
                       || [...document.querySelectorAll('body *')].filter((e) => getComputedStyle(e).position === 'absolute' && e.getBoundingClientRect().right > wide + 1).slice(0, 4)
                       .map((e) => `${e.tagName}.${e.className} in ${e.parentElement.tagName}.${e.parentElement.className}`).join(', ') || 'something'",
                );
                if found != "" {
                    wrong.push(format!("{name} at {width}: {found}"));
                }
                if width == 320 {
                    browser.picture(&format!("{name}-phone"));
                }
                let small = browser.run(
                    "return [...document.querySelectorAll('button,select,input:not([type=radio],[type=checkbox])')].filter((e) => { const r = e.getBoundingClientRect(); return r.width && r.height && r.height < 23.5 })
                       .slice(0, 3).map((e) => `${e.className} ${e.textContent.slice(0, 20)} ${e.getBoundingClientRect().height}`).join(', ')",
                );
                if small != "" {
                    wrong.push(format!("{name} at {width}: too small: {small}"));
                }
            }
        }
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    });
}

#[test]
fn the_page_can_be_heard() {
    with_browser(|browser| {
        let dir = samples();
        let server = Server::start(&dir, "--analyst ana");
        browser.open(&server, "/review");
        // One stop for the tab key in the article, and it is the mention at hand.
        assert_eq!(browser.run("return document.querySelectorAll('#article mark[tabindex=\"0\"]').length"), 1);
        assert_eq!(browser.run("return document.activeElement.matches('mark.here')"), true, "it has the focus");
        let heard = browser.text("mark.here");
        assert!(heard.contains(", unsure)"), "{heard}");
        browser.press(&["a"]);
        browser.wait("return document.getElementById('say').textContent.includes('next:')");
        assert_eq!(browser.run("return document.activeElement.matches('mark.here')"), true, "the focus goes on");
        let asked = browser.run(
            "return document.querySelectorAll('main').length === 1 && document.querySelector('html').lang === 'en'",
        );
        assert_eq!(asked, true);
    });
}

#[test]
fn a_page_from_disk_needs_no_server() {
    with_browser(|browser| {
        let dir = samples();
        let server = Server::start(&dir, "--analyst ana");
        let page = server.get("/api/export?format=page").body;
        drop(server);
        dir.write("page.html", page);
        browser.size(1440, 900);
        browser.goto(&format!("file://{}", dir.path("page.html").display()));
        browser.wait("return document.querySelector('.names li')");
        assert!(browser.text("h1").contains("articles"), "{}", browser.text("h1"));
        browser.picture("page-from-disk");
        assert_eq!(browser.complaints(), Vec::<String>::new());
        assert!(browser.asked().iter().all(|asked| asked.starts_with("data:") || asked.starts_with("file:")));
    });
}

#[test]
fn a_search_leads_to_names_and_articles() {
    with_browser(|browser| {
        let dir = samples();
        let server = Server::start(&dir, "--analyst ana");
        browser.open(&server, "/");
        browser.press(&["/", "h", "e", "l", "s"]);
        browser.wait("return document.querySelector('#found:not([hidden]) a')");
        assert!(browser.text("#found").contains("Helsinki"));
        browser.press(&["Enter"]);
        browser.wait("return document.title.startsWith('Articles')");
        browser.click(".facet a");
        browser.wait("return document.querySelector('.chosen')");
        browser.click(".arts a.t");
        browser.wait("return document.title.startsWith('Review') && document.querySelector('#article p')");
        assert_eq!(browser.complaints(), Vec::<String>::new());
    });
}
