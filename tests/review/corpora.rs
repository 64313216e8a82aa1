//! What articles may hold, and the page must not obey.

use serde_json::{Value, json};

use crate::browser::with_browser;
use crate::common::Dir;
use crate::server::Server;

/// A record with one mention of `name` at the start of its text.
fn record(id: Option<&str>, title: &str, name: &str, text: &str) -> String {
    let text = format!("{name}{text}");
    let mut record = json!({
        "title": title, "text": text, "source": "</script><script>alert(1)</script>", "url": "javascript:alert(1)",
        "mentions": [{"start": 0, "end": name.chars().count(), "label": "PER", "text": name, "score": 0.4, "field": "text",
            "zone": "body", "sentence": 1, "entity": 0}],
        "entities": [{"id": 0, "label": "PER", "name": name, "aliases": [], "mentions": [0], "salience": 1.0}],
        "coverage": {"chars": title.chars().count() + text.chars().count(), "read": 9, "windows": 1}, "warnings": ["<b>odd</b>"],
        "tagger": {"version": "1", "model": "m@sha256:0", "recipe": "r"},
    });
    if let Some(id) = id {
        record["id"] = json!(id);
    }
    record.to_string()
}

fn hostile() -> Dir {
    let dir = Dir::new();
    let markup = "</script><img src=x onerror=\"document.title='hit'\">";
    let long = "Bonn ".repeat(200_000);
    let records = [
        record(Some(markup), markup, markup, " spoke."),
        record(Some("same"), "One", "Ana Lind", " left Bonn."),
        record(Some("same"), "Two", "Ana\u{202e}dniL", " left Bonn."),
        record(None, "", "Ana Lind", " came back."),
        record(None, "NUL", "Bo\u{0}b", " was\u{0} here."),
        record(Some("../../etc/passwd"), "Path", "🌋🇫🇮👩‍👩‍👧", " 🎉 and 🎉."),
        record(Some("rtl"), "عنوان", "محمد علي", " زار Paris أمس."),
        record(Some("long"), "Long", "Bonn", &format!(" {long}")),
        record(Some("=1+1"), "=HYPERLINK(\"x\")", "=cmd", " said."),
    ];
    dir.write("out.jsonl", records.join("\n") + "\n");
    dir
}

#[test]
fn hostile_articles_are_text_and_nothing_else() {
    with_browser(|browser| {
        let dir = hostile();
        let server = Server::start(&dir, "--analyst ana");
        let articles = server.get("/api/articles").json();
        let rows: Vec<u64> =
            articles["articles"].as_array().expect("a list").iter().filter_map(|a| a["article"].as_u64()).collect();
        assert_eq!(rows.len(), 9);
        for row in rows {
            let article = server.get(&format!("/api/article/{row}")).json();
            assert_eq!(article["url"], Value::Null, "only http and https are links");
            let begun = std::time::Instant::now();
            browser.open(&server, &format!("/review?queue=articles&at={row}"));
            browser.wait("return document.querySelector('#article mark')");
            assert!(begun.elapsed().as_secs() < 20, "{row}");
            // Every character of the text is on the page, in its order.
            for field in article["fields"].as_array().expect("a list") {
                let wanted: String = field["text"].as_str().expect("text").split_whitespace().collect();
                let shown = browser.run(
                    "const copy = document.getElementById('article').cloneNode(true);
                     for (const extra of copy.querySelectorAll('.vh,.z,.meta,.topics,.note')) extra.remove();
                     return copy.textContent.replace(/[\\s\\u0085]+/gu, '')",
                );
                let shown = shown.as_str().expect("text");
                let is_headless = field["name"] == "title" && wanted.is_empty();
                assert!(
                    is_headless || shown.contains(&wanted),
                    "{row}: {:?}",
                    wanted.chars().take(60).collect::<String>()
                );
            }
            assert_eq!(
                browser.run("return document.querySelectorAll('img,script:not([src]),iframe,object').length"),
                0
            );
        }
        for screen in [
            "/",
            "/names",
            "/articles",
            "/rules",
            "/quality",
            "/export",
            "/review?queue=unsure",
            "/review?queue=least",
            "/review?queue=splits",
        ] {
            browser.open(&server, screen);
            assert_ne!(browser.run("return document.title"), "hit", "{screen}");
            assert_eq!(browser.run("return document.querySelectorAll('img').length"), 0, "{screen}");
        }
        browser.open(&server, "/names?label=PER");
        assert!(
            browser.run("return document.querySelectorAll('.ctl').length").as_u64() > Some(0),
            "what cannot be seen is shown"
        );
        // Decisions on odd places are exact.
        let queue = server.get("/api/queue?kind=least").json();
        for line in queue["lines"].as_array().expect("a list") {
            let body = json!({"decisions": [{"op": "mention", "article": line["article"], "key": line["number"].to_string(), "say": {"label": "ORG"}}]});
            let answer = server.post("/api/verdicts", &body);
            assert_eq!(answer.status, 200, "{line}: {}", answer.body);
        }
        let complaints: Vec<String> = browser.complaints();
        assert_eq!(complaints, Vec::<String>::new());
        let table = server.get("/api/export?format=csv").body;
        assert!(
            !table.lines().any(|line| line.split(',').any(|cell| cell.starts_with("=") || cell.starts_with("\"="))),
            "{table}"
        );
    });
}

#[test]
fn names_in_arabic_keep_their_letters_beside_them() {
    with_browser(|browser| {
        let dir = hostile();
        let server = Server::start(&dir, "--analyst ana");
        let found = server.get("/api/articles?q=%D8%B2%D8%A7%D8%B1").json();
        let row = found["articles"][0]["article"].as_u64().expect("it is found");
        browser.open(&server, &format!("/review?queue=articles&at={row}"));
        browser.wait("return document.querySelector('#article p mark')");
        assert_eq!(
            browser.run("return getComputedStyle(document.querySelector('#article p mark')).unicodeBidi"),
            "isolate"
        );
        assert_eq!(
            browser.run("return getComputedStyle(document.querySelector('#article p mark'), '::after').unicodeBidi"),
            "isolate"
        );
        browser.picture("arabic-light");
    });
}
