//! Talks to the IdM API: over verified TLS with the organisation's certificate, one call at a time, to the one address of the
//! settings. It follows no redirection, keeps no cookie, reads no more than each answer may have, and logs no CPR number.
//!
//! What may be repeated is, with growing pauses. What makes an identity is not: if its answer is lost, the caller is told so
//! ([`Failure::Lost`]) and looks first.

mod calls;
mod failure;
mod pace;
mod settings;
mod token;

use std::sync::Arc;
use std::time::Duration;

use portner_domain::{Clock, Entropy};
use reqwest::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, HeaderValue};
use reqwest::{Method, Response, redirect, retry, tls};
use serde::de::DeserializeOwned;
use tokio::sync::Mutex;

pub use calls::Done;
pub use failure::{Failure, Trouble};
pub use pace::Pace;
pub use settings::{BadSettings, BaseUrl, Pair, Settings};

use token::{Bearer, Held};

/// How long a server may take to answer a connection, TLS included.
const CONNECTING_MAX: Duration = Duration::from_secs(10);
/// More of an error's text is not read.
const ERROR_BYTES_MAX: usize = 64 * 1024;

/// A client of one organisation.
pub struct Client {
    base: BaseUrl,
    doors: Vec<Door>,
    held: Mutex<Held>,
    clock: Arc<dyn Clock>,
    entropy: Arc<dyn Entropy>,
    pace: Pace,
    token_seconds: u64,
}

/// The way in with one certificate.
struct Door {
    http: reqwest::Client,
    pair: Pair,
}

/// One question, or one thing to be done.
struct Call {
    method: Method,
    path: String,
    body: Option<Vec<u8>>,
    /// May it be said twice?
    is_repeatable: bool,
    /// For all of it, from the name to the last byte.
    patience: Duration,
    bytes_max: usize,
}

impl Client {
    /// With time and randomness handed in. Nothing is connected to yet.
    pub fn new(
        settings: Settings,
        clock: Arc<dyn Clock>,
        entropy: Arc<dyn Entropy>,
    ) -> Result<Self, BadSettings> {
        let Settings { base, pairs, authorities, pace, token_seconds } = settings;
        if pairs.is_empty() {
            return Err(BadSettings::NoCertificate);
        }
        let door = |pair: Pair| Ok(Door { http: http(&pair, authorities.as_deref())?, pair });
        let doors = pairs.into_iter().map(door).collect::<Result<_, BadSettings>>()?;
        Ok(Self { base, doors, held: Mutex::default(), clock, entropy, pace, token_seconds })
    }

    /// The certificates, for whoever warns before they expire.
    pub fn pairs(&self) -> impl Iterator<Item = &Pair> {
        self.doors.iter().map(|door| &door.pair)
    }

    /// Asks, as often as it may and has to, and reads the answer.
    async fn ask<T: DeserializeOwned>(&self, call: Call) -> Result<T, Failure> {
        let mut attempt = 0;
        loop {
            let asked = async { understood(&read(self.once(&call).await?, call.bytes_max).await?) };
            match self.pause_after(&call, attempt, asked.await).await? {
                Some(answer) => return Ok(answer),
                None => attempt += 1,
            }
        }
    }

    /// Says something, as often as it may and has to; what comes with a success is not read.
    async fn say(&self, call: Call) -> Result<(), Failure> {
        let mut attempt = 0;
        loop {
            let said = self.once(&call).await.map(drop);
            match self.pause_after(&call, attempt, said).await? {
                Some(()) => return Ok(()),
                None => attempt += 1,
            }
        }
    }

    /// `None`: it failed, and now is the time to try again.
    async fn pause_after<T>(
        &self,
        call: &Call,
        attempt: u32,
        came: Result<T, Failure>,
    ) -> Result<Option<T>, Failure> {
        let failure = match came {
            Ok(came) => return Ok(Some(came)),
            Err(failure) => failure,
        };
        tracing::warn!(method = %call.method, path = call.path, attempt, %failure, "MitID Erhverv");
        if attempt + 1 < self.pace.attempts && failure.may_pass(call.is_repeatable) {
            tokio::time::sleep(self.pace.pause(attempt, &*self.entropy)).await;
            return Ok(None);
        }
        Err(failure)
    }

