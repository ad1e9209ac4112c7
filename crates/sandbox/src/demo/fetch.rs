//! Asking Portner over HTTP, as anybody else would.

use std::time::Duration;

use reqwest::redirect::Policy;

use crate::problem::Problem;

const CONNECT_TIMEOUT: Duration = Duration::from_secs(2);
const TIMEOUT: Duration = Duration::from_secs(5);
/// Portner's metadata is a tenth of this.
const ANSWER_BYTES_MAX: usize = 256 * 1024;

/// A client that goes nowhere but where it is sent.
pub struct Fetch(reqwest::Client);

impl Fetch {
    /// A new one.
    pub fn new() -> Result<Self, Problem> {
        let client = reqwest::Client::builder()
            .connect_timeout(CONNECT_TIMEOUT)
            .timeout(TIMEOUT)
            .redirect(Policy::none())
            .no_proxy()
            .build();
        client.map(Self).map_err(|error| Problem::new(format!("HTTP can't be spoken: {error}")))
    }

    /// Is the answer at this address 200?
    pub async fn is_well(&self, url: &str) -> bool {
        self.0.get(url).send().await.is_ok_and(|answer| answer.status() == reqwest::StatusCode::OK)
    }

    /// The text at this address.
    pub async fn text(&self, url: &str) -> Result<String, Problem> {
        let failed = |error: reqwest::Error| Problem::new(format!("{url} can't be fetched: {error}"));
        let mut answer = self.0.get(url).send().await.and_then(|it| it.error_for_status()).map_err(failed)?;
        let mut text = Vec::new();
        while let Some(chunk) = answer.chunk().await.map_err(failed)? {
            text.extend_from_slice(&chunk);
            if text.len() > ANSWER_BYTES_MAX {
                return Err(Problem::new(format!("{url} answers with more than {ANSWER_BYTES_MAX} bytes")));
            }
        }
        String::from_utf8(text).map_err(|_| Problem::new(format!("{url} does not answer with text")))
    }
}
