//! The mail server: whom we hand letters to, over TLS whose certificate is verified.

use std::time::Duration;

use lettre::message::Mailbox;
use lettre::transport::smtp::authentication::Credentials;
use lettre::transport::smtp::client::{Certificate, Tls, TlsParameters};
use lettre::{AsyncSmtpTransport, AsyncTransport as _, Tokio1Executor};
use zeroize::Zeroizing;

use super::letter::Letter;

/// How long the server may take for a step.
const STEP_TIME_MAX: Duration = Duration::from_secs(15);

/// How the way to the server is protected.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum MailTls {
    /// TLS from the first byte (port 465; RFC 8314).
    Implicit,
    /// TLS after STARTTLS, without which nothing is said (port 587).
    StartTls,
    /// Not at all: for a server on this very machine, such as a catcher in a test.
    DangerPlain,
}

/// What an operator says of the server.
pub struct MailSettings {
    /// Its host name: what its certificate has to say.
    pub server: String,
    /// Its port.
    pub port: u16,
    /// How the way to it is protected.
    pub tls: MailTls,
    /// User and password, if it wants any.
    pub login: Option<(String, Zeroizing<String>)>,
    /// Whom letters are from: `Eksempel Kommune <no-reply@example.dk>`.
    pub from: String,
    /// Certificate authorities (PEM) that are trusted besides the machine's.
    pub authorities: Option<Vec<u8>>,
}

/// Settings that can't work.
#[derive(Debug, thiserror::Error)]
pub enum BadMail {
    /// The sender.
    #[error("mail.from is no address; write one like \"Eksempel Kommune <no-reply@example.dk>\"")]
    From,
    /// The server.
    #[error("mail.server is empty; write its host name")]
    Server,
    /// A plain connection to somewhere else.
    #[error(
        "mail.tls = \"danger-plain\" is for 127.0.0.1, ::1 and localhost only; use \"starttls\" or \"implicit\""
    )]
    Plain,
    /// The authorities.
    #[error("mail.ca_file has no certificate (PEM) that can be used")]
    Authorities,
    /// What verifies certificates can't be made.
    #[error("TLS can't be set up")]
    Tls(#[source] lettre::transport::smtp::Error),
}

/// Why a letter was not sent this time.
#[derive(Debug, thiserror::Error)]
pub enum Fault {
    /// It can't be written.
    #[error("the letter can't be written")]
    Letter(#[from] lettre::error::Error),
    /// The server can't be reached, is not who it says, or does not take it.
    #[error("the mail server did not take the letter")]
    Server(#[from] lettre::transport::smtp::Error),
}

/// The mail server.
pub struct MailServer {
    transport: AsyncSmtpTransport<Tokio1Executor>,
    from: Mailbox,
}

impl MailServer {
    /// As configured. Nothing is connected to yet.
    pub fn new(settings: MailSettings) -> Result<Self, BadMail> {
        let MailSettings { server, port, tls, login, from, authorities } = settings;
        let from: Mailbox = from.parse().map_err(|_| BadMail::From)?;
        if server.is_empty() {
            return Err(BadMail::Server);
        }
        let tls = match tls {
            MailTls::Implicit => Tls::Wrapper(verified(&server, authorities.as_deref())?),
            MailTls::StartTls => Tls::Required(verified(&server, authorities.as_deref())?),
            MailTls::DangerPlain if ["localhost", "127.0.0.1", "::1"].contains(&server.as_str()) => Tls::None,
            MailTls::DangerPlain => return Err(BadMail::Plain),
        };
        let builder = AsyncSmtpTransport::<Tokio1Executor>::builder_dangerous(server);
        let builder = builder.port(port).tls(tls).timeout(Some(STEP_TIME_MAX));
        let builder = match login {
            Some((user, password)) => builder.credentials(Credentials::new(user, password.to_string())),
            None => builder,
        };
        Ok(Self { transport: builder.build(), from })
    }

    /// Hand it over.
    pub async fn send(&self, letter: &Letter) -> Result<(), Fault> {
        self.transport.send(letter.from(&self.from)?).await?;
        Ok(())
    }
}

/// TLS 1.2 or later, with a certificate for this host from an authority that the machine or the operator trusts
/// (T-TLS-01). There is no switch to turn that off.
fn verified(host: &str, authorities: Option<&[u8]>) -> Result<TlsParameters, BadMail> {
    let mut builder = TlsParameters::builder(host.to_owned());
    for pem in authorities.into_iter().flat_map(each_pem) {
        let certificate = Certificate::from_pem(pem.as_bytes()).map_err(|_| BadMail::Authorities)?;
        builder = builder.add_root_certificate(certificate);
    }
    if authorities.is_some_and(|pem| each_pem(pem).is_empty()) {
        return Err(BadMail::Authorities);
    }
    builder.build_rustls().map_err(BadMail::Tls)
}

fn each_pem(file: &[u8]) -> Vec<String> {
    const END: &str = "-----END CERTIFICATE-----";
    let text = String::from_utf8_lossy(file);
    let parts = text.split_inclusive(END).filter(|part| part.contains("-----BEGIN CERTIFICATE-----"));
    parts.map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::{BadMail, MailServer, MailSettings, MailTls};

    fn settings() -> MailSettings {
        MailSettings {
            server: "smtp.example.dk".to_owned(),
            port: 587,
            tls: MailTls::StartTls,
            login: None,
            from: "Eksempel Kommune <no-reply@example.dk>".to_owned(),
            authorities: None,
        }
    }

    #[test]
    fn settings_that_can_not_work_are_refused_before_anything_is_sent() {
        assert!(MailServer::new(settings()).is_ok());
        let refused = |settings| MailServer::new(settings).err();
        assert!(matches!(refused(MailSettings { from: "nobody".into(), ..settings() }), Some(BadMail::From)));
        let plain = MailSettings { tls: MailTls::DangerPlain, ..settings() };
        assert!(matches!(refused(plain), Some(BadMail::Plain)));
        let nothing = MailSettings { authorities: Some(b"nothing".to_vec()), ..settings() };
        assert!(matches!(refused(nothing), Some(BadMail::Authorities)));
        assert!(matches!(
            refused(MailSettings { server: String::new(), ..settings() }),
            Some(BadMail::Server)
        ));
    }
}
