//! Where an index is, and what is needed to get in.

use std::fmt;
use std::path::Path;

use ureq::http::Uri;

use crate::feed::error::FeedError;

/// The address of an index: `http://localhost:9200/news`.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Address {
    /// Scheme, host, port, and the path of a proxy if there is one, without a slash at the end.
    pub base: String,
    /// Host without port.
    pub host: String,
    /// Port.
    pub port: u16,
    /// Whether it is encrypted.
    pub is_encrypted: bool,
    /// Name of the index.
    pub index: String,
}

impl Address {
    /// Reads an address. What is wrong with it is told without it: it may hold a password.
    ///
    /// # Errors
    /// If it is no address of an index, or has credentials in it.
    pub fn parse(text: &str) -> Result<Self, FeedError> {
        let wrong = |problem: &str| FeedError::Address { problem: problem.to_owned() };
        let without_scheme = || wrong("expected an address that begins with http:// or https://");
        if !text.contains("://") {
            return Err(without_scheme());
        }
        let uri: Uri = text.parse().map_err(|_| wrong("is not an address"))?;
        let is_encrypted = match uri.scheme_str() {
            Some("http") => false,
            Some("https") => true,
            _ => return Err(without_scheme()),
        };
        let (Some(authority), Some(host)) = (uri.authority(), uri.host()) else { return Err(wrong("has no host")) };
        if authority.as_str().contains('@') {
            return Err(wrong(
                "has credentials in it, which other programs on this machine could see; \
                 give them with --user and the variable DATELINE_PASSWORD",
            ));
        }
        if uri.query().is_some() {
            return Err(wrong("expected nothing behind the name of the index, found a ?"));
        }
        let path = uri.path().trim_end_matches('/');
        let Some((before, index)) = path.rsplit_once('/').filter(|(_, index)| !index.is_empty()) else {
            return Err(wrong("has no name of an index at its end"));
        };
        let is_taken = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
        if index.starts_with(['_', '-', '.']) || !index.bytes().all(is_taken) || index.len() > 200 {
            return Err(wrong(
                "expected a name of an index of letters, digits, - _ and ., beginning with a letter or digit, \
                 up to 200 of them",
            ));
        }
        Ok(Self {
            base: format!("{}://{authority}{before}", if is_encrypted { "https" } else { "http" }),
            host: host.trim_matches(['[', ']']).to_owned(),
            port: uri.port_u16().unwrap_or(if is_encrypted { 443 } else { 80 }),
            is_encrypted,
            index: index.to_owned(),
        })
    }

    /// Whether it is on this machine.
    pub fn is_here(&self) -> bool {
        self.host == "localhost" || self.host.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback())
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.base, self.index)
    }
}

/// Something that nobody is to see. It cannot be printed.
#[derive(Clone)]
pub struct Secret(String);

impl Secret {
    /// `text` as a secret; none if it could not stand in a header, or there is nothing.
    pub fn new(text: &str) -> Option<Self> {
        let text = text.trim();
        let is_visible = |byte: u8| (b' '..=b'~').contains(&byte);
        (!text.is_empty() && text.bytes().all(is_visible)).then(|| Self(text.to_owned()))
    }

    /// What is in the file `path`, without white space around it.
    ///
    /// # Errors
    /// If it cannot be read, or holds nothing that could be a secret.
    pub fn read(path: &Path) -> Result<Self, FeedError> {
        let text =
            std::fs::read_to_string(path).map_err(|source| FeedError::Secret { path: path.to_owned(), source })?;
        Self::new(&text).ok_or_else(|| FeedError::NotASecret {
            place: path.display().to_string(),
            problem: "expected an API key, on one line of visible characters".to_owned(),
        })
    }

    /// What it is, for the one place that sends it.
    pub(super) fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

/// Who we are.
#[derive(Clone, Debug)]
pub enum Credentials {
    /// Nobody in particular.
    None,
    /// By a key.
    ApiKey(Secret),
    /// By name and password.
    User(String, Secret),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses() {
        let parsed = |text| Address::parse(text).map(|it| format!("{} {} {} {}", it.base, it.host, it.port, it.index));
        for (text, expected) in [
            ("http://localhost:9200/news", "http://localhost:9200 localhost 9200 news"),
            ("https://[::1]/es/news-2025/", "https://[::1]/es ::1 443 news-2025"),
            ("HTTP://Example.org/a.b_c", "http://Example.org Example.org 80 a.b_c"),
        ] {
            assert_eq!(parsed(text).expect(text), expected);
        }
        for text in [
            "localhost:9200/news",
            "ftp://localhost/news",
            "http://localhost:9200",
            "http://localhost:9200/",
            "http://localhost:9200/_bulk",
            "http://localhost:9200/a b",
            "http://localhost:9200/news?pretty",
            "http://localhost:9200/a,b",
            "",
        ] {
            assert!(parsed(text).is_err(), "{text}");
        }
        let error = parsed("http://ada:hunter2@localhost/news").expect_err("it has a password in it").to_string();
        assert!(error.contains("DATELINE_PASSWORD") && !error.contains("hunter2"), "{error}");
    }

    #[test]
    fn secrets_are_not_printed() {
        let secret = Secret::new(" hunter2\n").expect("it is one line");
        assert_eq!(format!("{:?}", Credentials::User("ada".to_owned(), secret)), r#"User("ada", Secret(…))"#);
        assert!(Secret::new(" ").is_none() && Secret::new("a\nb").is_none() && Secret::new("a\r\nx: y").is_none());
    }
}
