//! What is decided is on the disk before it is answered, once, and can be undone for ever.

use std::fs;

use serde_json::{Value, json};

use crate::server::{Server, samples};

/// The first line of the default queue.
fn first(server: &Server) -> Value {
    server.get("/api/queue?kind=unsure").json()["lines"][0].clone()
}

fn right(line: &Value) -> Value {
    json!({"decisions": [{"op": "mention", "article": line["article"], "key": line["number"].to_string(),
        "shown": line["label"], "say": {"label": line["label"]}, "reach": "here", "queue": "unsure", "ms": 900}]})
}

fn lines(dir: &crate::common::Dir) -> Vec<Value> {
    dir.objects("out.verdicts/ana.jsonl")
}

#[test]
fn a_decision_is_on_the_disk_and_says_all() {
    let dir = samples();
    let server = Server::start(&dir, "--analyst ana");
    let line = first(&server);
    let answer = server.post("/api/verdicts", &right(&line));
    assert_eq!(answer.status, 200, "{}", answer.body);
    let (answer, log) = (answer.json(), lines(&dir));
    let last = log.last().expect("a line");
    assert_eq!((last["op"].as_str(), &last["n"]), (Some("mention"), &answer["n"]), "{last}");
    assert_eq!(last["say"]["label"], line["label"]);
    assert_eq!(last["saw"]["label"], line["label"]);
    assert_eq!(last["ms"], 900);
    assert_eq!(answer["total"], 1);
    let article = &answer["articles"][0];
    let of = |mentions: &Value| {
        let mentions = mentions.as_array().expect("a list").clone();
        mentions.into_iter().find(|mention| mention["number"] == line["number"]).expect("it is there")
    };
    assert_eq!(of(&article["mentions"])["state"], "right");
    let shown = server.get(&format!("/api/article/{}", line["article"])).json();
    assert_eq!(of(&shown["mentions"])["state"], "right");
    assert_eq!(of(&shown["mentions"])["by"], "ana");
    assert_eq!(server.get("/api/verdicts").json()["verdicts"][0]["words"], line["words"]);
}

#[test]
fn a_request_that_is_sent_again_is_one_decision() {
    let dir = samples();
    let server = Server::start(&dir, "--analyst ana");
    let body = right(&first(&server));
    let answers: Vec<Value> =
        (0..3).map(|_| server.post_once("/api/verdicts", &body, "7b0a6f").json()["n"].clone()).collect();
    assert_eq!(answers[0], answers[1]);
    assert_eq!(answers[0], answers[2]);
    assert_eq!(lines(&dir).iter().filter(|line| line["op"] == "mention").count(), 1);
}

#[test]
fn what_has_changed_since_it_was_shown_is_not_decided() {
    let dir = samples();
    let server = Server::start(&dir, "--analyst ana");
    let line = first(&server);
    let mut other = right(&line);
    other["decisions"][0]["say"]["label"] = if line["label"] == "PER" { json!("ORG") } else { json!("PER") };
    assert_eq!(server.post("/api/verdicts", &other).status, 200);
    let stale = server.post("/api/verdicts", &right(&line));
    assert_eq!((stale.status, stale.code().as_str()), (409, "changed"), "{}", stale.body);
    // Of several none counts if one does not.
    let mut two = right(&line);
    two["decisions"]
        .as_array_mut()
        .expect("a list")
        .insert(0, json!({"op": "later", "article": line["article"], "key": line["number"].to_string()}));
    let before = lines(&dir).len();
    assert_eq!(server.post("/api/verdicts", &two).status, 409);
    assert_eq!(lines(&dir).len(), before);
}

