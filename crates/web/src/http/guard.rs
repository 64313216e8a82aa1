//! What is refused before anybody looks at a path: other sites, other names of this machine, and
//! whoever has no token.
//!
//! A page of another site can make a browser send requests here. It cannot make the browser lie about
//! `Host`, `Origin` and `Sec-Fetch-Site`, and it does not know the token, which is in no cookie.

use std::sync::{Mutex, PoisonError};

use axum::http::header::{AUTHORIZATION, CONTENT_TYPE, HOST, HeaderName, ORIGIN};
use axum::http::{HeaderMap, Method, Uri};

use crate::http::token::{Token, Tokens};

/// Who may ask what.
pub struct Guard {
    /// What `Host` may be, in lower case.
    hosts: Vec<String>,
    /// What `Origin` may be.
    origins: Vec<String>,
    tokens: Tokens,
    /// What is given for the first token, once.
    ticket: Mutex<Option<Token>>,
}

/// Whose token a request has.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Who {
    /// The analyst.
    pub analyst: String,
}

/// Why a request is refused.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Refusal {
    /// It is for another host, or says nothing about that.
    Host,
    /// A page of another site has sent it.
    Origin,
    /// It is neither GET nor POST.
    Method,
    /// What it sends is not said to be JSON.
    ContentType,
    /// It has no token, or another one.
    Token,
}

/// `Sec-Fetch-Site`
const SEC_FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

impl Refusal {
    /// Its status.
    pub fn status(self) -> u16 {
        match self {
            Self::Host | Self::Origin => 403,
            Self::Method => 405,
            Self::ContentType => 415,
            Self::Token => 401,
        }
    }

    /// For programs.
    pub fn code(self) -> &'static str {
        match self {
            Self::Host => "host",
            Self::Origin => "origin",
            Self::Method => "method",
            Self::ContentType => "content_type",
            Self::Token => "token",
        }
    }

    /// For people.
    pub fn message(self) -> &'static str {
        match self {
            Self::Host => "this server answers under the names that it was started with alone",
            Self::Origin => "a page of another site may not ask this server",
            Self::Method => "there is GET and POST",
            Self::ContentType => "wanted Content-Type: application/json",
            Self::Token => "wanted the token that stands in the address which dateline review printed",
        }
    }
}

impl Guard {
    /// Lets requests to `port` of this machine pass, under `names` if there are any, else under those
    /// that it has for itself.
    pub fn new(port: u16, names: &[String], tokens: Tokens) -> Self {
        let mut hosts = Vec::new();
        let mut origins = Vec::new();
        if names.is_empty() {
            for name in ["127.0.0.1", "localhost", "[::1]"] {
                hosts.push(format!("{name}:{port}"));
                origins.push(format!("http://{name}:{port}"));
            }
            // Browsers leave the port out where it is the usual one.
            if port == 80 {
                hosts.extend(["127.0.0.1", "localhost", "[::1]"].map(str::to_owned));
                origins.extend(["http://127.0.0.1", "http://localhost", "http://[::1]"].map(str::to_owned));
            }
        }
        for name in names {
            let name = name.to_ascii_lowercase();
            // TLS is the proxy's, and a name may have the proxy's port.
            origins.extend([format!("https://{name}"), format!("http://{name}")]);
            if !name.contains(':') {
                hosts.push(format!("{name}:{port}"));
                origins.push(format!("http://{name}:{port}"));
            }
            hosts.push(name);
        }
        Self { hosts, origins, tokens, ticket: Mutex::new(None) }
    }

    /// From now on `ticket` can be changed for the token of the first analyst, once. A browser is
    /// started with it: what a program is started with everybody on the machine can see.
    pub fn issue(&self, ticket: Token) {
        *self.ticket.lock().unwrap_or_else(PoisonError::into_inner) = Some(ticket);
    }

    /// The token for a request of `/api/token` that has the ticket.
    pub fn change(&self, method: &Method, uri: &Uri, headers: &HeaderMap) -> Option<String> {
        if uri.path() != "/api/token" || self.check_place(method, uri, headers).is_err() || *method != Method::GET {
            return None;
        }
        let shown = only(headers, &AUTHORIZATION)?.strip_prefix("Bearer ")?;
        let mut ticket = self.ticket.lock().unwrap_or_else(PoisonError::into_inner);
        ticket.take_if(|ticket| ticket.is(shown))?;
        self.tokens.all().next().map(|(_, token)| token.to_owned())
    }

