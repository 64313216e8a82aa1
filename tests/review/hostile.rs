//! Whoever asks without being asked to. Each request is sent as bytes; each line of REVIEW's security
//! checklist has its test.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::time::Duration;

use serde_json::json;

use crate::common::Dir;
use crate::server::{Server, answer, samples};

const OURS: &str = "Host: HOST\nAuthorization: Bearer TOKEN";

#[test]
fn hostile_requests_are_refused_and_ours_are_not() {
    let dir = samples();
    let server = Server::start(&dir, "");
    let json = "Content-Type: application/json";
    let evil = "http://evil.example";
    // What is asked, with which headers, with what body, and the status.
    let requests: Vec<(String, String, &str, u16)> = [
        ("GET /", "Host: HOST", "", 200),
        ("GET /api/corpus", OURS, "", 200),
        // DNS rebinding, and other names of this machine.
        ("GET /", "Host: evil.example", "", 403),
        ("GET /", "Host: evil.example:PORT", "", 403),
        ("GET /", "Host: 127.0.0.1", "", 403),
        ("GET /", "Host: 127.0.0.1:1", "", 403),
        ("GET /", "Host: 127.0.0.1:PORT.evil.example", "", 403),
        ("GET /", "Host: evil@127.0.0.1:PORT", "", 403),
        ("GET /", "Host: 0.0.0.0:PORT", "", 403),
        ("GET /", "Host: 2130706433:PORT", "", 403),
        ("GET /", "Host: HOST\nHost: evil.example", "", 403),
        ("GET /", "", "", 403),
        ("GET http://evil.example/", "Host: HOST", "", 403),
        // A page of another site.
        ("GET /api/corpus", "Host: HOST\nAuthorization: Bearer TOKEN\nOrigin: EVIL", "", 403),
        ("GET /api/corpus", "Host: HOST\nAuthorization: Bearer TOKEN\nOrigin: null", "", 403),
        ("GET /api/corpus", "Host: HOST\nAuthorization: Bearer TOKEN\nOrigin: http://127.0.0.1:1", "", 403),
        ("GET /api/corpus", "Host: HOST\nAuthorization: Bearer TOKEN\nSec-Fetch-Site: cross-site", "", 403),
        ("GET /api/corpus", "Host: HOST\nAuthorization: Bearer TOKEN\nSec-Fetch-Site: same-site", "", 403),
        ("POST /api/verdicts", "Host: HOST\nAuthorization: Bearer TOKEN\nJSON\nOrigin: EVIL", "{}", 403),
        // No token, or not quite.
        ("GET /api/corpus", "Host: HOST", "", 401),
        ("GET /api/corpus", "Host: HOST\nAuthorization: Bearer", "", 401),
        ("GET /api/corpus", "Host: HOST\nAuthorization: Bearer 00000000000000000000000000000000", "", 401),
        ("GET /api/corpus", "Host: HOST\nAuthorization: Bearer TOKEN0", "", 401),
        ("GET /api/corpus", "Host: HOST\nAuthorization: Basic TOKEN", "", 401),
        ("GET /api/corpus", "Host: HOST\nAuthorization: Bearer TOKEN\nAuthorization: Bearer x", "", 401),
        ("GET /api/corpus?t=TOKEN", "Host: HOST\nCookie: t=TOKEN", "", 401),
        ("GET /api/token", "Host: HOST\nAuthorization: Bearer TOKEN", "", 404),
        // Other methods, and forms that a page can send without asking.
        ("OPTIONS /api/verdicts", "Host: HOST\nOrigin: EVIL", "", 403),
        ("OPTIONS /api/verdicts", "Host: HOST", "", 405),
        ("PUT /api/verdicts", OURS, "", 405),
        ("DELETE /api/verdicts", OURS, "", 405),
        ("TRACE /", "Host: HOST", "", 405),
        ("POST /", "Host: HOST\nJSON", "{}", 405),
        ("POST /api/verdicts", "Host: HOST\nAuthorization: Bearer TOKEN\nContent-Type: text/plain", "{}", 415),
        ("POST /api/verdicts", "Host: HOST\nAuthorization: Bearer TOKEN", "{}", 415),
        ("POST /api/verdicts", "Host: HOST\nAuthorization: Bearer TOKEN\nJSON", "{", 400),
        ("POST /api/verdicts", "Host: HOST\nAuthorization: Bearer TOKEN\nJSON", "{\"decisions\":[]}", 400),
        // Paths that lead elsewhere.
        ("GET /../../etc/passwd", "Host: HOST", "", 404),
        ("GET /assets/../../../etc/passwd", "Host: HOST", "", 404),
        ("GET /assets/%2e%2e/%2e%2e/Cargo.toml", "Host: HOST", "", 404),
        ("GET /assets/..%5c..%5csecret", "Host: HOST", "", 404),
        ("GET /assets/%00", "Host: HOST", "", 404),
        ("GET /out.jsonl", "Host: HOST", "", 404),
        ("GET /api/article/../corpus", OURS, "", 404),
        ("GET /api/article/1%2f..", OURS, "", 404),
        ("GET /api/article/-1", OURS, "", 404),
        ("GET /api/article/99999999999999999999", OURS, "", 404),
        ("GET /api/article/4000000000", OURS, "", 404),
        ("GET /api/queue?kind=' OR 1=1 --", OURS, "", 400),
        ("GET /api/queue?kind=nothing", OURS, "", 400),
        ("GET /api/names?label=PER'%3B DROP TABLE name%3B--", OURS, "", 400),
        ("GET /api/export?format=../../x", OURS, "", 400),
    ]
    .into_iter()
    .map(|(line, headers, body, status)| {
        let line = line.replace("TOKEN", &server.token);
        let headers = headers.replace("EVIL", evil).replace("PORT", &server.port.to_string()).replace("JSON", json);
        (line, headers, body, status)
    })
    .collect();
    assert!(requests.len() >= 40, "{}", requests.len());
    for (line, headers, body, status) in &requests {
        let answer = server.ask(line, headers, body);
        assert_eq!(answer.status, *status, "{line}\n{headers}\n{}", answer.body);
        assert!(!answer.head.contains("access-control-"), "{line}: {}", answer.head);
        if *status != 200 {
            assert!(!answer.body.contains("Helsinki"), "{line}");
        }
    }
    assert_eq!(server.get("/api/names").status, 200, "it still answers");
}

