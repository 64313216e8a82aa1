//! A server for pages on this machine: what it listens to, what it refuses before it looks at a
//! path, and what it says with every answer.

mod ask;
mod guard;
mod listen;
mod serve;
mod token;

pub use ask::{Ask, Body, Method, Reply};
pub use guard::{Guard, Refusal, Who};
pub use listen::{ListenError, Listeners};
pub use serve::{Room, serve};
pub use token::{Token, Tokens, TokensError, is_analyst};
