//! `dateline models pull` against a server of our own that answers on the hub's paths.

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::common::{Dir, checkout};
use serde_json::json;
use sha2::{Digest, Sha256};

/// What the server does besides its duty.
#[derive(Clone, Copy, PartialEq)]
enum Mood {
    Well,
    /// Closes the connection in the middle of the first answer with weights.
    CutsOff,
    /// Has other weights than it says.
    Lies,
    /// Knows no ranges.
    NoRanges,
}

/// A hub with one repository, made of a tiny model; its address, and a count of the bytes of
/// weights it has sent.
fn serve(mood: Mood) -> (String, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = format!("http://{}", listener.local_addr().expect("an address"));
    let sent = Arc::new(AtomicUsize::new(0));
    let counter = Arc::clone(&sent);
    // It ends with the process.
    std::thread::spawn(move || {
        for (n, stream) in listener.incoming().flatten().enumerate() {
            answer(stream, mood, n, &counter);
        }
    });
    (address, sent)
}

fn files() -> Vec<(&'static str, Vec<u8>)> {
    let read =
        |name: &str| fs::read(checkout(format!("models/tiny/bert/{name}"))).expect("the checkout has this model");
    vec![
        ("README.md", b"# A model\n".to_vec()),
        ("config.json", read("config.json")),
        ("onnx/model.onnx", b"not wanted".to_vec()),
        ("pytorch_model.bin", b"not wanted".to_vec()),
        ("tokenizer.json", read("tokenizer.json")),
        ("model.safetensors", read("model.safetensors")),
    ]
}

fn sha256(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

fn answer(mut stream: TcpStream, mood: Mood, n: usize, counter: &AtomicUsize) {
    let mut lines = BufReader::new(stream.try_clone().expect("a handle")).lines().map_while(Result::ok);
    let Some(request) = lines.next() else { return };
    let headers: Vec<String> = lines.take_while(|line| !line.is_empty()).map(|line| line.to_lowercase()).collect();
    let path = request.split(' ').nth(1).unwrap_or_default();
    let mut reply = |status: &str, length: usize, body: &[u8]| {
        let head = format!("HTTP/1.1 {status}\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n");
        // The other side may have had enough.
        let _ = stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(body));
    };
    if path == "/api/models/ours/tiny/revision/main?blobs=true" {
        let siblings: Vec<_> = files()
            .iter()
            .map(|(name, bytes)| match *name {
                "model.safetensors" => {
                    json!({ "rfilename": name, "size": bytes.len(), "lfs": { "sha256": sha256(bytes) } })
                }
                _ => json!({ "rfilename": name, "size": bytes.len() }),
            })
            .collect();
        let listing = json!({ "sha": "abc123", "siblings": siblings }).to_string();
        return reply("200 OK", listing.len(), listing.as_bytes());
    }
    let found = path.strip_prefix("/ours/tiny/resolve/abc123/");
    let Some((name, mut bytes)) = found.and_then(|path| files().into_iter().find(|(name, _)| *name == path)) else {
        return reply("404 Not Found", 0, b"");
    };
    assert!(!name.contains("onnx") && !name.contains("pytorch"), "{name} was not wanted");
    if name != "model.safetensors" {
        return reply("200 OK", bytes.len(), &bytes);
    }
    if mood == Mood::Lies {
        bytes[100] ^= 1;
    }
    let range = headers.iter().find_map(|line| line.strip_prefix("range: bytes=")?.strip_suffix('-')?.parse().ok());
    let from: usize = range.filter(|_| mood != Mood::NoRanges).unwrap_or(0);
    let length = bytes.len() - from;
    let end = if mood == Mood::CutsOff && n < 5 { from + length / 3 } else { bytes.len() };
    counter.fetch_add(end - from, Ordering::SeqCst);
    reply(if from > 0 { "206 Partial Content" } else { "200 OK" }, length, &bytes[from..end]);
}

