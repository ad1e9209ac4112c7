//! A web server with TLS that says whatever it is told, a certificate authority, and names that lead anywhere.

use std::net::IpAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use portner_federation::fetch::{FetchFault, Fetched, Fetcher, MetadataUrl, Resolver};
use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::pki_types::PrivateKeyDer;

pub const HOST: &str = "metadata.example.dk";

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

    fn acceptor(&self, host: &str, wish: impl FnOnce(&mut CertificateParams)) -> TlsAcceptor {
        let mut params = CertificateParams::new(vec![host.to_owned()]).unwrap();
        wish(&mut params);
        let key = KeyPair::generate().unwrap();
        let certificate = params.signed_by(&key, &self.issuer).unwrap();
        let config = ServerConfig::builder()
            .with_no_client_auth()
            .with_single_cert(
                vec![certificate.der().clone()],
                PrivateKeyDer::try_from(key.serialize_der()).unwrap(),
            )
            .unwrap();
        TlsAcceptor::from(Arc::new(config))
    }
}

/// What it says.
#[derive(Clone, Debug)]
pub enum Says {
    /// This, head and body, and no more.
    This(Vec<u8>),
    /// This, and then a byte each second of a clock that is stopped from there on.
    Drips(Vec<u8>),
    /// This, and then the rest over and over.
    Floods(Vec<u8>, Vec<u8>),
}

/// A server on one address of this machine.
pub struct Server {
    pub port: u16,
    says: Arc<Mutex<Says>>,
    heard: Arc<Mutex<Vec<String>>>,
    /// Connections, whether or not they came to a request.
    pub connections: Arc<AtomicUsize>,
    /// Bytes that it could get rid of.
    pub sent: Arc<AtomicUsize>,
}

impl Server {
    pub async fn start(authority: &Authority, at: &str) -> Self {
        Self::with_certificate(authority, at, HOST, |_| {}).await
    }

    pub async fn with_certificate(
        authority: &Authority,
        at: &str,
        host: &str,
        wish: impl FnOnce(&mut CertificateParams),
    ) -> Self {
        let listener = TcpListener::bind((at, 0)).await.unwrap();
        let server = Self {
            port: listener.local_addr().unwrap().port(),
            says: Arc::new(Mutex::new(Says::This(answer("200 OK", "", b"")))),
            heard: Arc::default(),
            connections: Arc::default(),
            sent: Arc::default(),
        };
        let (says, heard) = (Arc::clone(&server.says), Arc::clone(&server.heard));
        let (connections, sent) = (Arc::clone(&server.connections), Arc::clone(&server.sent));
        let acceptor = authority.acceptor(host, wish);
        tokio::spawn(async move {
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                connections.fetch_add(1, Ordering::SeqCst);
                let (says, heard, sent) = (Arc::clone(&says), Arc::clone(&heard), Arc::clone(&sent));
                let acceptor = acceptor.clone();
                tokio::spawn(async move {
                    let Ok(mut stream) = acceptor.accept(stream).await else { return };
                    let request = head_of(&mut stream).await;
                    heard.lock().unwrap().push(request);
                    let says = says.lock().unwrap().clone();
                    // Whoever has heard enough hangs up.
                    drop(speak(&mut stream, says, &sent).await);
                });
            }
        });
        server
    }

    pub fn says(&self, says: Says) {
        *self.says.lock().unwrap() = says;
    }

    /// A document with status 200.
    pub fn publishes(&self, document: &str) {
        self.says(Says::This(answer("200 OK", "", document.as_bytes())));
    }

    /// The heads of the requests so far.
    pub fn heard(&self) -> Vec<String> {
        self.heard.lock().unwrap().clone()
    }

    pub fn url(&self) -> MetadataUrl {
        MetadataUrl::parse(&format!("https://{HOST}:{}/metadata", self.port)).unwrap()
    }
}

/// Head and body.
pub fn answer(status: &str, headers: &str, body: &[u8]) -> Vec<u8> {
    let head =
        format!("HTTP/1.1 {status}\r\nContent-Length: {}\r\nConnection: close\r\n{headers}\r\n", body.len());
    [head.as_bytes(), body].concat()
}

async fn head_of(stream: &mut (impl AsyncRead + Unpin)) -> String {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        match stream.read_u8().await {
            Ok(byte) => head.push(byte),
            Err(_) => break,
        }
    }
    String::from_utf8(head).unwrap()
}

async fn speak(
    stream: &mut (impl AsyncWrite + Unpin),
    says: Says,
    sent: &AtomicUsize,
) -> std::io::Result<()> {
    match says {
        Says::This(all) => {
            stream.write_all(&all).await?;
            stream.shutdown().await
        }
        Says::Drips(head) => {
            stream.write_all(&head).await?;
            stream.flush().await?;
            tokio::time::pause();
            loop {
                tokio::time::sleep(std::time::Duration::from_secs(1)).await;
                stream.write_all(b"x").await?;
                stream.flush().await?;
                sent.fetch_add(1, Ordering::SeqCst);
            }
        }
        Says::Floods(head, rest) => {
            stream.write_all(&head).await?;
            loop {
                stream.write_all(&rest).await?;
                sent.fetch_add(rest.len(), Ordering::SeqCst);
            }
        }
    }
}

/// Names that lead wherever they are told, one answer after the other; the last one stays.
#[derive(Default)]
pub struct Names {
    answers: Mutex<Vec<Vec<IpAddr>>>,
    pub asked: AtomicUsize,
}

impl Names {
    pub fn leading_to(answers: &[&[&str]]) -> Arc<Self> {
        let addresses = |answer: &&[&str]| answer.iter().map(|ip| ip.parse().unwrap()).collect();
        Arc::new(Self {
            answers: Mutex::new(answers.iter().map(addresses).collect()),
            asked: AtomicUsize::default(),
        })
    }
}

#[async_trait]
impl Resolver for Names {
    async fn addresses(&self, _: &str) -> std::io::Result<Vec<IpAddr>> {
        self.asked.fetch_add(1, Ordering::SeqCst);
        let mut answers = self.answers.lock().unwrap();
        if answers.len() > 1 {
            Ok(answers.remove(0))
        } else {
            Ok(answers.first().cloned().unwrap_or_default())
        }
    }
}

/// A fetcher that trusts an authority, and may go where it is told.
pub fn fetcher(authority: &Authority, names: Arc<Names>, allowed: &[&str]) -> Fetcher {
    let allowed = allowed.iter().map(|network| network.parse().unwrap()).collect();
    Fetcher::new(names, allowed, Some(authority.pem.as_bytes())).unwrap()
}

/// A fetcher for which every name is this machine.
pub fn local_fetcher(authority: &Authority) -> Fetcher {
    fetcher(authority, Names::leading_to(&[&["127.0.0.1"]]), &["127.0.0.0/8"])
}

/// The text of a document.
pub fn text(fetched: Result<Fetched, FetchFault>) -> String {
    match fetched {
        Ok(Fetched::Document(bytes, _)) => String::from_utf8(bytes).unwrap(),
        other => panic!("a document was due: {other:?}"),
    }
}