#[test]
fn undo_and_redo_go_on_after_a_restart() {
    let dir = samples();
    let server = Server::start(&dir, "--analyst ana");
    let queue = server.get("/api/queue?kind=unsure").json();
    let queue = queue["lines"].as_array().expect("a list");
    for line in &queue[..5] {
        assert_eq!(server.post("/api/verdicts", &right(line)).status, 200);
    }
    server.kill();
    let server = Server::start(&dir, "--analyst ana");
    let step = |op: &str| server.post("/api/verdicts", &json!({"decisions": [{"op": op}]}));
    for (i, line) in queue[..5].iter().enumerate().rev() {
        let answer = step("undo").json();
        assert_eq!(answer["total"], i, "{answer}");
        assert_eq!(answer["undone"]["key"], line["number"].to_string());
    }
    assert_eq!(step("undo").code(), "nothing_to_undo");
    for i in 1..=3 {
        assert_eq!(step("redo").json()["total"], i);
    }
    assert_eq!(step("undo").json()["total"], 2);
    assert_eq!(dir.run("verify out.verdicts").code, Some(0));
}

/// A machine that stops between a decision and its answer, two hundred times.
#[test]
fn whatever_was_answered_survives_a_kill() {
    let dir = samples();
    let (mut acknowledged, mut n_killed) = (Vec::new(), 0);
    let mut server = Server::start(&dir, "--analyst ana");
    let all: Vec<Value> = ["unsure", "least"]
        .iter()
        .flat_map(|kind| {
            let queue = server.get(&format!("/api/queue?kind={kind}")).json();
            queue["lines"].as_array().expect("a list").clone()
        })
        .collect();
    for round in 0..200_usize {
        let line = &all[round % all.len()];
        let label = ["PER", "ORG", "LOC", "MISC"][round % 4];
        let body = json!({"decisions": [{"op": "mention", "article": line["article"], "key": line["number"].to_string(),
            "say": {"label": label}, "reach": "here", "queue": "unsure"}]});
        let (port, token, pid) = (server.port, server.token.clone(), server.pid());
        // The kill falls anywhere between the request and long after the answer.
        let killer = std::thread::spawn(move || {
            std::thread::sleep(std::time::Duration::from_micros((round as u64 * 137) % 9_000));
            let _ = std::process::Command::new("kill").args(["-9", &pid.to_string()]).status();
        });
        let answer = crate::server::send(port, &token, "/api/verdicts", &body, &format!("round-{round}"));
        killer.join().expect("it ends");
        if let Some(answer) = answer.filter(|answer| answer.status == 200) {
            acknowledged.push(answer.json()["n"].as_u64().expect("a number"));
        }
        n_killed += 1;
        server.kill();
        let log = fs::read_to_string(dir.path("out.verdicts/ana.jsonl")).unwrap_or_default();
        let whole: Vec<u64> = log
            .split_inclusive('\n')
            .filter(|line| line.ends_with('\n'))
            .filter_map(|line| serde_json::from_str::<Value>(line).ok()?["n"].as_u64())
            .collect();
        for n in &acknowledged {
            assert!(whole.contains(n), "round {round}: {n} was answered and is gone");
        }
        server = Server::start(&dir, "--analyst ana");
        if round % 20 == 0 {
            let again = server.post_once("/api/verdicts", &body, &format!("round-{round}"));
            assert_eq!(again.status, 200, "{}", again.body);
            acknowledged.push(again.json()["n"].as_u64().expect("a number"));
        }
    }
    assert_eq!(n_killed, 200);
    drop(server);
    assert!(acknowledged.len() > 20, "{}: some were answered in time", acknowledged.len());
    let verified = dir.run("verify out.verdicts");
    assert_eq!(verified.code, Some(0), "{}{}", verified.stdout, verified.stderr);
}

#[test]
fn a_changed_line_shows() {
    let dir = samples();
    let server = Server::start(&dir, "--analyst ana");
    for line in server.get("/api/queue?kind=unsure").json()["lines"].as_array().expect("a list").iter().take(3) {
        assert_eq!(server.post("/api/verdicts", &right(line)).status, 200);
    }
    drop(server);
    let log = fs::read_to_string(dir.path("out.verdicts/ana.jsonl")).expect("it is there");
    dir.write("out.verdicts/ana.jsonl", log.replacen("\"ms\":900", "\"ms\":901", 1));
    let verified = dir.run("verify out.verdicts");
    assert_ne!(verified.code, Some(0), "{}{}", verified.stdout, verified.stderr);
}

