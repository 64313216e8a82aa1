//! Requests to one server, and answers or the lack of them. Redirects are not followed: credentials
//! go to the address that the user named, and nowhere else.

use std::io::{self, Write as _};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use flate2::Compression;
use flate2::write::GzEncoder;
use serde::de::DeserializeOwned;
use serde_json::Value;
use ureq::http::{Request, Response};
use ureq::{Agent, Body};

use crate::feed::address::{Address, Credentials};
use crate::feed::error::FeedError;
use crate::feed::kind::Kind;
use crate::feed::patience;
use crate::feed::tls::{self, Trust};

/// More than this is no answer that we asked for.
const LARGEST_ANSWER: u64 = 256 << 20;

/// How to speak with the server.
#[derive(Clone, Debug)]
pub struct Manner {
    /// Who we are.
    pub credentials: Credentials,
    /// Whom we believe.
    pub trust: Trust,
    /// Until an answer has to be there.
    pub timeout: Duration,
    /// Tries after the first, without progress.
    pub retries: u32,
    /// Compress what is sent.
    pub gzip: bool,
}

/// A server that answers requests.
pub struct Client {
    agent: Agent,
    base: String,
    /// Name and value of a header.
    authorization: Option<(&'static str, String)>,
    gzip: bool,
    retries: u32,
    stop: Arc<AtomicBool>,
}

/// What a server says.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Answer {
    /// The status.
    pub status: u16,
    /// Until when not to come back.
    pub retry_after: Option<Duration>,
    /// Where it wants us to go.
    pub location: Option<String>,
    /// The rest.
    pub body: Vec<u8>,
}

/// Why there is no answer.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum NoAnswer {
    /// Nobody is there.
    Absent(String),
    /// The connection broke, or the time was up; whether the request was heeded is unknown.
    Lost(String),
    /// Whoever is there is not who it should be.
    Untrusted(String),
}

impl Client {
    /// For the server at `address`, whose engine is of this `kind`, if that is known. Where `stop`
    /// is set nothing is tried again.
    ///
    /// # Errors
    /// If certificates or fingerprints cannot be used.
    pub fn new(
        address: &Address,
        kind: Option<Kind>,
        manner: &Manner,
        stop: &Arc<AtomicBool>,
    ) -> Result<Self, FeedError> {
        let mut config = Agent::config_builder()
            .http_status_as_error(false)
            .max_redirects(0)
            .max_redirects_will_error(false)
            .timeout_global(Some(manner.timeout))
            .user_agent(concat!("dateline/", env!("CARGO_PKG_VERSION")));
        if address.is_here() {
            // A proxy would look for it on its own machine.
            config = config.proxy(None);
        }
        if address.is_encrypted {
            config = config.tls_config(tls::config(address, &manner.trust, manner.timeout)?);
        }
        let authorization = match &manner.credentials {
            Credentials::None => None,
            Credentials::ApiKey(key) if kind == Some(Kind::Typesense) => {
                Some(("x-typesense-api-key", key.reveal().to_owned()))
            }
            Credentials::ApiKey(key) => Some(("authorization", format!("ApiKey {}", key.reveal()))),
            Credentials::User(name, password) => {
                let both = STANDARD.encode(format!("{name}:{}", password.reveal()));
                Some(("authorization", format!("Basic {both}")))
            }
        };
        Ok(Self {
            agent: config.build().new_agent(),
            base: address.base.clone(),
            authorization,
            gzip: manner.gzip,
            retries: manner.retries,
            stop: Arc::clone(stop),
        })
    }

    /// The address of `path`, without what stands behind a question mark.
    pub fn url(&self, path: &str) -> String {
        format!("{}{}", self.base, path.split('?').next().unwrap_or(path))
    }

    /// Sends one request, once.
    ///
    /// # Errors
    /// If there is no answer.
    pub fn send(
        &self,
        method: &'static str,
        path: &str,
        content_type: &str,
        body: Option<&[u8]>,
    ) -> Result<Answer, NoAnswer> {
        let mut request = Request::builder().method(method).uri(format!("{}{path}", self.base));
        if let Some((name, value)) = &self.authorization {
            request = request.header(*name, value);
        }
        let response = match body {
            None => request.body(()).map(|request| self.agent.run(request)),
            Some(body) => {
                request = request.header("content-type", content_type);
                if self.gzip {
                    let body = gzipped(body).map_err(|error| NoAnswer::Lost(error.to_string()))?;
                    request.header("content-encoding", "gzip").body(body).map(|request| self.agent.run(request))
                } else {
                    request.body(body).map(|request| self.agent.run(request))
                }
            }
        };
        // The parts of a request are checked before: addresses, names of indexes, secrets.
        let response = response.map_err(|error| NoAnswer::Lost(error.to_string()))?;
        response.map_err(no_answer).and_then(read)
    }

