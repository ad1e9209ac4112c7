//! All there is: organisations, tokens, letters, the weather and the time.

use std::collections::BTreeMap;

use data_encoding::BASE64URL_NOPAD;
use portner_domain::{Millis, Moment};
use serde_json::json;

use super::desk::{Desk, Letter, Reply};
use super::faults::{Forecast, Sequence, Weather};
use super::journal::Journal;
use super::organisation::{Organisation, Settings};
use super::refusal::Refusal;
use super::switches::{CertPolicy, Switches};
use super::{Call, Caller};

/// The most tokens that live at once; the one that ends first goes first.
const TOKENS_MAX: usize = 10_000;

/// What a bearer of it may do, and for how long.
#[derive(Clone, Debug)]
pub struct Token {
    /// Whose calls it makes.
    pub cvr: String,
    connection: u64,
    until: Moment,
}

/// What the simulator's clock shows.
#[derive(Clone, Copy, Debug)]
enum Hands {
    /// The machine's time, and so much more.
    Ahead(i64),
    /// This.
    Still(Moment),
}

/// Everything that the simulator remembers.
#[derive(Clone, Debug)]
pub struct World {
    /// What is unknown of the real service.
    pub switches: Switches,
    /// What goes wrong.
    pub weather: Weather,
    /// Organisations by CVR number.
    pub organisations: BTreeMap<String, Organisation>,
    /// What was asked.
    pub journal: Journal,
    /// What would have been sent.
    pub letters: Vec<Letter>,
    /// Names by CPR number, for the switch `cpr_register`.
    pub register: BTreeMap<String, String>,
    pub(super) tokens: BTreeMap<String, Token>,
    pub(super) identifiers: Sequence,
    hands: Hands,
    first: Vec<Settings>,
}

impl World {
    /// With these organisations and nobody in them. Identifiers and tokens come from the seed.
    pub fn new(settings: Vec<Settings>, seed: u64) -> Self {
        let organisation = |it: &Settings| (it.cvr.clone(), Organisation::new(it.clone()));
        Self {
            switches: Switches::default(),
            weather: Forecast::default().into(),
            organisations: settings.iter().map(organisation).collect(),
            journal: Journal::default(),
            letters: Vec::new(),
            register: BTreeMap::new(),
            tokens: BTreeMap::new(),
            identifiers: Sequence::new(seed),
            hands: Hands::Ahead(0),
            first: settings,
        }
    }

    /// As at the beginning, except that no identifier comes again.
    pub fn reset(&mut self) {
        let identifiers = self.identifiers.clone();
        *self = Self { identifiers, ..Self::new(std::mem::take(&mut self.first), 0) };
    }

    /// The simulator's time.
    pub fn now(&self, at: Moment) -> Moment {
        match self.hands {
            Hands::Ahead(millis) => Moment(at.0.saturating_add(millis)),
            Hands::Still(moment) => moment,
        }
    }

    /// Stop the clock at a time.
    pub fn stop_clock(&mut self, moment: Moment) {
        self.hands = Hands::Still(moment);
    }

    /// Turn the clock forward, whether it goes or stands.
    pub fn advance_clock(&mut self, by: Millis) {
        let more = i64::try_from(by.0).unwrap_or(i64::MAX);
        self.hands = match self.hands {
            Hands::Ahead(millis) => Hands::Ahead(millis.saturating_add(more)),
            Hands::Still(moment) => Hands::Still(moment.plus(by)),
        };
    }

    /// Show the machine's time again.
    pub fn start_clock(&mut self) {
        self.hands = Hands::Ahead(0);
    }

    /// Where calls of an organisation are worked on.
    pub fn desk(&mut self, cvr: &str, now: Moment) -> Option<Desk<'_>> {
        Some(Desk {
            organisation: self.organisations.get_mut(cvr)?,
            switches: &self.switches,
            identifiers: &mut self.identifiers,
            letters: &mut self.letters,
            register: &self.register,
            now,
        })
    }

    pub(super) fn give_token(&mut self, call: &Call) -> Result<Reply, Refusal> {
        let status = match self.switches.cert_policy {
            CertPolicy::Forbidden => 403,
            CertPolicy::Unauthorized => 401,
        };
        let Caller::Organisation(cvr) = &call.caller else { return Err(Refusal::no_right(status)) };
        if !self.organisations.get(cvr).is_some_and(|it| it.settings.agreement) {
            return Err(Refusal::no_right(status));
        }
        let (now, ttl) = (self.now(call.at), self.switches.token_ttl_seconds);
        self.tokens.retain(|_, token| token.until > now);
        if self.tokens.len() >= TOKENS_MAX {
            let first = self.tokens.iter().min_by_key(|(_, it)| it.until.0).map(|(name, _)| name.clone());
            self.tokens.remove(&first.unwrap_or_default());
        }
        let name = BASE64URL_NOPAD.encode(&self.identifiers.bytes());
        let until = now.plus(Millis::seconds(ttl));
        let token = Token { cvr: cvr.clone(), connection: call.connection, until };
        self.tokens.insert(name.clone(), token);
        Ok(Reply::Json(json!({ "accessToken": name, "tokenType": "Bearer", "expiresIn": ttl })))
    }

    pub(super) fn authorised(&self, call: &Call, bearer: Option<&str>) -> Result<String, Refusal> {
        let token = bearer.and_then(|name| self.tokens.get(name)).ok_or_else(Refusal::unauthorised)?;
        let is_bound_elsewhere = self.switches.bind_token && token.connection != call.connection;
        if token.until <= self.now(call.at) || is_bound_elsewhere {
            return Err(Refusal::unauthorised());
        }
        Ok(token.cvr.clone())
    }

    /// A change of somebody is under way until its answer is out.
    pub(super) fn occupy(&mut self, cvr: Option<&str>, uuid: Option<&str>, until: Moment) {
        let people = cvr.and_then(|cvr| self.organisations.get_mut(cvr)).map(|it| &mut it.people);
        if let (Some(people), Some(uuid)) = (people, uuid)
            && let Some(identity) = people.find_mut(uuid)
        {
            identity.busy_until = Some(until);
        }
    }
}