    /// Once, and once more with a new token if the one that was sent is not taken.
    async fn once(&self, call: &Call) -> Result<Response, Failure> {
        let bearer = self.bearer(None).await?;
        match self.send(call, Some(&bearer)).await {
            Err(Failure::NotAdmitted { status: 401, .. }) => {
                let newer = self.bearer(Some(bearer.number)).await?;
                self.send(call, Some(&newer)).await
            }
            other => other,
        }
    }

    async fn send(&self, call: &Call, bearer: Option<&Bearer>) -> Result<Response, Failure> {
        let door = bearer.map_or(0, |bearer| bearer.door);
        self.send_through(self.doors.get(door).ok_or(Failure::NoCertificate)?, call, bearer).await
    }

    async fn send_through(
        &self,
        door: &Door,
        call: &Call,
        bearer: Option<&Bearer>,
    ) -> Result<Response, Failure> {
        let url = self.base.join(&call.path);
        let mut request = door.http.request(call.method.clone(), url).timeout(call.patience);
        request = request.header(ACCEPT, "application/json");
        if let Some(bearer) = bearer {
            request = request.header(AUTHORIZATION, bearer.header.clone());
        }
        if let Some(body) = &call.body {
            let json = HeaderValue::from_static("application/json");
            request = request.header(CONTENT_TYPE, json).body(body.clone());
        }
        let response = request.send().await.map_err(|error| Failure::of(&error))?;
        let status = response.status();
        if status.is_success() {
            return Ok(response);
        }
        Err(Failure::answered(status, &error_text(response).await))
    }
}

/// TLS 1.2 or later, the server's certificate verified by its name, and ours shown.
fn http(pair: &Pair, authorities: Option<&[u8]>) -> Result<reqwest::Client, BadSettings> {
    let bad = |error: reqwest::Error| BadSettings::Tls(failure::with_causes(&error));
    let mut builder = reqwest::Client::builder()
        .https_only(true)
        .tls_version_min(tls::Version::TLS_1_2)
        .identity(pair.identity()?)
        .no_proxy()
        .redirect(redirect::Policy::none())
        .retry(retry::never())
        .referer(false)
        .pool_max_idle_per_host(1)
        .connect_timeout(CONNECTING_MAX)
        .user_agent("portner");
    if let Some(pem) = authorities {
        // Named authorities take the place of the machine's: then nobody else can vouch for the server.
        let them = reqwest::Certificate::from_pem_bundle(pem).map_err(bad)?;
        if them.is_empty() {
            return Err(BadSettings::NoAuthority);
        }
        builder = builder.tls_certs_only(them);
    }
    builder.build().map_err(bad)
}

/// The limit holds while reading: what a server says about its length is not believed.
async fn read(mut response: Response, bytes_max: usize) -> Result<Vec<u8>, Failure> {
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(|error| Failure::of(&error))? {
        if body.len() + chunk.len() > bytes_max {
            return Err(Failure::TooLarge(bytes_max));
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}

/// What an answer says.
fn understood<T: DeserializeOwned>(body: &[u8]) -> Result<T, Failure> {
    serde_json::from_slice(body).map_err(|error| Failure::Unreadable(error.classify()))
}

/// As much of an error's text as is looked at; what can't be read of it is no error of its own.
async fn error_text(mut response: Response) -> String {
    let mut body = Vec::new();
    while let Ok(Some(chunk)) = response.chunk().await {
        let room = ERROR_BYTES_MAX.saturating_sub(body.len());
        body.extend(chunk.iter().take(room));
        if chunk.len() >= room {
            break;
        }
    }
    String::from_utf8_lossy(&body).into_owned()
}
