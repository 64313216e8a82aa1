//! What shows that a request comes from whom the address was given to.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use dateline::internals::digest::hex;
use dateline::internals::error::UserError;
use subtle::ConstantTimeEq as _;
use thiserror::Error;

/// 128 random bits, in hexadecimal digits.
#[derive(Clone)]
pub struct Token(String);

/// Whose token is whose.
#[derive(Clone)]
pub struct Tokens(Vec<(Token, String)>);

/// A file of tokens cannot be used.
#[derive(Debug, Error)]
pub enum TokensError {
    /// It is not there, or not ours to read.
    #[error("{path}: cannot be read")]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// Others can read it.
    #[error("{path}: found mode {mode:o}, wanted a file that its owner alone can read")]
    Open {
        /// The file.
        path: PathBuf,
        /// Its permissions.
        mode: u32,
    },
    /// A line says something else.
    #[error("{path}:{line}: found {found}, wanted a name, a space and a token of at least 32 characters")]
    Line {
        /// The file.
        path: PathBuf,
        /// Counted from 1.
        line: usize,
        /// What is wrong with it, without the token.
        found: &'static str,
    },
    /// It has no tokens.
    #[error("{path}: found no token, wanted a line for each analyst")]
    Empty {
        /// The file.
        path: PathBuf,
    },
}

impl UserError for TokensError {
    fn hint(&self) -> Option<String> {
        Some(match self {
            Self::Open { path, .. } => format!("chmod 600 {}", path.display()),
            _ => "echo \"ana $(openssl rand -hex 16)\" makes a line for ana".to_owned(),
        })
    }
}

impl Token {
    /// A new one, from the system.
    ///
    /// # Errors
    /// If the system gives no random bits.
    pub fn new() -> io::Result<Self> {
        let mut bits = [0_u8; 16];
        getrandom::fill(&mut bits).map_err(|error| io::Error::other(error.to_string()))?;
        Ok(Self(hex(&bits)))
    }

    /// As it stands in an address.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    pub(super) fn is(&self, shown: &str) -> bool {
        // How long it takes tells the length alone, which is no secret.
        self.0.as_bytes().ct_eq(shown.as_bytes()).into()
    }
}

impl Tokens {
    /// One token, of one analyst.
    pub fn one(token: Token, analyst: &str) -> Self {
        Self(vec![(token, analyst.to_owned())])
    }

    /// Those in the file `path`: a name, a space and a token on each line.
    ///
    /// # Errors
    /// If it cannot be read, others can read it, or a line says something else.
    pub fn open(path: &Path) -> Result<Self, TokensError> {
        let failed = |source| TokensError::Read { path: path.to_owned(), source };
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            let mode = fs::metadata(path).map_err(failed)?.permissions().mode() & 0o777;
            if mode & 0o077 != 0 {
                return Err(TokensError::Open { path: path.to_owned(), mode });
            }
        }
        let text = fs::read_to_string(path).map_err(failed)?;
        let mut tokens = Vec::new();
        for (i, line) in text.lines().enumerate() {
            let line = line.trim();
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            let wrong = |found| TokensError::Line { path: path.to_owned(), line: i + 1, found };
            let (name, token) = line.split_once(char::is_whitespace).ok_or_else(|| wrong("one word"))?;
            let token = token.trim();
            if token.len() < 32 {
                return Err(wrong("a token that is too short"));
            }
            if !token.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte)) {
                return Err(wrong("a token with other characters than letters, digits and -._~"));
            }
            if !is_analyst(name) {
                return Err(wrong("a name with other characters than letters, digits, - and _"));
            }
            tokens.push((Token(token.to_owned()), name.to_owned()));
        }
        if tokens.is_empty() { Err(TokensError::Empty { path: path.to_owned() }) } else { Ok(Self(tokens)) }
    }

    /// Whose token `shown` is. All are looked at, whichever it is.
    pub fn owner(&self, shown: &str) -> Option<&str> {
        let mut owner = None;
        for (token, analyst) in &self.0 {
            if token.is(shown) {
                owner = Some(analyst.as_str());
            }
        }
        owner
    }

    /// Names and tokens, to be given to the analysts.
    pub fn all(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(token, analyst)| (analyst.as_str(), token.as_str()))
    }
}

/// Whether `name` can be an analyst's: it becomes the name of a file.
pub fn is_analyst(name: &str) -> bool {
    let is_fine = |c: char| c.is_alphanumeric() || c == '-' || c == '_';
    !name.is_empty() && name.len() <= 64 && name.chars().all(is_fine)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_its_own_and_no_other() {
        let tokens = Tokens::one(Token::new().expect("random bits"), "ana");
        let (_, token) = tokens.all().next().expect("there is one");
        assert_eq!(token.len(), 32);
        assert_eq!(tokens.owner(token), Some("ana"));
        for other in ["", &token[1..], &format!("{token}0"), &token.to_uppercase().replace('0', "1")] {
            assert_eq!(tokens.owner(other), None, "{other}");
        }
        assert_ne!(Token::new().expect("random bits").as_str(), Token::new().expect("random bits").as_str());
    }

    #[cfg(unix)]
    #[test]
    fn a_file_of_tokens_is_its_owners_and_says_what_is_wrong() {
        use std::os::unix::fs::PermissionsExt as _;
        let dir = tempfile::tempdir().expect("a directory");
        let path = dir.path().join("tokens");
        let check = |text: &str, mode: u32, expected: &str| {
            fs::write(&path, text).expect("it is ours");
            fs::set_permissions(&path, fs::Permissions::from_mode(mode)).expect("it is ours");
            let found =
                Tokens::open(&path).map(|tokens| tokens.all().map(|(name, _)| name.to_owned()).collect::<Vec<_>>());
            let found = found.map_or_else(|error| error.to_string(), |names| names.join(" "));
            assert!(found.ends_with(expected), "{text:?}: {found}");
        };
        let token = "0123456789abcdef0123456789abcdef";
        check(&format!("ana {token}\n\n# the night shift\nbo\t{token}x\n"), 0o600, "ana bo");
        check(&format!("ana {token}\n"), 0o644, "found mode 644, wanted a file that its owner alone can read");
        check(
            "ana short",
            0o600,
            "tokens:1: found a token that is too short, wanted a name, a space and a token of at least 32 characters",
        );
        check(&format!("../ana {token}"), 0o600, "wanted a name, a space and a token of at least 32 characters");
        check("", 0o600, "found no token, wanted a line for each analyst");
    }
}