#[test]
fn hostile_bytes_do_no_harm() {
    let dir = samples();
    let server = Server::start(&dir, "");
    let long = "a".repeat(100_000);
    let many: String = (0..200).map(|i| format!("X-{i}: y\r\n")).collect();
    for bytes in [
        "\r\n\r\n".to_owned(),
        "GET\r\n\r\n".to_owned(),
        "GET / HTTP/9.9\r\n\r\n".to_owned(),
        "\u{0}\u{1}\u{2}\u{3}\r\n\r\n".to_owned(),
        format!("GET /{long} HTTP/1.1\r\nHost: x\r\n\r\n"),
        format!("GET / HTTP/1.1\r\nHost: x\r\nX: {long}\r\n\r\n"),
        format!("GET / HTTP/1.1\r\nHost: x\r\n{many}\r\n"),
        "GET / HTTP/1.1\r\nHost: x\r\n folded: y\r\n\r\n".to_owned(),
        "GET / HTTP/1.1\r\nHost : x\r\n\r\n".to_owned(),
        // Two lengths, and a length beside chunks: what one server takes for a body another takes for a request.
        "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab".to_owned(),
        "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n".to_owned(),
        "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n".to_owned(),
        "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".to_owned(),
    ] {
        let text = server.raw(bytes.as_bytes());
        let status = answer(&text).status;
        assert!(status == 0 || (400..500).contains(&status), "{:?}: {text}", bytes.get(..60).unwrap_or(&bytes));
        assert!(!text.contains("Helsinki"));
    }
    let huge = format!("{{\"x\":\"{}\"}}", "a".repeat(2 << 20));
    let headers = "Host: HOST\nAuthorization: Bearer TOKEN\nContent-Type: application/json";
    let status = server.ask("POST /api/verdicts", headers, &huge).status;
    assert!(status == 413 || status == 0, "{status}: refused, or cut off while it was sent");
    assert_eq!(server.get("/api/corpus").status, 200);
}

/// Sockets that are opened and say nothing hold nobody else up.
#[test]
fn hostile_silence_is_cut_off() {
    let dir = samples();
    let server = Server::start(&dir, "");
    let silent: Vec<TcpStream> =
        (0..40).map(|_| TcpStream::connect(("127.0.0.1", server.port)).expect("it listens")).collect();
    assert_eq!(server.get("/api/corpus").status, 200);
    let mut slow = TcpStream::connect(("127.0.0.1", server.port)).expect("it listens");
    slow.write_all(b"GET / HTTP/1.1\r\nHost").expect("it is open");
    slow.set_read_timeout(Some(Duration::from_secs(30))).expect("a socket has timeouts");
    let mut rest = Vec::new();
    let _ = slow.read_to_end(&mut rest);
    assert!(answer(&String::from_utf8_lossy(&rest)).status != 200);
    drop(silent);
}

