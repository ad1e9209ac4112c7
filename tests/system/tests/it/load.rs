//! A crowd: everybody's answer is about themselves. `portner-sandbox load` presses longer and harder.

use crate::harness::{Storage, press};

const USERS: u32 = 40;
const SERVICE_PROVIDERS: u32 = 8;
const SECONDS: u32 = 10;

#[test]
fn t_ses_02_in_a_crowd_nobody_is_taken_for_somebody_else() {
    everybody_is_themselves(Storage::Sqlite);
}

#[test]
fn t_ses_02_in_a_crowd_nobody_is_taken_for_somebody_else_on_postgresql_and_redis() {
    everybody_is_themselves(Storage::PostgresAndRedis);
}

fn everybody_is_themselves(storage: Storage) {
    let said = press(storage, USERS, SERVICE_PROVIDERS, SECONDS);
    assert!(said.contains("0 were about somebody else, 0 did not come"), "{said}");
}
