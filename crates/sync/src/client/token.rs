//! The token: fetched with the certificate, kept for half its life, and thrown away when it is not taken.

use std::time::Duration;

use portner_domain::{Millis, Moment};
use reqwest::Method;
use reqwest::header::HeaderValue;
use serde_json::error::Category;
use zeroize::Zeroizing;

use super::{Call, Client, Failure, read, understood};
use crate::wire::Token;

/// However long it says that it holds.
const TOKEN_KEPT_MAX: Millis = Millis::minutes(30);
/// A token is a line of text.
const TOKEN_BYTES_MAX: usize = 64 * 1024;
const TOKEN_PATIENCE: Duration = Duration::from_mins(1);
const TOKEN_PATH: &str = "/api/administration/idmlogin/tls/authenticate";

/// What is held between calls. Whoever waits for it while another fetches one gets that.
#[derive(Default)]
pub(super) struct Held {
    bearer: Option<Bearer>,
    fetched: u64,
}

/// A token as it is sent, and the door that it was got through.
#[derive(Clone)]
pub(super) struct Bearer {
    pub(super) header: HeaderValue,
    keep_until: Moment,
    pub(super) door: usize,
    pub(super) number: u64,
}

impl Client {
    /// The token to send, but not the one with this number, which was not taken.
    pub(super) async fn bearer(&self, not: Option<u64>) -> Result<Bearer, Failure> {
        let mut held = self.held.lock().await;
        let now = self.clock.now();
        if let Some(bearer) = &held.bearer
            && Some(bearer.number) != not
            && now < bearer.keep_until
        {
            return Ok(bearer.clone());
        }
        held.bearer = None;
        held.fetched += 1;
        let bearer = self.fetch(now, held.fetched).await?;
        held.bearer = Some(bearer.clone());
        Ok(bearer)
    }

    /// Through the first door that opens.
    async fn fetch(&self, now: Moment, number: u64) -> Result<Bearer, Failure> {
        let mut failure = Failure::NoCertificate;
        for (door, way) in self.doors.iter().enumerate().filter(|(_, way)| way.pair.is_valid(now)) {
            let call = Call {
                method: Method::POST,
                path: TOKEN_PATH.to_owned(),
                body: Some(b"{}".to_vec()),
                is_repeatable: true,
                patience: TOKEN_PATIENCE,
                bytes_max: TOKEN_BYTES_MAX,
            };
            let answer = async { read(self.send_through(way, &call, None).await?, call.bytes_max).await };
            match answer.await.map(Zeroizing::new).and_then(|body| self.taken(&body)) {
                Ok((header, keep)) => {
                    return Ok(Bearer { header, keep_until: now.plus(keep), door, number });
                }
                Err(why) => failure = why,
            }
        }
        Err(failure)
    }

    /// What is sent from now on, and for how long.
    fn taken(&self, body: &[u8]) -> Result<(HeaderValue, Millis), Failure> {
        let told: Token = understood(body)?;
        let text = Zeroizing::new(format!("Bearer {}", *told.access_token));
        let mut header = HeaderValue::from_str(&text).map_err(|_| Failure::Unreadable(Category::Data))?;
        header.set_sensitive(true);
        let life = Millis::seconds(told.expires_in.unwrap_or(self.token_seconds));
        Ok((header, Millis((life.0 / 2).min(TOKEN_KEPT_MAX.0))))
    }
}
