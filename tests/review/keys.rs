//! Everything by keyboard, and the log after each key.

use std::time::Duration;

use serde_json::Value;

use crate::browser::{Browser, with_browser};
use crate::common::Dir;
use crate::server::{Server, samples};

fn log(dir: &Dir) -> Vec<Value> {
    dir.objects("out.verdicts/ana.jsonl").into_iter().filter(|line| line["op"] != "open").collect()
}

/// Waits until everything is on the disk.
fn written(browser: &Browser) {
    browser.wait("return !document.getElementById('saved').textContent.includes('writing')");
}

fn here(browser: &Browser) -> String {
    browser.text("#what")
}

fn last(dir: &Dir) -> Value {
    log(dir).pop().unwrap_or_default()
}

#[test]
fn each_key_does_what_it_says() {
    with_browser(|browser| {
        let dir = samples();
        let server = Server::start(&dir, "--analyst ana");
        browser.open(&server, "/review");
        assert_eq!(browser.run("return /[#&]t=/.test(location.hash)"), false, "the token is not in the address");

        let first = here(browser);
        browser.press(&["a"]);
        written(browser);
        assert_eq!(last(&dir)["words"].as_str(), Some(first.as_str()));
        assert_eq!(last(&dir)["say"]["label"], last(&dir)["saw"]["label"], "right");
        assert_ne!(here(browser), "", "on to the next");

        let second = here(browser);
        browser.press(&["2"]);
        written(browser);
        assert_eq!((last(&dir)["words"].as_str(), &last(&dir)["say"]["label"]), (Some(second.as_str()), &"ORG".into()));

        browser.press(&["x"]);
        written(browser);
        assert_eq!(last(&dir)["say"]["label"], Value::Null, "not a name");

        browser.press(&["Space"]);
        written(browser);
        assert_eq!(last(&dir)["op"], "later");

        let before = log(&dir).len();
        browser.press(&["u"]);
        browser.wait("return document.getElementById('say').textContent.startsWith('Undone')");
        assert_eq!((last(&dir)["op"].as_str(), log(&dir).len()), (Some("undo"), before + 1));
        browser.press(&["Shift+u"]);
        browser.wait("return document.getElementById('say').textContent.startsWith('Done again')");
        assert_eq!(last(&dir)["op"], "undo", "to do again is to undo the undoing");
        browser.press(&["Backspace"]);
        browser.wait("return document.getElementById('say').textContent.startsWith('Undone')");
        browser.press(&["Ctrl+z"]);
        written(browser);

        // Moving does not decide.
        let n = log(&dir).len();
        for key in ["j", "k", "Down", "Up", ".", ",", "]", "["] {
            let was = browser.run("return location.hash");
            browser.press(&[key]);
            if ["j", "Down", ".", "]"].contains(&key) {
                browser.wait(&format!("return location.hash !== {was}"));
            }
        }
        assert_eq!(log(&dir).len(), n);

        browser.press(&["s"]);
        browser.wait(
            "return document.querySelectorAll('.scope [aria-pressed=true]')[0].textContent.startsWith('This article')",
        );
        browser.press(&["1"]);
        written(browser);
        assert_eq!((&last(&dir)["reach"], &last(&dir)["say"]["label"]), (&"article".into(), &"PER".into()));

        browser.press(&["Shift+3"]);
        written(browser);
        assert_eq!((&last(&dir)["reach"], &last(&dir)["say"]["label"]), (&"article".into(), &"LOC".into()));

        browser.press(&["f"]);
        written(browser);
        assert_eq!((&last(&dir)["op"], &last(&dir)["on"]), (&"flag".into(), &true.into()));

        browser.press(&["w"]);
        browser.wait("return document.querySelector('dialog[open] #whytext')");
        browser.press(&["s", "e", "e", "n", "Enter"]);
        browser.wait("return !document.querySelector('dialog[open]')");
        written(browser);
        assert_eq!(
            (&last(&dir)["op"], &last(&dir)["text"]),
            (&"note".into(), &"seen".into()),
            "letters in a field are letters"
        );

        browser.press(&["Shift+Enter"]);
        written(browser);
        assert_eq!((&last(&dir)["op"], &last(&dir)["state"]), (&"article".into(), &"done".into()));

        browser.press(&["/"]);
        assert_eq!(browser.run("return document.activeElement.id"), "find");
        browser.press(&["x", "Escape"]);
        assert_eq!(last(&dir)["op"], "article", "a letter typed into a field is a letter");
        browser.press(&["?"]);
        browser.wait("return document.querySelector('dialog[open] .keytable')");
        browser.press(&["Escape"]);
        browser.wait("return !document.querySelector('dialog[open]')");
        browser.press(&["o"]);
        browser.wait("return document.title.startsWith('Overview')");
        assert_eq!(browser.complaints(), Vec::<String>::new());
    });
}

