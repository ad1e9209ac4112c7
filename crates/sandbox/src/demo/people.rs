//! The employees of the demo: one for each thing that a login can come to.

use data_encoding::BASE32_NOPAD;
use portner_domain::Entropy;
use serde::{Deserialize, Serialize};

use super::folder::Folder;
use crate::problem::Problem;
use crate::service::ShownUser;

const FILE: &str = "users.json";
/// RFC 4226 4, R6 recommends 160 bits.
const SECRET_BYTES: usize = 20;

/// Somebody made up.
#[derive(Debug)]
pub struct Person {
    /// What they log in with.
    pub username: &'static str,
    /// First name.
    pub first_name: &'static str,
    /// Surname.
    pub last_name: &'static str,
    /// Not a secret: this is a demo, and people have to type it.
    pub password: &'static str,
    /// How their identity was proofed, in the words of `portner user add --route`.
    pub route: &'static str,
    /// Have they an app for one-time codes?
    pub one_time_codes: bool,
    /// Are they locked?
    pub locked: bool,
    /// What they are there to show, in Danish.
    pub purpose: &'static str,
}

const PEOPLE: [Person; 5] = [
    Person {
        username: "anna",
        first_name: "Anna",
        last_name: "Andersen",
        password: "sommer-kajak-honning-tavle",
        route: "R3",
        one_time_codes: true,
        locked: false,
        purpose: "Kan nå Betydelig: Identiteten er bekræftet med MitID, og der er både adgangskode og engangskode.",
    },
    Person {
        username: "bo",
        first_name: "Bo",
        last_name: "Bech",
        password: "vinter-gulerod-trompet-skov",
        route: "R7",
        one_time_codes: false,
        locked: false,
        purpose: "Har kun en adgangskode og kan derfor kun nå Lav.",
    },
    Person {
        username: "carla",
        first_name: "Carla",
        last_name: "Christensen",
        password: "strand-kompas-lagkage-uldsok",
        route: "R1",
        one_time_codes: true,
        locked: false,
        purpose: "Har engangskode, men identiteten er kun slået op i et register: kan kun nå Lav.",
    },
    Person {
        username: "dorte",
        first_name: "Dorte",
        last_name: "Dahl",
        password: "bjerg-lanterne-rabarber-ugle",
        route: "none",
        one_time_codes: true,
        locked: false,
        purpose: "Identiteten er ikke bekræftet, så der er intet sikringsniveau at nå.",
    },
    Person {
        username: "erik",
        first_name: "Erik",
        last_name: "Eskildsen",
        password: "cykel-pandekage-mose-vindue",
        route: "R3",
        one_time_codes: true,
        locked: true,
        purpose: "Er spærret og kan ikke logge ind.",
    },
];

/// Somebody, and what the folder remembers about them.
#[derive(Debug)]
pub struct Account {
    /// Who.
    pub person: &'static Person,
    /// Their secret for one-time codes, in base32.
    pub totp_secret: Option<String>,
    /// Has Portner got them, in the state they are to be in?
    pub registered: bool,
}

/// A line of the file.
#[derive(Deserialize, Serialize)]
struct Record {
    username: String,
    password: String,
    totp_secret: Option<String>,
    registered: bool,
}

/// Everybody. Secrets are in the file before anybody else hears of them, so none is ever lost.
pub fn accounts(folder: &Folder, entropy: &dyn Entropy) -> Result<Vec<Account>, Problem> {
    let records: Vec<Record> = folder.recall(FILE)?.unwrap_or_default();
    let mut accounts = Vec::new();
    for person in &PEOPLE {
        let record = records.iter().find(|record| record.username == person.username);
        accounts.push(Account {
            person,
            totp_secret: match record {
                Some(record) => record.totp_secret.clone(),
                None => person.one_time_codes.then(|| new_secret(entropy)),
            },
            registered: record.is_some_and(|record| record.registered),
        });
    }
    remember(folder, &accounts)?;
    Ok(accounts)
}

/// Write everybody down.
pub fn remember(folder: &Folder, accounts: &[Account]) -> Result<(), Problem> {
    let record = |it: &Account| Record {
        username: it.person.username.to_owned(),
        password: it.person.password.to_owned(),
        totp_secret: it.totp_secret.clone(),
        registered: it.registered,
    };
    folder.remember(FILE, &accounts.iter().map(record).collect::<Vec<_>>())
}

impl Account {
    /// For the service provider's start page.
    pub fn shown(&self) -> ShownUser {
        let Person { username, first_name, last_name, password, purpose, .. } = self.person;
        ShownUser {
            name: format!("{first_name} {last_name}"),
            username: (*username).to_owned(),
            password: (*password).to_owned(),
            totp_secret: self.totp_secret.clone(),
            purpose: (*purpose).to_owned(),
        }
    }
}

fn new_secret(entropy: &dyn Entropy) -> String {
    let mut secret = [0; SECRET_BYTES];
    entropy.fill(&mut secret);
    BASE32_NOPAD.encode(&secret)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use data_encoding::BASE32_NOPAD;

    use super::super::folder::Folder;
    use super::{PEOPLE, accounts, remember};
    use crate::real::RealEntropy;

    #[test]
    fn passwords_are_long_and_nobody_shares_one() {
        let passwords: BTreeSet<_> = PEOPLE.iter().map(|person| person.password).collect();
        assert_eq!(passwords.len(), PEOPLE.len());
        assert!(passwords.iter().all(|password| password.chars().count() >= 15));
    }

    #[test]
    fn secrets_are_made_once_and_have_160_bits() {
        let place = tempfile::tempdir().unwrap();
        let folder = Folder::open(place.path()).unwrap();
        let mut first = accounts(&folder, &RealEntropy).unwrap();
        for account in &first {
            let bytes =
                account.totp_secret.as_ref().map(|it| BASE32_NOPAD.decode(it.as_bytes()).unwrap().len());
            assert_eq!(bytes, account.person.one_time_codes.then_some(20));
        }
        for account in &mut first {
            account.registered = account.person.username == "anna";
        }
        remember(&folder, &first).unwrap();
        let again = accounts(&folder, &RealEntropy).unwrap();
        for (before, after) in first.iter().zip(&again) {
            assert_eq!((&before.totp_secret, before.registered), (&after.totp_secret, after.registered));
        }
    }
}