#[test]
fn a_model_is_fetched_and_works() {
    let (address, _) = serve(Mood::Well);
    let dir = Dir::new();
    let ran = dir.run(&format!("models pull ours/tiny --endpoint {address}"));
    assert_eq!((ran.code, ran.stderr.as_str()), (Some(0), ""));
    let weights = fs::read(checkout("models/tiny/bert/model.safetensors")).expect("the checkout has it");
    assert!(ran.stdout.contains(&sha256(&weights)), "{}", ran.stdout);
    assert!(ran.stdout.contains("ours/tiny is ready: --model models/ours/tiny"), "{}", ran.stdout);
    assert_eq!(dir.read("models/ours/tiny/model.safetensors"), weights);
    assert_eq!(dir.read("models/ours/tiny/MODEL_CARD.md"), b"# A model\n");
    let mut names: Vec<_> = fs::read_dir(dir.path("models/ours/tiny")).expect("it is there").flatten().collect();
    names.sort_by_key(fs::DirEntry::file_name);
    let names: Vec<_> = names.iter().map(|entry| entry.file_name().to_string_lossy().into_owned()).collect();
    assert_eq!(names, ["MODEL_CARD.md", "config.json", "model.safetensors", "tokenizer.json"]);
    dir.write("a.txt", "Boats left Bonn.");
    assert_eq!(dir.run("tag a.txt --model models/ours/tiny --quiet").code, Some(0));
}

#[test]
fn a_fetch_that_was_cut_off_goes_on_where_it_was() {
    let (address, sent) = serve(Mood::CutsOff);
    let dir = Dir::new();
    let first = dir.run(&format!("models pull ours/tiny --endpoint {address}"));
    assert_eq!(first.code, Some(1), "{}", first.stdout);
    assert!(!dir.path("models/ours/tiny/model.safetensors").exists());
    assert!(dir.path("models/ours/tiny/model.safetensors.part").exists());
    assert!(first.stderr.contains("hint: run the same command again"), "{}", first.stderr);
    let second = dir.run(&format!("models pull ours/tiny --endpoint {address}"));
    assert_eq!((second.code, second.stderr.as_str()), (Some(0), ""));
    assert!(second.stdout.contains("(was there)") && second.stdout.contains("(from byte "), "{}", second.stdout);
    let weights = fs::read(checkout("models/tiny/bert/model.safetensors")).expect("the checkout has it");
    assert_eq!(dir.read("models/ours/tiny/model.safetensors"), weights);
    assert_eq!(sent.load(Ordering::SeqCst), weights.len(), "nothing was sent twice");
}

#[test]
fn a_server_without_ranges_sends_everything_again() {
    let (address, _) = serve(Mood::NoRanges);
    let dir = Dir::new();
    dir.write("models/ours/tiny/model.safetensors.part", b"something else");
    let ran = dir.run(&format!("models pull ours/tiny --endpoint {address}"));
    assert_eq!((ran.code, ran.stderr.as_str()), (Some(0), ""));
    let weights = fs::read(checkout("models/tiny/bert/model.safetensors")).expect("the checkout has it");
    assert_eq!(dir.read("models/ours/tiny/model.safetensors"), weights);
}

#[test]
fn what_is_not_what_the_hub_says_is_not_kept() {
    let (address, _) = serve(Mood::Lies);
    let dir = Dir::new();
    let ran = dir.run(&format!("models pull ours/tiny --endpoint {address}"));
    assert_eq!(ran.code, Some(1));
    assert!(ran.stderr.contains("model.safetensors: expected sha256 "), "{}", ran.stderr);
    assert!(!dir.path("models/ours/tiny/model.safetensors").exists());
    assert!(!dir.path("models/ours/tiny/model.safetensors.part").exists());
}

#[test]
fn what_cannot_be_is_said() {
    let (address, _) = serve(Mood::Well);
    let dir = Dir::new();
    for (arguments, code, wanted) in [
        ("../../etc", 2, "expected OWNER/NAME"),
        ("ours/none", 1, "/api/models/ours/none/revision/main?blobs=true: http status: 404"),
    ] {
        let ran = dir.run(&format!("models pull {arguments} --endpoint {address}"));
        assert_eq!(ran.code, Some(code), "{}", ran.stderr);
        assert!(ran.stderr.contains(wanted), "{}", ran.stderr);
    }
}
