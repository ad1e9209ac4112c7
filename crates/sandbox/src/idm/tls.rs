//! Connections with TLS, and whose certificate is at the other end of each.

use std::collections::BTreeMap;
use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};

use axum::extract::connect_info::Connected;
use axum::serve::{IncomingStream, Listener};
use portner_domain::Millis;
use rustls::server::WebPkiClientVerifier;
use rustls::{RootCertStore, ServerConfig};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

use super::authority::Authority;
use super::core::Caller;
use crate::problem::Problem;

/// The longest that a client may take to agree on TLS.
const HANDSHAKE_MAX: Millis = Millis::seconds(10);
/// The most connections that wait to be served.
const WAITING_MAX: usize = 256;
/// How long it waits when the machine has no more connections to give.
const PAUSE: Millis = Millis(100);

/// Is a certificate demanded now?
pub type Demands = Arc<dyn Fn() -> bool + Send + Sync>;

/// Who is at the other end of a connection.
#[derive(Clone, Debug)]
pub struct Peer {
    /// By their certificate.
    pub caller: Caller,
    /// Which connection it is.
    pub connection: u64,
    ends: Arc<AtomicBool>,
}

impl Peer {
    /// End the connection instead of writing to it once more.
    pub fn cut(&self) {
        self.ends.store(true, Ordering::SeqCst);
    }
}

/// Takes connections whose TLS is agreed on.
pub struct TlsListener {
    taken: mpsc::Receiver<(Wire, Peer)>,
    address: SocketAddr,
}

impl TlsListener {
    /// Take them from here. Whoever shows a certificate of another authority, or none where one is demanded, is refused.
    pub fn new(
        listener: TcpListener,
        authority: &Authority,
        callers: BTreeMap<Vec<u8>, Caller>,
        demands: Demands,
    ) -> Result<Self, Problem> {
        let address = listener.local_addr().map_err(failed)?;
        let (strict, lenient) = (acceptor(authority, Demand::Always)?, acceptor(authority, Demand::IfShown)?);
        let (give, taken) = mpsc::channel(WAITING_MAX);
        let callers = Arc::new(callers);
        tokio::spawn(async move {
            let mut connection = 0;
            while !give.is_closed() {
                let Ok((stream, _)) = listener.accept().await else {
                    tokio::time::sleep(PAUSE.as_duration()).await;
                    continue;
                };
                connection += 1;
                let acceptor = if demands() { strict.clone() } else { lenient.clone() };
                let (give, callers) = (give.clone(), Arc::clone(&callers));
                tokio::spawn(async move {
                    let agreed =
                        tokio::time::timeout(HANDSHAKE_MAX.as_duration(), acceptor.accept(stream)).await;
                    if let Ok(Ok(stream)) = agreed {
                        let peer = peer(&stream, &callers, connection);
                        let wire = Wire { stream, ends: Arc::clone(&peer.ends) };
                        // Nobody takes it any more when the simulator is ending.
                        drop(give.send((wire, peer)).await);
                    }
                });
            }
        });
        Ok(Self { taken, address })
    }
}

/// When a certificate has to be shown.
enum Demand {
    Always,
    IfShown,
}

fn acceptor(authority: &Authority, demand: Demand) -> Result<TlsAcceptor, Problem> {
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let mut roots = RootCertStore::empty();
    roots.add(authority.certificate()).map_err(failed)?;
    let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), Arc::clone(&provider));
    let verifier = match demand {
        Demand::Always => verifier,
        Demand::IfShown => verifier.allow_unauthenticated(),
    };
    let (certificate, key) = authority.server()?;
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(failed)?
        .with_client_cert_verifier(verifier.build().map_err(failed)?)
        .with_single_cert(vec![certificate], key)
        .map_err(failed)?;
    Ok(TlsAcceptor::from(Arc::new(config)))
}

fn peer(stream: &TlsStream<TcpStream>, callers: &BTreeMap<Vec<u8>, Caller>, connection: u64) -> Peer {
    let shown = stream.get_ref().1.peer_certificates().and_then(<[_]>::first);
    let caller = shown.map_or(Caller::Nobody, |certificate| {
        callers.get(certificate.as_ref()).cloned().unwrap_or(Caller::WithoutRight)
    });
    Peer { caller, connection, ends: Arc::default() }
}

fn failed(error: impl std::fmt::Display) -> Problem {
    Problem::new(format!("TLS can't be offered: {error}"))
}

impl Listener for TlsListener {
    type Io = Wire;
    type Addr = Peer;

    async fn accept(&mut self) -> (Wire, Peer) {
        match self.taken.recv().await {
            Some(taken) => taken,
            None => std::future::pending().await,
        }
    }

    fn local_addr(&self) -> io::Result<Peer> {
        // Asked for by whoever says where it listens; nobody does that here.
        Err(io::Error::other(format!("{} has no peer", self.address)))
    }
}

impl Connected<IncomingStream<'_, TlsListener>> for Peer {
    fn connect_info(stream: IncomingStream<'_, TlsListener>) -> Self {
        stream.remote_addr().clone()
    }
}

/// A connection that can be made to end where an answer was due.
pub struct Wire {
    stream: TlsStream<TcpStream>,
    ends: Arc<AtomicBool>,
}

impl Wire {
    fn open(&mut self) -> io::Result<Pin<&mut TlsStream<TcpStream>>> {
        match self.ends.load(Ordering::SeqCst) {
            true => Err(io::ErrorKind::ConnectionReset.into()),
            false => Ok(Pin::new(&mut self.stream)),
        }
    }
}

impl AsyncRead for Wire {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        to: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        match self.open() {
            Ok(stream) => stream.poll_read(cx, to),
            Err(error) => Poll::Ready(Err(error)),
        }
    }
}

impl AsyncWrite for Wire {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        match self.open() {
            Ok(stream) => stream.poll_write(cx, bytes),
            Err(error) => Poll::Ready(Err(error)),
        }
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.open() {
            Ok(stream) => stream.poll_flush(cx),
            Err(error) => Poll::Ready(Err(error)),
        }
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.open() {
            Ok(stream) => stream.poll_shutdown(cx),
            Err(error) => Poll::Ready(Err(error)),
        }
    }
}
