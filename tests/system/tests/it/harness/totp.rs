//! Codes as an authenticator app shows them, none used twice.

use std::collections::HashMap;
use std::sync::Mutex;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use totp_rs::{Builder, Secret};

const STEP_SECONDS: u64 = 30;

/// A code that this run has not used yet: a second login with the same secret waits for the next step.
pub async fn fresh_code(secret: &str) -> String {
    let step = next_unused_step(secret);
    let start = UNIX_EPOCH + Duration::from_secs(step * STEP_SECONDS);
    if let Ok(wait) = start.duration_since(SystemTime::now()) {
        tokio::time::sleep(wait).await;
    }
    let secret = Secret::try_from_base32(secret).expect("base32");
    let totp = Builder::new().with_secret(secret).build().expect("a secret of 160 bits");
    totp.generate(step * STEP_SECONDS).to_string()
}

/// What is shown so many steps from now.
pub fn code_ahead(secret: &str, steps: u64) -> String {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).expect("after 1970").as_secs();
    let secret = Secret::try_from_base32(secret).expect("base32");
    let totp = Builder::new().with_secret(secret).build().expect("a secret of 160 bits");
    totp.generate(now + steps * STEP_SECONDS).to_string()
}

fn next_unused_step(secret: &str) -> u64 {
    static USED: Mutex<Option<HashMap<String, u64>>> = Mutex::new(None);
    let now = SystemTime::now().duration_since(UNIX_EPOCH).expect("after 1970").as_secs() / STEP_SECONDS;
    let mut used = USED.lock().expect("no test panics holding it");
    let last = used.get_or_insert_default().entry(secret.to_owned()).or_default();
    *last = now.max(*last + 1);
    *last
}