    /// Who asks; none for what needs no token.
    ///
    /// # Errors
    /// Why it is refused.
    pub fn check(&self, method: &Method, uri: &Uri, headers: &HeaderMap) -> Result<Option<Who>, Refusal> {
        self.check_place(method, uri, headers)?;
        let is_post = *method == Method::POST;
        if !uri.path().starts_with("/api/") {
            return if is_post { Err(Refusal::Method) } else { Ok(None) };
        }
        let token = only(headers, &AUTHORIZATION).and_then(|shown| shown.strip_prefix("Bearer "));
        let analyst = token.and_then(|token| self.tokens.owner(token)).ok_or(Refusal::Token)?;
        if is_post {
            let kind = only(headers, &CONTENT_TYPE).ok_or(Refusal::ContentType)?;
            let kind = kind.split(';').next().unwrap_or_default().trim();
            if !kind.eq_ignore_ascii_case("application/json") {
                return Err(Refusal::ContentType);
            }
        }
        Ok(Some(Who { analyst: analyst.to_owned() }))
    }

    /// Whether the request comes from our page, or from nowhere.
    fn check_place(&self, method: &Method, uri: &Uri, headers: &HeaderMap) -> Result<(), Refusal> {
        let host = only(headers, &HOST).ok_or(Refusal::Host)?.to_ascii_lowercase();
        // A request line with a whole address is for that host, whatever the header says.
        let authority = uri.authority().map(|authority| authority.as_str().to_ascii_lowercase());
        if !self.hosts.contains(&host) || authority.is_some_and(|authority| authority != host) {
            return Err(Refusal::Host);
        }
        if headers.contains_key(ORIGIN) {
            let origin = only(headers, &ORIGIN).ok_or(Refusal::Origin)?;
            // The page and the server are one: of several names the one that is asked.
            let is_same = origin.strip_prefix("http://").or(origin.strip_prefix("https://")) == Some(&host);
            if !is_same || !self.origins.iter().any(|other| other == origin) {
                return Err(Refusal::Origin);
            }
        }
        if headers.contains_key(&SEC_FETCH_SITE) {
            let site = only(headers, &SEC_FETCH_SITE).ok_or(Refusal::Origin)?;
            if site != "same-origin" && site != "none" {
                return Err(Refusal::Origin);
            }
        }
        if *method == Method::GET || *method == Method::POST { Ok(()) } else { Err(Refusal::Method) }
    }
}

