//! The program as a server, and a client that sends what it is told, byte for byte.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::common::{Dir, checkout};

/// A running `dateline review`.
pub struct Server {
    child: Child,
    pub port: u16,
    pub token: String,
}

/// An answer.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub head: String,
    pub body: String,
}

impl Answer {
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("{error}: {}", self.body))
    }

    pub fn code(&self) -> String {
        self.json()["error"]["code"].as_str().unwrap_or_default().to_owned()
    }
}

/// A directory with the records of the samples, as `out.jsonl`.
pub fn samples() -> Dir {
    let dir = Dir::new();
    dir.write("out.jsonl", std::fs::read(checkout("data/records/samples.jsonl")).expect("the checkout has it"));
    dir
}

impl Server {
    /// Over `out.jsonl` in `dir`, ready to answer.
    pub fn start(dir: &Dir, arguments: &str) -> Self {
        let server = Self::begin(dir.command(&format!("review out.jsonl --quiet {arguments}")));
        server.wait();
        server
    }

    /// As soon as it says where it is.
    pub fn begin(mut command: Command) -> Self {
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("the program starts");
        let mut line = String::new();
        let stdout = child.stdout.take().expect("it is piped");
        BufReader::new(stdout).read_line(&mut line).expect("it prints a line");
        let found = line.trim().strip_prefix("http://127.0.0.1:").and_then(|rest| rest.split_once("/#t="));
        let Some((port, token)) = found else {
            let mut stderr = String::new();
            let _ = child.stderr.take().expect("it is piped").read_to_string(&mut stderr);
            panic!("{line:?}: {stderr}");
        };
        Self { port: port.parse().expect("a port"), token: token.to_owned(), child }
    }

    fn wait(&self) {
        let begun = Instant::now();
        loop {
            let state = self.get("/api/corpus").json()["index"]["state"].clone();
            match state.as_str() {
                Some("ready") => return,
                Some("failed") => panic!("{}", self.get("/api/corpus").body),
                _ if begun.elapsed() > Duration::from_secs(60) => panic!("{state}"),
                _ => std::thread::sleep(Duration::from_millis(20)),
            }
        }
    }

    pub fn address(&self) -> String {
        format!("http://127.0.0.1:{}/#t={}", self.port, self.token)
    }

    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Sends these bytes and reads until the other side closes; empty if it closes at once.
    pub fn raw(&self, bytes: &[u8]) -> String {
        let mut stream = TcpStream::connect(("127.0.0.1", self.port)).expect("it listens");
        stream.set_read_timeout(Some(Duration::from_secs(20))).expect("a socket has timeouts");
        // It may be closed while we write.
        let _ = stream.write_all(bytes);
        let mut answer = Vec::new();
        let _ = stream.read_to_end(&mut answer);
        String::from_utf8_lossy(&answer).into_owned()
    }

    /// A request with these headers, HOST and TOKEN being ours.
    pub fn ask(&self, line: &str, headers: &str, body: &str) -> Answer {
        let headers = headers.replace("HOST", &format!("127.0.0.1:{}", self.port)).replace("TOKEN", &self.token);
        let mut request = format!("{line} HTTP/1.1\r\nConnection: close\r\n");
        for header in headers.lines() {
            request.push_str(header.trim());
            request.push_str("\r\n");
        }
        if !body.is_empty() {
            request.push_str(&format!("Content-Length: {}\r\n", body.len()));
        }
        request.push_str("\r\n");
        request.push_str(body);
        answer(&self.raw(request.as_bytes()))
    }

    pub fn get(&self, path: &str) -> Answer {
        self.ask(&format!("GET {path}"), "Host: HOST\nAuthorization: Bearer TOKEN", "")
    }

    pub fn post(&self, path: &str, body: &Value) -> Answer {
        self.post_once(path, body, "")
    }

    pub fn post_once(&self, path: &str, body: &Value, once: &str) -> Answer {
        let once = if once.is_empty() { String::new() } else { format!("\nIdempotency-Key: {once}") };
        let headers = format!("Host: HOST\nAuthorization: Bearer TOKEN\nContent-Type: application/json{once}");
        self.ask(&format!("POST {path}"), &headers, &body.to_string())
    }

    /// kill -9, as if the machine stopped.
    pub fn kill(mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Posts to a server that may die meanwhile; none if it does.
pub fn send(port: u16, token: &str, path: &str, body: &Value, once: &str) -> Option<Answer> {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).ok()?;
    let body = body.to_string();
    let request = format!(
        "POST {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nAuthorization: Bearer {token}\r\nConnection: close\r\n\
         Content-Type: application/json\r\nIdempotency-Key: {once}\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    );
    stream.write_all(request.as_bytes()).ok()?;
    let mut text = String::new();
    stream.read_to_string(&mut text).ok()?;
    let whole = answer(&text);
    // An answer that was cut off says nothing.
    serde_json::from_str::<Value>(&whole.body).ok()?;
    Some(whole)
}

/// The first answer in what came back.
pub fn answer(text: &str) -> Answer {
    let (head, body) = text.split_once("\r\n\r\n").unwrap_or((text, ""));
    let status = head.split(' ').nth(1).and_then(|status| status.parse().ok()).unwrap_or(0);
    let mut body = body.to_owned();
    if head.to_ascii_lowercase().contains("transfer-encoding: chunked") {
        body = unchunked(&body);
    }
    Answer { status, head: head.to_ascii_lowercase(), body }
}

fn unchunked(body: &str) -> String {
    let mut bytes = body.as_bytes();
    let mut whole = Vec::new();
    while let Some(at) = bytes.windows(2).position(|two| two == b"\r\n") {
        let length = std::str::from_utf8(&bytes[..at]).ok().and_then(|text| usize::from_str_radix(text, 16).ok());
        let Some(length) = length.filter(|length| *length > 0) else { break };
        whole.extend_from_slice(&bytes[at + 2..at + 2 + length]);
        bytes = &bytes[at + 4 + length..];
    }
    String::from_utf8_lossy(&whole).into_owned()
}