#[test]
fn a_full_disk_is_said_and_nothing_is_lost() {
    let dir = samples();
    let server = Server::start(&dir, "--analyst ana");
    let queue = server.get("/api/queue?kind=unsure").json();
    assert_eq!(server.post("/api/verdicts", &right(&queue["lines"][0])).status, 200);
    drop(server);
    // A file that may grow by a few hundred bytes and no more, which is what a full disk is to a program.
    let length = fs::metadata(dir.path("out.verdicts/ana.jsonl")).expect("it is there").len();
    let program = env!("CARGO_BIN_EXE_dateline");
    let mut command = std::process::Command::new("bash");
    let script =
        format!("ulimit -f {}; exec {program} review out.jsonl --quiet --analyst ana", length.div_ceil(1024) + 1);
    command.args(["-c", &script]).current_dir(dir.path("."));
    let server = Server::begin(command);
    let mut refused = None;
    for line in queue["lines"].as_array().expect("a list").iter().skip(1) {
        let answer = server.post("/api/verdicts", &right(line));
        if answer.status != 200 {
            refused = Some((answer.status, answer.code(), line.clone()));
            break;
        }
    }
    let (status, code, line) = refused.expect("the limit was reached");
    assert!(status == 507 || status == 500, "{status}");
    assert_eq!(code, "not_written");
    let shown = server.get(&format!("/api/article/{}", line["article"])).json();
    let mention = shown["mentions"].as_array().expect("a list").iter().find(|m| m["number"] == line["number"]).cloned();
    assert_eq!(mention.expect("it is there")["state"], Value::Null, "it is not decided");
    drop(server);
    assert_eq!(dir.run("verify out.verdicts").code, Some(0));
}

#[test]
fn records_that_change_under_the_page_are_said() {
    let dir = samples();
    let server = Server::start(&dir, "--analyst ana");
    let line = first(&server);
    let records = fs::read_to_string(dir.path("out.jsonl")).expect("it is there");
    dir.write("out.jsonl", records.replace("Helsinki", "Tampere!"));
    let all: Vec<u16> =
        (1..=20).map(|row| server.get(&format!("/api/article/{row}")).status).filter(|status| *status != 404).collect();
    assert!(all.contains(&409), "{all:?}");
    let _ = line;
    drop(server);
    let server = Server::start(&dir, "--analyst ana");
    assert_eq!(server.get("/api/article/1").status, 200, "the index is brought up to date");
}

#[test]
fn two_analysts_see_each_other() {
    let dir = samples();
    dir.write("tokens", format!("ana {}\nbo {}\n", "a".repeat(32), "b".repeat(32)));
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        fs::set_permissions(dir.path("tokens"), fs::Permissions::from_mode(0o600)).expect("it is ours");
    }
    let ana = Server::start(&dir, "--analyst ana");
    let line = first(&ana);
    assert_eq!(ana.post("/api/verdicts", &right(&line)).status, 200);
    let bo = Server::start(&dir, "--analyst bo");
    let mut other = right(&line);
    other["decisions"][0]["say"]["label"] = Value::Null;
    let answer = bo.post("/api/verdicts", &other);
    assert_eq!(answer.status, 200, "{}", answer.body);
    let differ = bo.get("/api/queue?kind=differ").json();
    assert_eq!(differ["lines"][0]["words"], line["words"], "{differ}");
    // A judge decides.
    drop(bo);
    let judge = Server::start(&dir, "--analyst cy --as judge");
    let mut third = right(&line);
    third["decisions"][0]["shown"] = Value::Null;
    assert_eq!(judge.post("/api/verdicts", &third).status, 200);
    assert_eq!(judge.get("/api/queue?kind=differ").json()["lines"], json!([]));
    // The first server learns of it.
    let events = ana.get("/api/events?after=1").json();
    assert!(events["after"].as_u64() > Some(1), "{events}");
}

