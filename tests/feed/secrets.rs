//! Secrets go to the server that the user named, and nowhere else; servers have to be who they should
//! be.

use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use rustls::{ServerConfig, ServerConnection, StreamOwned};
use sha2::{Digest, Sha256};

use crate::articles::{dir, fed, feed};
use crate::common::{Dir, Ran};
use crate::server::{Fault, Is, Server};

const SECRET: &str = "hunter2-and-more";

/// Everything that a feed leaves where others could find it.
fn is_nowhere(dir: &Dir, ran: &Ran, but: &str) {
    let encoded = STANDARD.encode(format!("ada:{SECRET}"));
    for secret in [SECRET, &encoded] {
        assert!(!ran.stderr.contains(secret) && !ran.stdout.contains(secret), "{}{}", ran.stdout, ran.stderr);
        for name in dir.names().iter().filter(|name| *name != but) {
            assert!(!String::from_utf8_lossy(&dir.read(name)).contains(secret), "{name}");
        }
    }
}

#[test]
fn credentials_are_sent_and_shown_nowhere() {
    for (arguments, variable, header, is) in [
        ("", "DATELINE_API_KEY", ("authorization", format!("ApiKey {SECRET}")), Is::Elasticsearch),
        ("--api-key-file key", "", ("authorization", format!("ApiKey {SECRET}")), Is::Opensearch),
        ("--api-key-file key", "", ("x-typesense-api-key", SECRET.to_owned()), Is::Typesense),
        (
            "--user ada",
            "DATELINE_PASSWORD",
            ("authorization", format!("Basic {}", STANDARD.encode(format!("ada:{SECRET}")))),
            Is::Elasticsearch,
        ),
    ] {
        let refusal = r#"{"error":{"type":"security_exception","reason":"no"},"message":"no"}"#;
        for fault in [Fault::None, Fault::Whole(401, refusal, ""), Fault::Whole(400, refusal, ""), Fault::Says("x")] {
            let server = Server::with_index(is);
            server.inside().always = fault;
            let dir = dir(3);
            dir.write("key", format!("{SECRET}\n"));
            let mut command = feed(&dir, &format!("out.jsonl --to {}/news --retries 1 {arguments}", server.url));
            if !variable.is_empty() {
                command.env(variable, SECRET);
            }
            let ran = Ran::of(&mut command);
            is_nowhere(&dir, &ran, "key");
            let batches = server.batches();
            assert!(!batches.is_empty(), "{}", ran.stderr);
            assert!(
                batches.iter().all(|batch| batch.headers.get(header.0) == Some(&header.1)),
                "{:?}",
                batches[0].headers
            );
        }
    }
}

#[test]
fn dry_runs_have_no_secrets_in_them() {
    let dir = dir(3);
    dir.write("key", SECRET);
    for arguments in [
        "out.jsonl --dry-run --to http://localhost:1/news --api-key-file key",
        "out.jsonl --template --to http://localhost:1/news --api-key-file key",
        "out.jsonl --as solr -o solr.jsonl --api-key-file key",
    ] {
        let ran = Ran::of(feed(&dir, arguments).env("DATELINE_PASSWORD", SECRET).env("DATELINE_API_KEY", SECRET));
        assert_eq!(ran.code, Some(0), "{}", ran.stderr);
        is_nowhere(&dir, &ran, "key");
    }
}

