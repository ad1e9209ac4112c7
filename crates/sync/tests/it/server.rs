//! A server with TLS on both sides, certificate authorities, a clock that can be turned and dice that are known.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicI64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use portner_domain::{Clock, Entropy, Millis, Moment};
use portner_sync::client::{BaseUrl, Client, Pace, Pair, Settings};
use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair, date_time_ymd};
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::pki_types::PrivateKeyDer;
use tokio_rustls::rustls::server::WebPkiClientVerifier;
use tokio_rustls::rustls::{RootCertStore, ServerConfig};

pub const TOKEN_PATH: &str = "/api/administration/idmlogin/tls/authenticate";

/// Who says whose key is whose.
pub struct Authority {
    issuer: Issuer<'static, KeyPair>,
    der: Vec<u8>,
    pub pem: String,
}

impl Authority {
    pub fn new(name: &str) -> Self {
        let mut params = CertificateParams::new(Vec::<String>::new()).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.distinguished_name.push(DnType::CommonName, name);
        let key = KeyPair::generate().unwrap();
        let certificate = params.self_signed(&key).unwrap();
        let (der, pem) = (certificate.der().to_vec(), certificate.pem());
        Self { issuer: Issuer::new(params, key), der, pem }
    }

    fn signs(&self, host: &str, until: i32) -> (rcgen::Certificate, KeyPair) {
        let mut params = CertificateParams::new(vec![host.to_owned()]).unwrap();
        params.not_after = date_time_ymd(until, 1, 1);
        let key = KeyPair::generate().unwrap();
        (params.signed_by(&key, &self.issuer).unwrap(), key)
    }

    /// An organisation's certificate that expires at the beginning of a year.
    pub fn pair(&self, until: i32) -> Pair {
        let (certificate, key) = self.pem_pair(until);
        Pair::from_pem(certificate.as_bytes(), key.as_bytes()).unwrap()
    }

    /// The same in PEM: the certificate, and its key.
    pub fn pem_pair(&self, until: i32) -> (String, String) {
        let (certificate, key) = self.signs("organisation.example.dk", until);
        (certificate.pem(), key.serialize_pem())
    }

    /// Shows a certificate for this host, and demands one that `clients` signed.
    fn acceptor(&self, host: &str, clients: &Self) -> TlsAcceptor {
        let mut roots = RootCertStore::empty();
        roots.add(clients.der.clone().into()).unwrap();
        let verifier = WebPkiClientVerifier::builder(Arc::new(roots)).build().unwrap();
        let (certificate, key) = self.signs(host, 2040);
        let key = PrivateKeyDer::try_from(key.serialize_der()).unwrap();
        let config = ServerConfig::builder()
            .with_client_cert_verifier(verifier)
            .with_single_cert(vec![certificate.der().clone()], key)
            .unwrap();
        TlsAcceptor::from(Arc::new(config))
    }
}

/// What it answers; `None`: it hangs up.
pub type Answer = Option<Vec<u8>>;

/// A status and a body.
pub fn answer(status: u16, body: &str) -> Answer {
    with_header(status, "", body)
}

pub fn with_header(status: u16, header: &str, body: &str) -> Answer {
    let length = body.len();
    let head =
        format!("HTTP/1.1 {status} X\r\nContent-Length: {length}\r\nConnection: close\r\n{header}\r\n");
    Some([head.as_bytes(), body.as_bytes()].concat())
}

/// What it heard.
#[derive(Clone, Debug)]
pub struct Heard {
    pub line: String,
    pub head: String,
    pub body: String,
}

#[derive(Default)]
struct Script {
    answers: VecDeque<Answer>,
    heard: Vec<Heard>,
    token_answer: Option<Answer>,
}

/// The server. It hands out tokens by itself: `token-1`, `token-2` …
pub struct Server {
    pub port: u16,
    script: Arc<Mutex<Script>>,
    pub tokens: Arc<AtomicUsize>,
    pub connections: Arc<AtomicUsize>,
}

