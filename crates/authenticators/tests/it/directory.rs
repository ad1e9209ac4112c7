//! Directories to ask: a real one, and one that says what no real one would.

use std::process::Command;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use portner_audit_log::testing::server;
use portner_authenticators::network::{
    Account, Finder, For, NetworkPasswords, NetworkSettings, Search, ServerAddress,
};
use portner_domain::throttle::Allowance;
use portner_domain::{Clock, Millis};
use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

/// Names the script that starts an OpenLDAP server.
const LDAP: &str = "PORTNER_TEST_LDAP";

/// Twice wrong, and the directory is asked no more for a while.
pub const LIMIT: Allowance = Allowance { attempts: 2, window: Millis::minutes(30) };

/// Who says whose key is whose.
pub struct Authority {
    issuer: Issuer<'static, KeyPair>,
    pub pem: String,
}

impl Authority {
    pub fn new() -> Self {
        let mut params = CertificateParams::new(Vec::<String>::new()).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let key = KeyPair::generate().unwrap();
        let pem = params.self_signed(&key).unwrap().pem();
        Self { issuer: Issuer::new(params, key), pem }
    }

    /// A certificate for these names and its key.
    fn vouches(&self, host: &str, wish: impl FnOnce(&mut CertificateParams)) -> (String, String) {
        let mut params = CertificateParams::new(vec![host.to_owned()]).unwrap();
        wish(&mut params);
        let key = KeyPair::generate().unwrap();
        (params.signed_by(&key, &self.issuer).unwrap().pem(), key.serialize_pem())
    }
}

/// An OpenLDAP server with `tests/directories/people.ldif`.
pub struct Slapd {
    script: String,
    folder: TempDir,
    pub ldap: u16,
    pub ldaps: u16,
}

impl Slapd {
    /// With a certificate for localhost; none where there are no services.
    pub fn start(authority: &Authority) -> Option<Self> {
        Self::with_certificate(authority, authority.vouches("localhost", |_| {}))
    }

    pub fn vouched_for(
        authority: &Authority,
        host: &str,
        wish: impl FnOnce(&mut CertificateParams),
    ) -> Option<Self> {
        Self::with_certificate(authority, authority.vouches(host, wish))
    }

    /// Nobody vouches for it but itself.
    pub fn self_signed(authority: &Authority) -> Option<Self> {
        let key = KeyPair::generate().unwrap();
        let params = CertificateParams::new(vec!["localhost".to_owned()]).unwrap();
        let certificate = params.self_signed(&key).unwrap().pem();
        Self::with_certificate(authority, (certificate, key.serialize_pem()))
    }

    fn with_certificate(authority: &Authority, (certificate, key): (String, String)) -> Option<Self> {
        let script = server(LDAP)?;
        let folder = TempDir::with_prefix("portner-slapd-").unwrap();
        for (name, text) in [("ca.pem", &authority.pem), ("cert.pem", &certificate), ("key.pem", &key)] {
            std::fs::write(folder.path().join(name), text).unwrap();
        }
        let slapd = Self { script, folder, ldap: free_port(), ldaps: free_port() };
        slapd.start_again();
        Some(slapd)
    }

    pub fn start_again(&self) {
        self.run(&["start"], &[&self.ldap.to_string(), &self.ldaps.to_string()]);
    }

    pub fn stop(&self) {
        self.run(&["stop"], &[]);
    }

    /// Would it take no password for an answer? Then what is refused without asking is refused by us.
    pub fn says_yes_to_nothing(&self) {
        let mut command = Command::new("ldapsearch");
        command.args(["-x", "-H", &format!("ldap://localhost:{}", self.ldap), "-w", ""]);
        command.args(["-D", "uid=anna,ou=people,dc=example,dc=dk", "-s", "base", "-b", "", "1.1"]);
        let done = command.output().unwrap();
        assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    }

    fn run(&self, before: &[&str], after: &[&str]) {
        let mut command = Command::new(&self.script);
        command.args(before).arg(self.folder.path()).args(after);
        let done = command.output().unwrap();
        assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    }
}

impl Drop for Slapd {
    fn drop(&mut self) {
        self.stop();
    }
}

/// Below the range from which the kernel hands out ports to clients.
pub fn free_port() -> u16 {
    use std::sync::atomic::{AtomicU16, Ordering};
    static NEXT: AtomicU16 = AtomicU16::new(0);
    let begin = u16::try_from(std::process::id() % 8_000).unwrap();
    loop {
        let port = 21_000 + (begin + NEXT.fetch_add(1, Ordering::Relaxed)) % 9_000;
        if std::net::TcpListener::bind(("127.0.0.1", port)).is_ok() {
            return port;
        }
    }
}

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
