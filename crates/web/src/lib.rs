//! Pages in the browser, served from the program.
//!
//! [`http`] is what every server here does, whatever it serves: whom it listens to, what it refuses,
//! how much it takes. [`review`] is the analyst's room. Handlers are functions from a request to an
//! answer, without a socket in between. Nothing here opens a connection: the only sockets are those
//! that listen.

#![warn(missing_docs)]

pub mod http;
pub mod review;
