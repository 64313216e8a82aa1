//! Takes connections, reads requests within bounds, and writes answers.

use std::io::{self, Write};
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::{self, Bytes};
use axum::extract::{Request, State};
use axum::http::header::{self, HeaderName, HeaderValue};
use axum::http::{self, StatusCode};
use axum::response::Response;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::sync::{Semaphore, mpsc};

use crate::http::ask::{Ask, Body, Method, Reply, Writing};
use crate::http::guard::Guard;
use crate::http::listen::Listeners;

/// What is served.
pub trait Room: Send + Sync + 'static {
    /// The answer to `ask`. It may read files and take a while.
    fn answer(&self, ask: &Ask) -> Reply;

    /// Whether the answer would be empty as long as nothing happens: then it is asked for again until
    /// it is not, or the wait is over.
    fn is_waiting(&self, ask: &Ask) -> bool {
        let _ = ask;
        false
    }
}

/// How long an answer that waits for something is held back.
const WAIT: Duration = Duration::from_secs(20);
/// Time between two looks at whether it has happened.
const LOOK: Duration = Duration::from_millis(200);
/// Bytes of a request's head: every header that a browser sends, many times over.
const HEAD: usize = 16 << 10;
/// Headers of a request.
const HEADERS: usize = 64;
/// Bytes of a request's body: a note, a rule, a few hundred decisions.
const BODY: usize = 1 << 20;
/// Connections at a time. Browsers open six.
const CONNECTIONS: usize = 64;
/// For the head of a request to come, or the whole body.
const PATIENCE: Duration = Duration::from_secs(10);
/// Requests that are worked on at a time.
const AT_WORK: usize = 8;
/// Pieces of a long answer that wait for the browser to take them.
const PIECES: usize = 4;

/// Nothing comes from elsewhere, nothing is sent elsewhere, no text becomes markup, and no other page
/// may look in.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; \
                      base-uri 'none'; form-action 'none'; frame-ancestors 'none'; \
                      require-trusted-types-for 'script'; trusted-types 'none'";

/// What every answer says.
const ALWAYS: [(&str, &str); 7] = [
    ("content-security-policy", POLICY),
    ("x-content-type-options", "nosniff"),
    ("referrer-policy", "no-referrer"),
    ("cross-origin-opener-policy", "same-origin"),
    ("cross-origin-resource-policy", "same-origin"),
    (
        "permissions-policy",
        "camera=(), clipboard-read=(), display-capture=(), geolocation=(), microphone=(), payment=(), usb=()",
    ),
    ("x-frame-options", "DENY"),
];

struct Served {
    guard: Guard,
    room: Arc<dyn Room>,
    at_work: Semaphore,
}