#[test]
fn no_way_leads_past_file_and_environment() {
    let dir = dir(1);
    let ran = Ran::of(&mut feed(&dir, &format!("out.jsonl --to http://ada:{SECRET}@localhost:1/news")));
    assert_eq!(ran.code, Some(2));
    assert!(
        ran.stderr.contains("has credentials in it, which other programs on this machine could see"),
        "{}",
        ran.stderr
    );
    is_nowhere(&dir, &ran, "");
    let help = dir.run("feed --help").stdout;
    for option in ["--password", "--api-key ", "--token", "--header"] {
        assert!(!help.contains(option), "{option} would stand in the list of processes");
    }
    let ran = Ran::of(&mut feed(&dir, "out.jsonl --to http://localhost:1/news --user ada"));
    assert_eq!(ran.code, Some(2));
    assert!(
        ran.stderr.contains("--user ada: there is no password in the variable DATELINE_PASSWORD\nhint: "),
        "{}",
        ran.stderr
    );
    // What cannot stand in a header is not shown either.
    dir.write("key", format!("{SECRET}\nx: y"));
    let ran = Ran::of(&mut feed(&dir, "out.jsonl --to http://localhost:1/news --api-key-file key"));
    assert_eq!(
        (ran.code, ran.stderr.as_str()),
        (Some(2), "error: key: expected an API key, on one line of visible characters\n")
    );
    let ran =
        Ran::of(feed(&dir, "out.jsonl --to http://localhost:1/news").env("DATELINE_API_KEY", format!("{SECRET}\n2")));
    assert_eq!(
        (ran.code, ran.stderr.as_str()),
        (Some(2), "error: DATELINE_API_KEY: expected one line of visible characters\n")
    );
}

/// A server that sends us on gets no second request, and where it points gets none at all.
#[test]
fn redirections_are_not_followed() {
    let elsewhere = Server::with_index(Is::Opensearch);
    let server = Server::scripted([Fault::Redirect(format!("{}/news/_bulk", elsewhere.url))]);
    let dir = dir(1);
    let ran = Ran::of(feed(&dir, &format!("out.jsonl --to {}/news -q", server.url)).env("DATELINE_API_KEY", SECRET));
    assert_eq!(ran.code, Some(2), "{}", ran.stderr);
    let wanted = format!("redirects to {}/news/_bulk, which is not followed\nhint: ", elsewhere.url);
    assert!(ran.stderr.contains(&wanted), "{}", ran.stderr);
    assert!(elsewhere.inside().requests.is_empty());
    is_nowhere(&dir, &ran, "");
}

/// A server with a certificate of an authority of ours, before the server `behind`; its address, the
/// authority's certificate in PEM, and its fingerprint.
fn encrypted(behind: &Server) -> (String, String, String) {
    let key = || KeyPair::generate().expect("a key");
    let (authority_key, own_key) = (key(), key());
    let mut authority = CertificateParams::new(Vec::new()).expect("no names");
    authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let authority_certificate = authority.self_signed(&authority_key).expect("a certificate");
    let issuer = Issuer::new(authority, authority_key);
    let own = CertificateParams::new(vec!["localhost".to_owned()]).expect("a name");
    let own = own.signed_by(&own_key, &issuer).expect("a certificate");
    // As Elasticsearch does, it shows its authority too.
    let chain = vec![own.der().clone(), authority_certificate.der().clone()];
    let private = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(own_key.serialize_der()));
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .expect("the usual versions")
        .with_no_client_auth()
        .with_single_cert(chain, private)
        .expect("they belong together");
    let config = Arc::new(config);
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = format!("https://localhost:{}", listener.local_addr().expect("an address").port());
    let plain = behind.url.trim_start_matches("http://").to_owned();
    std::thread::spawn(move || {
        for outside in listener.incoming().flatten() {
            let (config, plain) = (Arc::clone(&config), plain.clone());
            std::thread::spawn(move || {
                let connection = ServerConnection::new(config).expect("the configuration is good");
                let mut outside = StreamOwned::new(connection, outside);
                pass_on(&mut outside, &plain);
            });
        }
    });
    let digest = Sha256::digest(authority_certificate.der());
    let fingerprint: Vec<String> = digest.iter().map(|byte| format!("{byte:02X}")).collect();
    let fingerprint = fingerprint.join(":");
    (address, authority_certificate.pem(), fingerprint)
}

