//! The sockets that a server listens on.

use std::io;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr, TcpListener};

use dateline::internals::error::{Severity, UserError};
use thiserror::Error;

/// Sockets that listen on one port.
#[derive(Debug)]
pub struct Listeners {
    /// The port.
    pub port: u16,
    pub(super) sockets: Vec<TcpListener>,
}

/// An address cannot be listened on.
#[derive(Debug, Error)]
#[error("{address}: cannot be listened on")]
pub struct ListenError {
    /// The address.
    pub address: SocketAddr,
    /// Why.
    pub source: io::Error,
}

impl UserError for ListenError {
    fn severity(&self) -> Severity {
        Severity::Usage
    }

    fn hint(&self) -> Option<String> {
        let is_taken = self.source.kind() == io::ErrorKind::AddrInUse;
        is_taken.then(|| {
            "another program listens there: name another port, or leave it out for one that is free".to_owned()
        })
    }
}

impl Listeners {
    /// Listens on `port` of this machine for itself alone, under IPv4 and, where there is that, IPv6;
    /// 0 takes a free one.
    ///
    /// # Errors
    /// If another program listens there.
    pub fn local(port: u16) -> Result<Self, ListenError> {
        let first = Self::at((Ipv4Addr::LOCALHOST, port).into())?;
        let mut sockets = first.sockets;
        let second = Self::at((Ipv6Addr::LOCALHOST, first.port).into());
        match second {
            Ok(second) => sockets.extend(second.sockets),
            // Somebody else's page shall not be under our port, but there may be no IPv6.
            Err(error) if port != 0 && error.source.kind() == io::ErrorKind::AddrInUse => return Err(error),
            Err(_) => {}
        }
        Ok(Self { port: first.port, sockets })
    }

    /// Listens on `address`.
    ///
    /// # Errors
    /// If it is not an address of this machine, or another program listens there.
    pub fn at(address: SocketAddr) -> Result<Self, ListenError> {
        let failed = |source| ListenError { address, source };
        let socket = TcpListener::bind(address).map_err(failed)?;
        socket.set_nonblocking(true).map_err(failed)?;
        let port = socket.local_addr().map_err(failed)?.port();
        Ok(Self { port, sockets: vec![socket] })
    }

    /// Where it listens.
    pub fn addresses(&self) -> Vec<SocketAddr> {
        self.sockets.iter().filter_map(|socket| socket.local_addr().ok()).collect()
    }
}