impl Server {
    pub async fn start(authority: &Authority, clients: &Authority, host: &str) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let server =
            Self { port, script: Arc::default(), tokens: Arc::default(), connections: Arc::default() };
        let (script, tokens) = (Arc::clone(&server.script), Arc::clone(&server.tokens));
        let (connections, acceptor) = (Arc::clone(&server.connections), authority.acceptor(host, clients));
        tokio::spawn(async move {
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                connections.fetch_add(1, Ordering::SeqCst);
                let (script, tokens, acceptor) = (Arc::clone(&script), Arc::clone(&tokens), acceptor.clone());
                tokio::spawn(async move {
                    let Ok(mut stream) = acceptor.accept(stream).await else { return };
                    let Some(heard) = hear(&mut stream).await else { return };
                    let Some(answer) = script.lock().unwrap().answer(heard, &tokens) else { return };
                    // Whoever has heard enough hangs up.
                    drop(stream.write_all(&answer).await);
                    drop(stream.shutdown().await);
                });
            }
        });
        server
    }

    /// What it answers next, one after the other; then nothing but hanging up.
    pub fn says(&self, answers: impl IntoIterator<Item = Answer>) {
        self.script.lock().unwrap().answers.extend(answers);
    }

    /// What it answers whoever asks for a token, from now on.
    pub fn says_for_a_token(&self, answer: Answer) {
        self.script.lock().unwrap().token_answer = Some(answer);
    }

    /// What it heard since it was asked last, but for tokens.
    pub fn heard(&self) -> Vec<Heard> {
        std::mem::take(&mut self.script.lock().unwrap().heard)
    }

    pub fn tokens(&self) -> usize {
        self.tokens.load(Ordering::SeqCst)
    }

    pub fn base(&self) -> BaseUrl {
        BaseUrl::parse(&format!("https://localhost:{}", self.port)).unwrap()
    }
}

impl Script {
    fn answer(&mut self, heard: Heard, tokens: &AtomicUsize) -> Answer {
        if heard.line == format!("POST {TOKEN_PATH} HTTP/1.1") {
            assert!(
                !heard.head.to_lowercase().contains("authorization"),
                "a token is not asked for with one"
            );
            let number = tokens.fetch_add(1, Ordering::SeqCst) + 1;
            let token =
                format!(r#"{{"accessToken":"token-{number}","tokenType":"Bearer","expiresIn":3600}}"#);
            return self.token_answer.clone().unwrap_or_else(|| answer(200, &token));
        }
        self.heard.push(heard);
        self.answers.pop_front().flatten()
    }
}

async fn hear(stream: &mut (impl AsyncRead + Unpin)) -> Option<Heard> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(stream.read_u8().await.ok()?);
    }
    let head = String::from_utf8(head).unwrap();
    let length =
        head.lines().find_map(|line| line.to_lowercase().strip_prefix("content-length: ")?.parse().ok());
    let mut body = vec![0; length.unwrap_or(0)];
    stream.read_exact(&mut body).await.ok()?;
    let line = head.lines().next().unwrap().to_owned();
    Some(Heard { line, head, body: String::from_utf8(body).unwrap() })
}

/// A clock that stands until it is turned.
pub struct Hands(AtomicI64);

impl Hands {
    pub fn turn(&self, by: Millis) {
        self.0.fetch_add(i64::try_from(by.0).unwrap(), Ordering::SeqCst);
    }
}

impl Clock for Hands {
    fn now(&self) -> Moment {
        Moment(self.0.load(Ordering::SeqCst))
    }
}

struct Dice;

impl Entropy for Dice {
    fn fill(&self, bytes: &mut [u8]) {
        bytes.fill(7);
    }
}

/// A server, and a client that it lets in.
pub struct Stage {
    pub server: Server,
    pub client: Client,
    pub clock: Arc<Hands>,
}

impl Stage {
    pub async fn new() -> Self {
        let clients = Authority::new("clients");
        let pair = clients.pair(2040);
        Self::with(&clients, vec![pair], "localhost").await
    }

    pub async fn with(clients: &Authority, pairs: Vec<Pair>, host: &str) -> Self {
        let servers = Authority::new("servers");
        let server = Server::start(&servers, clients, host).await;
        let (client, clock) = client(server.base(), pairs, &servers);
        Self { server, client, clock }
    }
}

/// Three attempts and hardly a pause, on 22 November 2026.
pub fn client(base: BaseUrl, pairs: Vec<Pair>, trusts: &Authority) -> (Client, Arc<Hands>) {
    let clock = Arc::new(Hands(AtomicI64::new(1_795_305_600_000)));
    let pace = Pace { attempts: 3, pause: Millis(2), pause_max: Millis(4) };
    let settings =
        Settings { authorities: Some(trusts.pem.clone().into_bytes()), pace, ..Settings::new(base, pairs) };
    (Client::new(settings, Arc::clone(&clock) as _, Arc::new(Dice)).unwrap(), clock)
}
