//! Who listens where: three neighbouring ports on this machine only.

use std::net::{Ipv4Addr, TcpListener};

use crate::problem::Problem;

/// The first of the three ports.
#[derive(Clone, Copy, Debug)]
pub struct Ports(pub u16);

impl Ports {
    /// Where people meet Portner.
    pub fn portner_url(self) -> String {
        format!("http://localhost:{}/", self.0)
    }

    /// Where Portner publishes its metadata.
    pub fn metadata_url(self) -> String {
        format!("{}saml/metadata", self.portner_url())
    }

    /// Where people meet the service provider.
    pub fn service_url(self) -> String {
        format!("http://localhost:{}/", self.service())
    }

    /// Where machines ask how Portner is.
    pub fn management_url(self) -> String {
        format!("http://127.0.0.1:{}/", self.management())
    }

    /// What Portner listens on, for people and for machines.
    pub fn portner_listens(self) -> (String, String) {
        (format!("127.0.0.1:{}", self.0), format!("127.0.0.1:{}", self.management()))
    }

    /// Take the service provider's port, and see that the other two are free.
    pub fn take(self) -> Result<TcpListener, Problem> {
        for port in [self.0, self.management()] {
            listen(port)?;
        }
        let listener = listen(self.service())?;
        listener.set_nonblocking(true).map_err(|error| unavailable(self.service(), &error))?;
        Ok(listener)
    }

    fn service(self) -> u16 {
        self.0.saturating_add(1)
    }

    fn management(self) -> u16 {
        self.0.saturating_add(2)
    }
}

fn listen(port: u16) -> Result<TcpListener, Problem> {
    TcpListener::bind((Ipv4Addr::LOCALHOST, port)).map_err(|error| unavailable(port, &error))
}

fn unavailable(port: u16, error: &std::io::Error) -> Problem {
    Problem::new(format!(
        "port {port} can't be listened on: {error}; stop the program that has it, or choose three free ports in a row with --port"
    ))
}

#[cfg(test)]
mod tests {
    use std::net::TcpListener;

    use super::Ports;

    #[test]
    fn a_port_that_is_taken_is_named_with_the_remedy() {
        let taken = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = taken.local_addr().unwrap().port();
        let sentence = Ports(port).take().unwrap_err().to_string();
        assert!(sentence.contains(&port.to_string()) && sentence.contains("--port"), "{sentence}");
    }
}