/// The value of a header that is there once and is text.
fn only<'h>(headers: &'h HeaderMap, name: &HeaderName) -> Option<&'h str> {
    let mut values = headers.get_all(name).iter();
    match (values.next(), values.next()) {
        (Some(value), None) => value.to_str().ok(),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::token::Token;

    fn check(names: &[&str], request: &str) -> Result<Option<String>, Refusal> {
        let token = Token::new().expect("random bits");
        let request = request.replace("TOKEN", token.as_str());
        let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
        let guard = Guard::new(4000, &names, Tokens::one(token, "ana"));
        let (line, rest) = request.split_once('|').unwrap_or((&request, ""));
        let (method, uri) = line.split_once(' ').expect("a request line");
        let mut headers = HeaderMap::new();
        for header in rest.split('|').filter(|header| !header.is_empty()) {
            let (name, value) = header.split_once('=').expect("a header");
            headers.append(HeaderName::from_bytes(name.as_bytes()).expect("a name"), value.parse().expect("a value"));
        }
        let who = guard.check(&method.parse().expect("a method"), &uri.parse().expect("an address"), &headers)?;
        Ok(who.map(|who| who.analyst))
    }

    #[test]
    fn what_passes_and_what_does_not() {
        use Refusal::{ContentType, Host, Method, Origin, Token};
        let ana = || Ok(Some("ana".to_owned()));
        let auth = "authorization=Bearer TOKEN";
        let here = "host=127.0.0.1:4000";
        for (request, expected) in [
            (format!("GET /|{here}"), Ok(None)),
            ("GET /|host=LOCALHOST:4000".to_owned(), Ok(None)),
            ("GET /|host=[::1]:4000|origin=http://[::1]:4000|sec-fetch-site=same-origin".to_owned(), Ok(None)),
            (format!("GET /api/corpus|{here}|{auth}"), ana()),
            (format!("POST /api/verdicts|{here}|{auth}|content-type=application/json; charset=utf-8"), ana()),
            // DNS rebinding: the attacker's name leads here.
            ("GET /|host=evil.example:4000".to_owned(), Err(Host)),
            ("GET /|host=127.0.0.1".to_owned(), Err(Host)),
            ("GET /|host=127.0.0.1:4001".to_owned(), Err(Host)),
            ("GET /|host=127.0.0.1:4000.evil.example".to_owned(), Err(Host)),
            ("GET /".to_owned(), Err(Host)),
            (format!("GET /|{here}|{here}"), Err(Host)),
            (format!("GET http://evil.example/|{here}"), Err(Host)),
            (format!("GET /|{here}|origin=http://evil.example"), Err(Origin)),
            (format!("GET /|{here}|origin=null"), Err(Origin)),
            (format!("GET /|{here}|origin=http://localhost:4000"), Err(Origin)),
            (format!("GET /|{here}|origin=https://127.0.0.1:4000"), Err(Origin)),
            (format!("GET /api/corpus|{here}|{auth}|sec-fetch-site=cross-site"), Err(Origin)),
            (format!("GET /api/corpus|{here}|{auth}|sec-fetch-site=same-site"), Err(Origin)),
            (format!("DELETE /api/corpus|{here}|{auth}"), Err(Method)),
            (format!("OPTIONS /api/corpus|{here}"), Err(Method)),
            (format!("POST /|{here}"), Err(Method)),
            (format!("GET /api/corpus|{here}"), Err(Token)),
            (format!("GET /api/corpus|{here}|authorization=Bearer 0"), Err(Token)),
            (format!("GET /api/corpus|{here}|authorization=TOKEN"), Err(Token)),
            (format!("GET /api/corpus?t=TOKEN|{here}|cookie=t=TOKEN"), Err(Token)),
            (format!("POST /api/verdicts|{here}|{auth}|content-type=text/plain"), Err(ContentType)),
            (format!("POST /api/verdicts|{here}|{auth}"), Err(ContentType)),
        ] {
            assert_eq!(check(&[], &request), expected, "{request}");
        }
    }

    #[test]
    fn a_ticket_is_good_for_the_token_once() {
        let (token, ticket) = (Token::new().expect("random bits"), Token::new().expect("random bits"));
        let guard = Guard::new(4000, &[], Tokens::one(token.clone(), "ana"));
        guard.issue(ticket.clone());
        let change = |host: &str, shown: &Token| {
            let mut headers = HeaderMap::new();
            headers.insert(HOST, host.parse().expect("a value"));
            headers.insert(AUTHORIZATION, format!("Bearer {}", shown.as_str()).parse().expect("a value"));
            guard.change(&axum::http::Method::GET, &"/api/token".parse().expect("an address"), &headers)
        };
        assert_eq!(change("evil.example", &ticket), None);
        assert_eq!(change("127.0.0.1:4000", &token), None);
        assert_eq!(change("127.0.0.1:4000", &ticket).as_deref(), Some(token.as_str()));
        assert_eq!(change("127.0.0.1:4000", &ticket), None);
    }

    #[test]
    fn with_names_given_only_those_are_ours() {
        let names = &["news.example"];
        assert_eq!(check(names, "GET /|host=news.example|origin=https://news.example"), Ok(None));
        assert_eq!(check(names, "GET /|host=news.example:4000|origin=http://news.example:4000"), Ok(None));
        assert_eq!(check(names, "GET /|host=127.0.0.1:4000"), Err(Refusal::Host));
        assert_eq!(check(names, "GET /|host=news.example|origin=https://evil.example"), Err(Refusal::Origin));
    }
}