    /// Asks until there is an answer that is one.
    ///
    /// # Errors
    /// If nobody is there, not even at the first try, or every try fails.
    pub fn ask(&self, method: &'static str, path: &str, body: Option<&Value>) -> Result<Answer, FeedError> {
        let body = body.map(|value| value.to_string().into_bytes());
        let mut failures = 0;
        loop {
            let (message, retry_after) = match self.send(method, path, "application/json", body.as_deref()) {
                Ok(answer) if matches!(answer.status, 429 | 502 | 503 | 504) => {
                    (format!("HTTP status {}", answer.status), answer.retry_after)
                }
                Ok(answer) if (300..400).contains(&answer.status) => return Err(self.redirected(method, path, &answer)),
                Ok(answer) => return Ok(answer),
                Err(NoAnswer::Absent(message)) if failures == 0 => {
                    return Err(FeedError::Unreachable { url: self.url("/"), message });
                }
                Err(NoAnswer::Untrusted(message)) => {
                    return Err(FeedError::Untrusted { url: self.url("/"), message });
                }
                Err(NoAnswer::Absent(message) | NoAnswer::Lost(message)) => (message, None),
            };
            failures += 1;
            let gave_up = failures > self.retries;
            if gave_up || !patience::sleep(patience::wait(failures, retry_after), &self.stop) {
                return Err(FeedError::GaveUp { url: self.url(path), tries: failures, message });
            }
        }
    }

    /// Asks, and wants to hear that it is done.
    ///
    /// # Errors
    /// If it is not.
    pub fn tell(&self, method: &'static str, path: &str, body: Option<&Value>) -> Result<(), FeedError> {
        let answer = self.ask(method, path, body)?;
        if (200..300).contains(&answer.status) { Ok(()) } else { Err(self.refused(method, path, &answer)) }
    }

    /// The value in an answer that says that all is well.
    ///
    /// # Errors
    /// If it says something else, or holds something else.
    pub fn expect<T: DeserializeOwned>(
        &self,
        method: &'static str,
        path: &str,
        answer: &Answer,
    ) -> Result<T, FeedError> {
        if !(200..300).contains(&answer.status) {
            return Err(self.refused(method, path, answer));
        }
        serde_json::from_slice(&answer.body).map_err(|error| self.nonsense(method, path, &error.to_string()))
    }

    /// That the engine does not want to.
    pub fn refused(&self, method: &'static str, path: &str, answer: &Answer) -> FeedError {
        let value: Value = serde_json::from_slice(&answer.body).unwrap_or_default();
        let words = [&value["error"]["reason"], &value["error"], &value["message"]];
        let words = words.into_iter().find_map(Value::as_str).map_or_else(String::new, |words| format!(": {words}"));
        let (url, status) = (self.url(path), answer.status);
        FeedError::Refused {
            method,
            url,
            status: Some(status),
            message: format!("HTTP status {status}{words}"),
            sent: false,
        }
    }

    /// That an answer makes no sense.
    pub fn nonsense(&self, method: &'static str, path: &str, message: &str) -> FeedError {
        FeedError::Nonsense { method, url: self.url(path), message: message.to_owned() }
    }

    /// That the server wants us to go elsewhere.
    pub fn redirected(&self, method: &'static str, path: &str, answer: &Answer) -> FeedError {
        let to = answer.location.clone().unwrap_or_else(|| "nowhere".to_owned());
        FeedError::Redirected { method, url: self.url(path), to }
    }

    /// How often to try again without progress.
    pub fn retries(&self) -> u32 {
        self.retries
    }

    /// Whether nobody waits for answers any more.
    pub fn is_stopped(&self) -> bool {
        self.stop.load(Ordering::Relaxed)
    }

    /// Sleeps, unless nobody waits any more; whether it slept to the end.
    pub fn sleep(&self, wait: Duration) -> bool {
        patience::sleep(wait, &self.stop)
    }
}

fn gzipped(bytes: &[u8]) -> io::Result<Vec<u8>> {
    let mut encoder = GzEncoder::new(Vec::with_capacity(bytes.len() / 3), Compression::fast());
    encoder.write_all(bytes)?;
    encoder.finish()
}

fn read(mut response: Response<Body>) -> Result<Answer, NoAnswer> {
    let header = |name: &str| response.headers().get(name).and_then(|value| value.to_str().ok()).map(str::to_owned);
    let retry_after = header("retry-after").and_then(|text| text.trim().parse().ok()).map(Duration::from_secs);
    let (status, location) = (response.status().as_u16(), header("location"));
    let body = response.body_mut().with_config().limit(LARGEST_ANSWER).read_to_vec().map_err(no_answer)?;
    Ok(Answer { status, retry_after, location, body })
}

fn no_answer(error: ureq::Error) -> NoAnswer {
    let message = error.to_string();
    match error {
        ureq::Error::HostNotFound | ureq::Error::ConnectionFailed => NoAnswer::Absent(message),
        ureq::Error::Io(error) if error.kind() == io::ErrorKind::ConnectionRefused => NoAnswer::Absent(message),
        // What rustls finds wrong with a certificate comes as data that is invalid.
        ureq::Error::Io(error) if error.kind() == io::ErrorKind::InvalidData => NoAnswer::Untrusted(message),
        ureq::Error::Tls(_) | ureq::Error::Rustls(_) | ureq::Error::Pem(_) => NoAnswer::Untrusted(message),
        _ => NoAnswer::Lost(message),
    }
}