#[test]
fn every_answer_says_what_the_browser_may_do() {
    let dir = samples();
    let server = Server::start(&dir, "");
    let page = server.ask("GET /", "Host: HOST", "");
    let asset = page.body.split("\"assets/app.").nth(1).and_then(|rest| rest.split('"').next()).expect("it has one");
    for path in ["/", &format!("/assets/app.{asset}"), "/api/corpus", "/nothing"] {
        let head = server.get(path).head;
        for wanted in [
            "content-security-policy: default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; \
             connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; \
             require-trusted-types-for 'script'; trusted-types 'none'",
            "x-content-type-options: nosniff",
            "referrer-policy: no-referrer",
            "cross-origin-opener-policy: same-origin",
            "cross-origin-resource-policy: same-origin",
            "permissions-policy: ",
        ] {
            assert!(head.contains(wanted), "{path}: {wanted}\n{head}");
        }
        assert!(!head.contains("set-cookie"), "{path}");
        let stored = if path.starts_with("/assets/") { "immutable" } else { "no-store" };
        assert!(head.contains(stored), "{path}: {head}");
    }
}

#[test]
fn it_listens_for_this_machine_alone() {
    let dir = samples();
    let server = Server::start(&dir, "");
    // Every address of this machine but the loopback: 127.0.0.2 is another one on Linux.
    assert!(TcpStream::connect_timeout(&([127, 0, 0, 2], server.port).into(), Duration::from_secs(1)).is_err());
    let sockets = std::fs::read_to_string("/proc/net/tcp").unwrap_or_default();
    let port = format!(":{:04X}", server.port);
    for line in sockets.lines().filter(|line| line.contains(&port) && line.contains(" 0A ")) {
        assert!(line.contains("0100007F:"), "{line}");
    }
    // The token is not among what everybody sees of a process.
    let shown = std::fs::read_to_string(format!("/proc/{}/cmdline", server.pid())).unwrap_or_default();
    assert!(!shown.contains(&server.token));
}

#[test]
fn other_machines_need_tokens_and_names() {
    let dir = samples();
    for (arguments, expected) in [
        ("--listen 127.0.0.1:0", "--tokens <FILE>"),
        ("--listen 127.0.0.1:0 --tokens tokens", "--host <NAME>"),
        ("--listen 127.0.0.1:0 --tokens tokens --host news.example", "can be read by others"),
        ("--tokens tokens", "--listen"),
        ("--analyst ../ana", "letters, digits, - and _"),
        ("--port 99999", "99999"),
    ] {
        dir.write("tokens", "ana 0123456789abcdef0123456789abcdef\n");
        #[cfg(unix)]
        if expected.contains("others") {
            use std::os::unix::fs::PermissionsExt as _;
            let open = std::fs::Permissions::from_mode(0o644);
            std::fs::set_permissions(dir.path("tokens"), open).expect("it is ours");
        }
        let ran = dir.run(&format!("review out.jsonl {arguments}"));
        assert_eq!(ran.code, Some(2), "{arguments}: {}", ran.stderr);
        let said = ran.stderr.replace("wanted a file that its owner alone can read", "can be read by others");
        assert!(said.contains(expected), "{arguments}: {}", ran.stderr);
    }
    assert_eq!(dir.run("review nothing.jsonl").code, Some(2));
    assert_eq!(dir.run("review .").code, Some(2));
}

#[test]
fn for_reading_only_nothing_is_written() {
    let dir = samples();
    let server = Server::start(&dir, "--read-only");
    assert_eq!(server.get("/api/corpus").json()["read_only"], true);
    for path in ["/api/verdicts", "/api/preview", "/api/sample"] {
        let body = json!({"decisions": [{"op": "undo"}], "rule": {"words": "Aceh", "label": "LOC"}, "of": "mentions", "size": 10});
        let answer = server.post(path, &body);
        assert_eq!((answer.status, answer.code().as_str()), (403, "read_only"), "{path}: {}", answer.body);
    }
    assert!(!dir.names().contains(&"out.verdicts".to_owned()), "{:?}", dir.names());
}

#[cfg(unix)]
#[test]
fn logs_are_the_analysts_alone_and_have_one_writer() {
    use std::os::unix::fs::PermissionsExt as _;
    let dir = samples();
    let server = Server::start(&dir, "--analyst ana");
    let mode = |name: &str| std::fs::metadata(dir.path(name)).expect(name).permissions().mode() & 0o777;
    assert_eq!(mode("out.verdicts"), 0o700);
    assert_eq!(mode("out.verdicts/ana.jsonl"), 0o600);
    let second = dir.run("review out.jsonl --analyst ana --quiet");
    assert_eq!(second.code, Some(2), "{}", second.stderr);
    assert!(second.stderr.contains(&format!("process {}", server.pid())), "{}", second.stderr);
    drop(server);
    // A link to another file is not written through.
    let dir = Dir::new();
    dir.write("out.jsonl", std::fs::read(samples().path("out.jsonl")).expect("it is there")).write("other", "");
    std::fs::create_dir(dir.path("out.verdicts")).expect("the directory is ours");
    std::os::unix::fs::symlink(dir.path("other"), dir.path("out.verdicts/ana.jsonl")).expect("a link");
    let ran = dir.run("review out.jsonl --analyst ana --quiet");
    assert_ne!(ran.code, Some(0), "{}", ran.stderr);
    assert_eq!(dir.read("other"), b"");
}