/// One request after another, each with its length, to the server without encryption and back.
fn pass_on(outside: &mut (impl std::io::Read + std::io::Write), plain: &str) {
    loop {
        let (mut request, mut byte) = (Vec::new(), [0]);
        while !request.ends_with(b"\r\n\r\n") {
            if !matches!(outside.read(&mut byte), Ok(1)) {
                return;
            }
            request.push(byte[0]);
        }
        let head = String::from_utf8_lossy(&request).to_lowercase();
        let length = head.lines().find_map(|line| line.strip_prefix("content-length:")?.trim().parse().ok());
        let mut body = vec![0; length.unwrap_or(0)];
        outside.read_exact(&mut body).expect("the whole request comes");
        let mut inside = std::net::TcpStream::connect(plain).expect("it is there");
        inside.write_all(&request).and_then(|()| inside.write_all(&body)).expect("it listens");
        inside.shutdown(std::net::Shutdown::Write).expect("it is open");
        let mut answer = Vec::new();
        inside.read_to_end(&mut answer).expect("it answers");
        if outside.write_all(&answer).and_then(|()| outside.flush()).is_err() {
            return;
        }
    }
}

#[test]
fn a_server_has_to_be_who_it_should_be() {
    let server = Server::with_index(Is::Elasticsearch);
    let (url, pem, fingerprint) = encrypted(&server);
    let dir = || {
        let dir = dir(2);
        dir.write("ca.pem", &pem).write("other.pem", "no certificate");
        dir
    };
    // Nobody knows this authority.
    let ran = fed(&dir(), &url, "-q");
    assert_eq!(ran.code, Some(2), "{}", ran.stderr);
    assert!(ran.stderr.contains("hint: --ca FILE or --ca-fingerprint HEX says whom to trust"), "{}", ran.stderr);
    assert!(server.inside().requests.is_empty());
    // We do, by its certificate or by its fingerprint, as it is printed or in lower case.
    let plain = fingerprint.replace(':', "").to_lowercase();
    for arguments in
        ["--ca ca.pem".to_owned(), format!("--ca-fingerprint {fingerprint}"), format!("--ca-fingerprint {plain}")]
    {
        let dir = dir();
        let ran = fed(&dir, &url, &format!("-q {arguments}"));
        assert_eq!((ran.code, ran.stderr.as_str()), (Some(0), ""), "{arguments}");
    }
    // Another one's fingerprint; a name that is not in the certificate; files that are none.
    let other = "ab".repeat(32);
    let ran = fed(&dir(), &url, &format!("-q --ca-fingerprint {other}"));
    assert_eq!(ran.code, Some(2), "{}", ran.stderr);
    assert!(
        ran.stderr.contains(&format!("has the fingerprint {other}; theirs are ")) && ran.stderr.contains(&plain),
        "{}",
        ran.stderr
    );
    let by_number = url.replace("localhost", "127.0.0.1");
    for arguments in ["--ca ca.pem".to_owned(), format!("--ca-fingerprint {fingerprint}")] {
        let ran = fed(&dir(), &by_number, &format!("-q {arguments}"));
        assert_eq!(ran.code, Some(2), "{arguments}: {}", ran.stderr);
    }
    for (arguments, message) in [
        ("--ca other.pem", "error: other.pem: expected certificates in PEM, found none\n"),
        ("--ca none.pem", "error: none.pem: cannot be read: No such file or directory (os error 2)\n"),
        (
            "--ca-fingerprint 12",
            "error: --ca-fingerprint: expected the SHA-256 of a certificate, 64 hexadecimal digits\n",
        ),
    ] {
        let ran = fed(&dir(), &url, &format!("-q {arguments}"));
        assert_eq!((ran.code, ran.stderr.as_str()), (Some(2), message));
    }
    // Whoever wants it otherwise is told each time, even where nothing else is said.
    let ran = fed(&dir(), &by_number, "-q --insecure");
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    assert!(ran.stderr.starts_with("note: --insecure: whoever answers is believed"), "{}", ran.stderr);
}