#[test]
fn edges_new_names_topics_and_merging() {
    with_browser(|browser| {
        let dir = samples();
        let server = Server::start(&dir, "--analyst ana");
        browser.open(&server, "/review?queue=articles");
        browser.wait("return document.querySelector('#what')");
        let words = here(browser);
        browser.press(&["e", "Right", "Enter"]);
        written(browser);
        let moved = last(&dir);
        assert_eq!(moved["op"], "mention");
        assert!(
            moved["say"]["words"]
                .as_str()
                .is_some_and(|longer| longer.starts_with(&words) && longer.len() > words.len()),
            "{moved}"
        );

        browser.press(&["n"]);
        browser.wait("return document.getElementById('modehint')");
        browser.press(&["Right", "Right", "Shift+Right", "4"]);
        browser.wait("return !document.getElementById('modehint')");
        written(browser);
        let added = last(&dir);
        assert_eq!((&added["op"], &added["label"]), (&"add".into(), &"MISC".into()), "{added}");
        browser.wait("return [...document.querySelectorAll('mark.yes')].length > 0");

        browser.press(&["t"]);
        browser.wait("return document.querySelector('dialog[open] .columns')");
        browser.press(&["b", "Enter"]);
        written(browser);
        assert_eq!(last(&dir)["op"], "topics", "{}", last(&dir));

        browser.open(&server, "/review?queue=unsure");
        browser.press(&["m"]);
        browser.wait("return document.querySelector('dialog[open] .choice')");
        browser.click("dialog[open] .choice");
        written(browser);
        assert_eq!(last(&dir)["op"], "same", "{}", last(&dir));
        browser.press(&["d"]);
        browser.wait("return document.querySelector('dialog[open] #mergefind')");
        browser.press(&["Escape"]);

        browser.press(&["r"]);
        browser.wait("return document.querySelector('dialog[open] dl')");
        browser.picture("rule-box-light");
        browser.press(&["Enter"]);
        browser.wait("return !document.querySelector('dialog[open]')");
        written(browser);
        assert_eq!(last(&dir)["op"], "rule", "{}", last(&dir));
        browser.press(&["g"]);
        browser.wait("return location.hash.startsWith('#/name/')");
        assert_eq!(browser.complaints(), Vec::<String>::new());
    });
}

#[test]
fn eighty_four_decisions_in_a_row() {
    with_browser(|browser| {
        let dir = samples();
        let server = Server::start(&dir, "--analyst ana");
        browser.open(&server, "/review");
        let keys: Vec<&str> = (0..84).map(|i| ["a", "x", "1", "2", "3", "4"][i % 6]).collect();
        browser.press(&keys);
        written(browser);
        let decisions = log(&dir).iter().filter(|line| line["op"] == "mention").count();
        assert!(decisions >= 80, "{decisions}: all keys but those at the end of the queue");
        let said = browser.text("#saved");
        assert!(said.contains(&format!("{decisions} decisions, all on disk")), "{said}");
        assert_eq!(dir.run("verify out.verdicts").code, Some(0));
        // Whoever comes back finds all of it.
        drop(server);
        let server = Server::start(&dir, "--analyst ana");
        browser.open(&server, "/review");
        assert!(browser.text("#saved").contains(&decisions.to_string()));
    });
}

#[test]
fn a_decision_that_is_not_on_the_disk_turns_red() {
    with_browser(|browser| {
        let dir = samples();
        let server = Server::start(&dir, "--analyst ana");
        browser.open(&server, "/review");
        server.kill();
        browser.press(&["a"]);
        browser.wait("return document.querySelector('.queue li.failed') && document.querySelector('.trouble')");
        assert!(browser.text(".trouble").contains("does not answer"), "{}", browser.text(".trouble"));
        assert!(log(&dir).is_empty());
        std::thread::sleep(Duration::from_millis(50));
        assert_eq!(
            browser.run("return document.querySelectorAll('.queue li.q.done').length"),
            0,
            "nothing counts as decided"
        );
    });
}

#[test]
fn keys_can_be_changed_and_switched_off() {
    with_browser(|browser| {
        let dir = samples();
        let server = Server::start(&dir, "--analyst ana");
        browser.open(&server, "/review");
        browser.press(&["?"]);
        browser.wait("return document.querySelector('dialog[open] .keytable')");
        browser.picture("keys-light");
        browser.run("[...document.querySelectorAll('.keytable tr')].find((row) => row.textContent.includes('Not a name, and on')).querySelector('button').focus()");
        browser.press(&["Enter"]);
        browser.press(&["z"]);
        browser.wait("return [...document.querySelectorAll('.keytable tr')].some((row) => row.textContent.startsWith('Z') && row.textContent.includes('Not a name'))");
        browser.press(&["Escape"]);
        browser.wait("return !document.querySelector('dialog[open]')");
        browser.press(&["x"]);
        browser.press(&["z"]);
        written(browser);
        let all = log(&dir);
        assert_eq!((all.len(), &all[0]["say"]["label"]), (1, &Value::Null), "{all:?}");
        browser.press(&["?"]);
        browser.wait("return document.querySelector('#keysoff')");
        browser.click("#keysoff");
        browser.press(&["Escape"]);
        browser.wait("return !document.querySelector('dialog[open]')");
        browser.press(&["a", "z", "1"]);
        assert_eq!(log(&dir).len(), 1, "keys are off");
        browser.click(".picks .yes");
        written(browser);
        assert_eq!(log(&dir).len(), 2, "the button does the same");
    });
}
