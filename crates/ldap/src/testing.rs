//! For tests, here and in other crates: directories that are started and stopped, and who vouches for them.
#![expect(clippy::unwrap_used, clippy::panic, clippy::print_stdout, reason = "a test may panic, and says so")]

use std::path::Path;
use std::process::Command;

use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
use tempfile::TempDir;

/// Names the script that starts an OpenLDAP server.
pub const LDAP: &str = "PORTNER_TEST_LDAP";
/// Names the script that starts an Active Directory domain controller.
pub const SAMBA: &str = "PORTNER_TEST_SAMBA";
/// Set to 1, it is an error that one of them is left out.
const ALL: &str = "PORTNER_TEST_ALL";

/// Who says whose key is whose.
pub struct Authority {
    issuer: Issuer<'static, KeyPair>,
    /// Its certificate (PEM).
    pub pem: String,
}

impl Authority {
    /// A new one.
    #[expect(clippy::new_without_default, reason = "two of them are never the same")]
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
    /// The port that StartTLS is asked for at.
    pub ldap: u16,
    /// The port of TLS from the first byte.
    pub ldaps: u16,
}

impl Slapd {
    /// With a certificate for localhost; none where there are no services.
    pub fn start(authority: &Authority) -> Option<Self> {
        Self::start_with(authority, "", "")
    }

    /// With more entries (LDIF), and more lines about its database, after those of the script.
    pub fn start_with(authority: &Authority, entries: &str, lines: &str) -> Option<Self> {
        Self::made(authority, authority.vouches("localhost", |_| {}), (entries, lines))
    }

    /// With another certificate.
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

    fn with_certificate(authority: &Authority, certificate: (String, String)) -> Option<Self> {
        Self::made(authority, certificate, ("", ""))
    }

    fn made(
        authority: &Authority,
        (certificate, key): (String, String),
        (entries, lines): (&str, &str),
    ) -> Option<Self> {
        let script = script(LDAP)?;
        let folder = TempDir::with_prefix("portner-slapd-").unwrap();
        let files = [("ca.pem", authority.pem.as_str()), ("cert.pem", &certificate), ("key.pem", &key)];
        for (name, text) in files.into_iter().chain([("more.ldif", entries), ("more.conf", lines)]) {
            std::fs::write(folder.path().join(name), text).unwrap();
        }
        let slapd = Self { script, folder, ldap: free_port(), ldaps: free_port() };
        slapd.start_again();
        Some(slapd)
    }

    /// Once more, with the same entries.
    pub fn start_again(&self) {
        self.run(&["start"], &[&self.ldap.to_string(), &self.ldaps.to_string()]);
    }

    /// It answers no more.
    pub fn stop(&self) {
        self.run(&["stop"], &[]);
    }

    /// Would it take no password for an answer? Then what is refused without asking is refused by us.
    pub fn says_yes_to_nothing(&self) {
        let mut command = Command::new("ldapsearch");
        command.args(["-x", "-H", &format!("ldap://localhost:{}", self.ldap), "-w", ""]);
        command.args(["-D", "uid=anna,ou=people,dc=example,dc=dk", "-s", "base", "-b", "", "1.1"]);
        done(&mut command);
    }

    /// Change something (LDIF), as `cn=admin,dc=example,dc=dk` with the password `admin`.
    pub fn modify(&self, change: &str) {
        let file = self.folder.path().join("change.ldif");
        std::fs::write(&file, change).unwrap();
        let mut command = Command::new("ldapmodify");
        command.args(["-x", "-H", &format!("ldap://localhost:{}", self.ldap), "-w", "admin"]);
        // Referrals are entries here, and identifiers are given.
        command.args(["-M", "-e", "relax"]);
        done(command.args(["-D", "cn=admin,dc=example,dc=dk", "-f"]).arg(file));
    }

    fn run(&self, before: &[&str], after: &[&str]) {
        let mut command = Command::new(&self.script);
        done(command.args(before).arg(self.folder.path()).args(after));
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

/// An Active Directory domain controller (Samba). It takes half a minute to make one.
pub struct Samba {
    script: String,
    folder: TempDir,
    /// Its address; the certificate has it.
    pub address: String,
}

impl Samba {
    /// A new one; none where there are no services.
    pub fn start() -> Option<Self> {
        let script = script(SAMBA)?;
        let folder = TempDir::with_prefix("portner-samba-").unwrap();
        let address = done(Command::new(&script).arg("provision").arg(folder.path())).trim().to_owned();
        let samba = Self { script, folder, address };
        samba.run("start", &[]);
        Some(samba)
    }

    /// The authority (PEM) that vouches for it.
    pub fn authority(&self) -> Vec<u8> {
        std::fs::read(self.folder.path().join("ca.pem")).unwrap()
    }

    /// A command of `samba-tool`.
    pub fn tool(&self, arguments: &[&str]) {
        self.run("tool", arguments);
    }

    /// Somebody in the domain.
    pub fn user(&self, name: &str, options: &[&str]) {
        self.run("user", &[&[name, PASSWORD], options].concat());
    }

    fn run(&self, word: &str, arguments: &[&str]) {
        done(Command::new(&self.script).arg(word).arg(self.folder.path()).args(arguments));
    }
}

impl Drop for Samba {
    fn drop(&mut self) {
        self.run("stop", &[]);
    }
}

/// What everybody in the domain logs in with.
pub const PASSWORD: &str = "Netværkets.Kode.1";

/// A script, or word that it is left out.
fn script(variable: &str) -> Option<String> {
    let script = std::env::var(variable).ok().filter(|script| Path::new(script).exists());
    if script.is_none() && std::env::var(ALL).is_ok_and(|all| all == "1") {
        panic!("{ALL}=1, but {variable} is not set");
    }
    if script.is_none() {
        println!("left out: {variable} is not set");
    }
    script
}

/// What it said, if all went well.
fn done(command: &mut Command) -> String {
    let done = command.output().unwrap();
    assert!(done.status.success(), "{command:?}: {}", String::from_utf8_lossy(&done.stderr));
    String::from_utf8(done.stdout).unwrap()
}