#[test]
fn a_rule_changes_what_its_preview_says_and_is_undone_as_a_whole() {
    let dir = samples();
    let server = Server::start(&dir, "--analyst ana");
    let splits = server.get("/api/queue?kind=splits").json();
    let group = &splits["lines"][0]["group"];
    let words = group["words"].as_str().expect("words");
    let rule = json!({"words": words, "label": group["names"][0]["label"]});
    let preview = server.post("/api/preview", &json!({"rule": rule})).json();
    assert_eq!(preview["complete"], true);
    assert!(preview["change"].as_u64() > Some(0), "{preview}");
    let made = server.post("/api/verdicts", &json!({"decisions": [{"op": "rule", "rule": rule}]}));
    assert_eq!(made.status, 200, "{}", made.body);
    let again = server.post("/api/preview", &json!({"rule": rule})).json();
    assert_eq!(again["change"], 0, "{again}");
    assert_eq!(server.get("/api/rules").json()["rules"].as_array().map(Vec::len), Some(1));
    let taken = server.get("/api/export?format=rules");
    assert!(taken.body.contains(words), "{}", taken.body);
    assert_eq!(server.post("/api/verdicts", &json!({"decisions": [{"op": "undo"}]})).status, 200);
    assert_eq!(server.get("/api/rules").json()["rules"], json!([]));
    assert_eq!(server.post("/api/preview", &json!({"rule": rule})).json()["change"], preview["change"]);
}

#[test]
fn samples_are_blind_and_measured() {
    let dir = samples();
    let server = Server::start(&dir, "--analyst ana");
    let drawn = server.post("/api/sample", &json!({"of": "mentions", "size": 20}));
    assert_eq!(drawn.status, 200, "{}", drawn.body);
    let name = drawn.json()["sample"].as_str().expect("a name").to_owned();
    let queue = server.get(&format!("/api/queue?kind=sample&sample={name}")).json();
    let lines = queue["lines"].as_array().expect("a list");
    assert_eq!(lines.len(), 20);
    for line in lines {
        let mut body = right(line);
        body["decisions"][0]["queue"] = json!(format!("sample:{name}"));
        assert_eq!(server.post("/api/verdicts", &body).status, 200);
    }
    let quality = server.get("/api/quality").json();
    let sample = &quality["samples"][0];
    assert_eq!((&sample["decided"], &sample["is_current"]), (&json!(20), &json!(true)), "{sample}");
    assert!(sample["estimate"]["value"].as_f64() > Some(0.8), "all were right: {sample}");
    let passages = server.post("/api/sample", &json!({"of": "passages", "size": 5}));
    assert_eq!(passages.status, 200, "{}", passages.body);
    assert_eq!(server.post("/api/sample", &json!({"of": "words", "size": 5})).status, 400);
}

#[test]
fn every_format_of_the_page_is_that_of_the_command() {
    let dir = samples();
    let server = Server::start(&dir, "--analyst ana");
    let formats = server.get("/api/formats").json();
    for format in formats["formats"].as_array().expect("a list") {
        let id = format["id"].as_str().expect("a name");
        if format["is_directory"] == true {
            assert_eq!(server.get(&format!("/api/export?format={id}")).status, 400, "{id}");
            continue;
        }
        let answer = server.get(&format!("/api/export?format={id}"));
        assert_eq!(answer.status, 200, "{id}: {}", answer.body);
        assert!(answer.head.contains("attachment"), "{id}");
        assert_eq!(server.get(&format!("/api/export/preview?format={id}")).status, 200, "{id}");
        if !["rules", "page"].contains(&id) {
            let ran = dir.run(&format!("export out.jsonl --to {id}"));
            assert_eq!(ran.stdout, answer.body, "{id}");
        }
    }
}