/// Serves `room` until `go_on` says no, which it is asked every now and then.
///
/// # Errors
/// If the system does not let it listen.
pub fn serve(
    listeners: Listeners,
    guard: Guard,
    room: Arc<dyn Room>,
    mut go_on: impl FnMut() -> bool,
) -> io::Result<()> {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    let served = Arc::new(Served { guard, room, at_work: Semaphore::new(AT_WORK) });
    let router = Router::new().fallback(answer).with_state(served);
    runtime.block_on(async {
        let connections = Arc::new(Semaphore::new(CONNECTIONS));
        for socket in listeners.sockets {
            let socket = tokio::net::TcpListener::from_std(socket)?;
            tokio::spawn(accept(socket, router.clone(), Arc::clone(&connections)));
        }
        while go_on() {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        Ok::<(), io::Error>(())
    })?;
    // What is being written is written: decisions are synced before anything is said of them.
    runtime.shutdown_timeout(Duration::from_secs(2));
    Ok(())
}

async fn accept(socket: tokio::net::TcpListener, router: Router, connections: Arc<Semaphore>) {
    loop {
        let Ok(permit) = Arc::clone(&connections).acquire_owned().await else { return };
        let stream = match socket.accept().await {
            Ok((stream, _)) => stream,
            // Out of file descriptors, say: others will be closed.
            Err(_) => {
                tokio::time::sleep(LOOK).await;
                continue;
            }
        };
        let _ = stream.set_nodelay(true);
        let service = TowerToHyperService::new(router.clone());
        tokio::spawn(async move {
            let mut http = hyper::server::conn::http1::Builder::new();
            http.timer(TokioTimer::new()).header_read_timeout(PATIENCE).max_buf_size(HEAD).max_headers(HEADERS);
            let _ = http.serve_connection(TokioIo::new(stream), service).await;
            drop(permit);
        });
    }
}

async fn answer(State(served): State<Arc<Served>>, request: Request) -> Response {
    let reply = match ask(&served.guard, request).await {
        Ok(ask) => worked_out(&served, ask).await,
        Err(reply) => reply,
    };
    response(reply)
}

/// A request that is not refused, as a value.
async fn ask(guard: &Guard, request: Request) -> Result<Ask, Reply> {
    let (head, body) = request.into_parts();
    if let Some(token) = guard.change(&head.method, &head.uri, &head.headers) {
        return Err(Reply::json(&serde_json::json!({"token": token})));
    }
    let who = guard
        .check(&head.method, &head.uri, &head.headers)
        .map_err(|refusal| Reply::refused(refusal.status(), refusal.code(), refusal.message(), None))?;
    let too_large = || Reply::refused(413, "too_large", &format!("wanted at most {BODY} bytes"), None);
    let too_slow = || Reply::refused(408, "too_slow", "the request did not come to its end in time", None);
    let body = tokio::time::timeout(PATIENCE, body::to_bytes(body, BODY)).await;
    let body = body.map_err(|_| too_slow())?.map_err(|_| too_large())?;
    let once = head.headers.get("idempotency-key").and_then(|key| key.to_str().ok()).map(str::to_owned);
    let query = head.uri.query().unwrap_or_default();
    Ok(Ask {
        method: if head.method == http::Method::POST { Method::Post } else { Method::Get },
        path: head.uri.path().to_owned(),
        query: form_urlencoded::parse(query.as_bytes()).into_owned().collect(),
        once,
        who,
        body: body.to_vec(),
    })
}

async fn worked_out(served: &Arc<Served>, ask: Ask) -> Reply {
    let broken = || Reply::refused(500, "internal", "the answer could not be worked out", Some("please report this"));
    let waits_until = tokio::time::Instant::now() + WAIT;
    while served.room.is_waiting(&ask) && tokio::time::Instant::now() < waits_until {
        tokio::time::sleep(LOOK).await;
    }
    let Ok(_permit) = served.at_work.acquire().await else { return broken() };
    let room = Arc::clone(&served.room);
    tokio::task::spawn_blocking(move || room.answer(&ask)).await.unwrap_or_else(|_| broken())
}

fn response(reply: Reply) -> Response {
    let body = match reply.body {
        Body::Whole(bytes) => body::Body::from(bytes.into_owned()),
        Body::Written(write) => written(write),
    };
    let mut response = Response::new(body);
    *response.status_mut() = StatusCode::from_u16(reply.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let headers = response.headers_mut();
    for (name, value) in ALWAYS {
        headers.insert(HeaderName::from_static(name), HeaderValue::from_static(value));
    }
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(reply.content_type));
    let stored = if reply.immutable { "public, max-age=31536000, immutable" } else { "no-store" };
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(stored));
    if reply.status == 405 {
        headers.insert(header::ALLOW, HeaderValue::from_static("GET, POST"));
    }
    if let Some(name) =
        reply.file_name.and_then(|name| HeaderValue::from_str(&format!("attachment; filename=\"{name}\"")).ok())
    {
        headers.insert(header::CONTENT_DISPOSITION, name);
    }
    response
}

/// A body that `write` writes while the browser reads it.
fn written(write: Writing) -> body::Body {
    let (sender, receiver) = mpsc::channel::<io::Result<Bytes>>(PIECES);
    tokio::task::spawn_blocking(move || {
        let mut pieces = io::BufWriter::with_capacity(64 << 10, Pieces(sender.clone()));
        let ended = write(&mut pieces).and_then(|()| pieces.flush());
        if let Err(error) = ended {
            // The connection is cut, so that half a file is not taken for a whole one.
            let _ = sender.blocking_send(Err(error));
        }
    });
    body::Body::from_stream(futures_util::stream::unfold(receiver, |mut receiver| async {
        receiver.recv().await.map(|piece| (piece, receiver))
    }))
}

struct Pieces(mpsc::Sender<io::Result<Bytes>>);

impl Write for Pieces {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let gone = |_| io::Error::from(io::ErrorKind::BrokenPipe);
        self.0.blocking_send(Ok(Bytes::copy_from_slice(bytes))).map_err(gone)?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
