//! Directories to ask: a real one, and one that says what no real one would.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use portner_authenticators::network::{
    Account, Finder, For, NetworkPasswords, NetworkSettings, Search, ServerAddress,
};
use portner_domain::throttle::Allowance;
use portner_domain::{Clock, Millis};
pub use portner_ldap::testing::{Authority, Slapd};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

/// Twice wrong, and the directory is asked no more for a while.
pub const LIMIT: Allowance = Allowance { attempts: 2, window: Millis::minutes(30) };

/// How an entry is found.
#[derive(Clone, Copy, Debug)]
pub enum By {
    Name,
    Search,
}

/// Network passwords at these servers.
pub fn passwords_at(
    servers: &[String],
    by: By,
    authority: &Authority,
    clock: Arc<dyn Clock>,
) -> NetworkPasswords {
    passwords_of(For::WithoutLocalPassword, servers, by, authority, clock)
}

pub fn passwords_of(
    whose: For,
    servers: &[String],
    by: By,
    authority: &Authority,
    clock: Arc<dyn Clock>,
) -> NetworkPasswords {
    let finder = match by {
        By::Name => Finder::Named("uid={user},ou=people,dc=example,dc=dk".parse().unwrap()),
        By::Search => Finder::Searched(Search {
            account: Account {
                name: "cn=portner,dc=example,dc=dk".to_owned(),
                password: "the searching account".to_owned().into(),
            },
            base: "ou=people,dc=example,dc=dk".to_owned(),
            filter: "(&(objectClass=person)(uid={user}))".parse().unwrap(),
        }),
    };
    let servers = servers.iter().map(|server| server.parse::<ServerAddress>().unwrap()).collect();
    let authorities = Some(authority.pem.clone().into_bytes());
    let settings = NetworkSettings { servers, authorities, finder, whose, limit: LIMIT };
    NetworkPasswords::new(settings, clock).unwrap()
}

/// Somebody at a port who says one thing, whatever is said to them, and remembers what that was.
pub struct Impostor {
    pub port: u16,
    heard: Arc<Mutex<Vec<u8>>>,
}

impl Impostor {
    pub async fn saying(what: &'static [u8]) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let heard = Arc::new(Mutex::new(Vec::new()));
        let hears = Arc::clone(&heard);
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                let hears = Arc::clone(&hears);
                tokio::spawn(async move {
                    let mut heard = Vec::new();
                    let mut said = false;
                    while let Ok(1..) = stream.read_buf(&mut heard).await {
                        hears.lock().unwrap().append(&mut heard);
                        if !said {
                            stream.write_all(what).await.unwrap();
                            said = true;
                        }
                    }
                });
            }
        });
        Self { port, heard }
    }

    /// Everything that was said to it, once it is said.
    pub async fn heard(&self) -> Vec<u8> {
        tokio::time::sleep(Duration::from_millis(50)).await;
        self.heard.lock().unwrap().clone()
    }
}
