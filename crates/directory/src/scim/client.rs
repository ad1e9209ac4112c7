//! The programs that may feed the directory by SCIM, and their tokens.
//!
//! A client is a feed: whom it registers is its own, and nobody else's. A token is 256 random bits and on record as a hash
//! of them, so neither the database nor the log can be logged in with.

use aws_lc_rs::constant_time::verify_slices_are_equal;
use aws_lc_rs::digest::{SHA256, digest};
use portner_audit_log::{Actor, Database, Event, Tx};
use portner_domain::identity::{Cvr, Employment};
use portner_domain::right::{BadGroup, Group};
use portner_domain::{Entropy, IdentityId, Millis, Moment};
use zeroize::Zeroizing;

use super::Scim;
use crate::feed::plan::Speaks;
use crate::feed::{Brake, Feed, Field, Load};
use crate::{Error, store};

/// What a token begins with, so that whoever finds one knows what it opens.
const TOKEN_BEGINS: &str = "portner-scim-";
/// Random bytes of a token.
const TOKEN_BYTES: usize = 32;
/// Requests of one client in a minute. Entra ID sends some tens in a second at most.
pub const REQUESTS_PER_MINUTE_MAX: u64 = 6_000;
/// Refused tokens from one address in a minute that are written down. More are refused all the same.
pub const REFUSALS_PER_MINUTE_MAX: u64 = 30;
/// The window of both.
const WINDOW: Millis = Millis::minutes(1);

/// A program that may feed the directory.
#[derive(Clone, Debug)]
pub struct Client {
    /// What it is called, as its feed is.
    pub name: String,
    /// The organisation of whoever it registers.
    pub cvr: Cvr,
    /// How the bond with the organisation is known of them.
    pub employment: Employment,
    /// Since when.
    pub added: Moment,
    /// Until when.
    pub until: Option<Moment>,
    /// When its token was taken back.
    pub revoked: Option<Moment>,
}

/// The secret of a client. It shows itself to whoever asks for it by name, and to nobody else.
pub struct Token(Zeroizing<String>);

/// A client to be let in.
#[derive(Clone, Debug)]
pub struct NewClient {
    /// What it is to be called.
    pub name: String,
    /// The organisation of whoever it registers; on record.
    pub cvr: Cvr,
    /// How the bond with the organisation is known of them.
    pub employment: Employment,
    /// Until when.
    pub until: Option<Moment>,
}

/// Why a client is not let in, or not let out.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub enum ClientRefusal {
    /// The name can't be one.
    #[error("{0}")]
    Name(String),
    /// It has a token that works.
    #[error("it has a token that works; revoke it first: the people and groups stay its own")]
    InUse,
    /// Another kind of feed has that name.
    #[error("another feed is called so; choose another name")]
    OtherFeed,
    /// There is none, or its token works no more.
    #[error("there is no client of that name with a token that works")]
    NoSuchClient,
    /// It is over before it begins.
    #[error("that day is over; choose one to come")]
    Over,
    /// Nobody of that name, or they are not to be had.
    #[error("only somebody who was entered by hand can be adopted, and only while they work here")]
    NotToBeAdopted,
    /// Somebody has that external id.
    #[error("the client calls somebody else so; choose another external id")]
    ExternalId,
}

/// Why a request is not heard.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Unwelcome {
    /// It has no token of ours.
    Unknown,
    /// The client's time is over, or its token was taken back.
    Over,
    /// There were too many.
    TooMany,
}

impl Token {
    /// What a program sent, if it can be one.
    pub fn received(text: &str) -> Option<Self> {
        let secret = text.strip_prefix(TOKEN_BEGINS)?;
        let is_one = secret.len() == 2 * TOKEN_BYTES && secret.bytes().all(|byte| byte.is_ascii_hexdigit());
        is_one.then(|| Self(Zeroizing::new(text.to_owned())))
    }

    /// To be shown once.
    pub fn expose(&self) -> &str {
        &self.0
    }

    fn new(entropy: &dyn Entropy) -> Self {
        let mut secret = Zeroizing::new([0_u8; TOKEN_BYTES]);
        entropy.fill(&mut *secret);
        Self(Zeroizing::new(format!("{TOKEN_BEGINS}{}", hex::encode(*secret))))
    }

    /// Under which it is on record.
    fn hash(&self) -> String {
        hex::encode(digest(&SHA256, self.0.as_bytes()))
    }
}

impl Client {
    /// Does its token work?
    pub fn is_welcome(&self, now: Moment) -> bool {
        self.revoked.is_none() && self.until.is_none_or(|until| now < until)
    }

    /// Who acts, in the log.
    pub fn actor(&self) -> Actor {
        Actor::system(&format!("scim/{}", self.name))
    }

    /// A group of its own. No other client's begins so: no name has a slash in it.
    pub fn group(&self, display: &str) -> Result<Group, BadGroup> {
        if display.trim().is_empty() {
            Err(BadGroup)
        } else {
            format!("{}/{}", self.name, display.trim()).parse()
        }
    }

    /// As a feed.
    pub(super) fn feed(&self, brake: Brake) -> Feed {
        let of = [
            Field::KnownAs,
            Field::Protected,
            Field::Email,
            Field::Title,
            Field::Unit,
            Field::ProductionUnit,
            Field::ValidFrom,
            Field::ValidUntil,
        ];
        let speaks = Speaks { of: of.into(), group_prefix: format!("{}/", self.name) };
        let employment = self.employment.clone();
        Feed { name: self.name.clone(), load: Load::Delta, employment, speaks, brake }
    }
}

/// Let a program in. One whose token works no more gets another, and has the people it had.
pub async fn add_client(
    db: &Database,
    tx: &mut Tx,
    entropy: &dyn Entropy,
    new: &NewClient,
) -> Result<Result<Token, ClientRefusal>, Error> {
    let now = tx.now();
    if let Err(wrong) = crate::feed::feed_name(&new.name) {
        return Ok(Err(ClientRefusal::Name(wrong)));
    }
    if new.until.is_some_and(|until| until <= now) {
        return Ok(Err(ClientRefusal::Over));
    }
    let before = store::scim::client(db, &new.name).await?;
    if before.as_ref().is_some_and(|(client, _)| client.is_welcome(now)) {
        return Ok(Err(ClientRefusal::InUse));
    }
    if before.is_none() && store::scim::is_feed(db, &new.name).await? {
        return Ok(Err(ClientRefusal::OtherFeed));
    }
    let token = Token::new(entropy);
    let event = Event::ScimClientAdded { client: new.name.clone(), until: new.until };
    store::scim::put_client(tx.write(event), new, &token.hash(), now).await?;
    Ok(Ok(token))
}

/// Take a client's token back. Whom it registered stays.
pub async fn revoke_client(tx: &mut Tx, name: &str) -> Result<Result<(), ClientRefusal>, Error> {
    let now = tx.now();
    let conn = tx.write(Event::ScimClientRevoked { client: name.to_owned() });
    let revoked = store::scim::revoke_client(conn, name, now).await?;
    Ok(if revoked { Ok(()) } else { Err(ClientRefusal::NoSuchClient) })
}

/// All clients, by name.
pub async fn clients(db: &Database) -> Result<Vec<Client>, Error> {
    store::scim::clients(db).await
}

/// Is a feed of that name a client? Then nothing else may feed under it.
pub async fn is_client(db: &Database, name: &str) -> Result<bool, Error> {
    Ok(store::scim::client(db, name).await?.is_some())
}

/// Let a client have somebody who was entered by hand. Whoever runs the machine decides it, and nobody else can.
pub async fn adopt(
    db: &Database,
    tx: &mut Tx,
    client: &str,
    (identity, external_id): (IdentityId, Option<&str>),
) -> Result<Result<(), ClientRefusal>, Error> {
    if store::scim::client(db, client).await?.is_none() {
        return Ok(Err(ClientRefusal::NoSuchClient));
    }
    let Some(card) = crate::card(db, identity).await? else { return Ok(Err(ClientRefusal::NotToBeAdopted)) };
    let lives = card.ended.is_none() && card.identity.state != portner_domain::identity::State::Erased;
    if card.source.is_some() || !lives {
        return Ok(Err(ClientRefusal::NotToBeAdopted));
    }
    let source = crate::Source { feed: client.to_owned(), key: identity.to_string() };
    crate::set_source(tx, identity, &source).await?;
    let event = Event::IdentityChanged { identity, fields: vec!["external-id".to_owned()] };
    let put = store::scim::put_user(tx.write(event), client, identity, (external_id, "{}")).await?;
    Ok(if put { Ok(()) } else { Err(ClientRefusal::ExternalId) })
}

impl Scim {
    /// Who sends this token, if it is a client's. Whoever is refused is on record, and the token is not.
    pub async fn welcome(
        &self,
        token: Option<&str>,
        address: &str,
    ) -> Result<Result<Client, Unwelcome>, Error> {
        let now = self.log.now();
        let Some(token) = token.and_then(Token::received) else {
            return self.turn_away(None, "no token of a client", Unwelcome::Unknown, address).await.map(Err);
        };
        let hash = token.hash();
        let found = store::scim::client_by_hash(self.log.database(), &hash).await?;
        let same = |kept: &str| verify_slices_are_equal(kept.as_bytes(), hash.as_bytes()).is_ok();
        let Some((client, _)) = found.filter(|(_, kept)| same(kept)) else {
            return self
                .turn_away(None, "no client has this token", Unwelcome::Unknown, address)
                .await
                .map(Err);
        };
        if !client.is_welcome(now) {
            let why =
                if client.revoked.is_some() { "the token was revoked" } else { "the token has expired" };
            return self.turn_away(Some(client.name), why, Unwelcome::Over, address).await.map(Err);
        }
        let sent = self.count(&format!("scim/requests/{}", client.name)).await?;
        if sent > REQUESTS_PER_MINUTE_MAX {
            if sent == REQUESTS_PER_MINUTE_MAX + 1 {
                self.note_refusal(Some(client.name), None, "more requests than in a minute").await?;
            }
            return Ok(Err(Unwelcome::TooMany));
        }
        Ok(Ok(client))
    }

    async fn turn_away(
        &self,
        client: Option<String>,
        why: &str,
        unwelcome: Unwelcome,
        address: &str,
    ) -> Result<Unwelcome, Error> {
        let refused = self.count(&format!("scim/refused/{address}")).await?;
        if refused > REFUSALS_PER_MINUTE_MAX {
            return Ok(Unwelcome::TooMany);
        }
        let actor = Actor::Anonymous { address: address.to_owned() };
        let mut tx = self.log.begin(actor).await?;
        tx.write(Event::ScimRefused { client, identity: None, why: why.to_owned() });
        tx.commit().await?;
        Ok(unwelcome)
    }

    async fn count(&self, key: &str) -> Result<u64, Error> {
        let now = self.log.now();
        Ok(self.volatile.increment(key, now.plus(WINDOW), now).await?)
    }

    pub(super) async fn note_refusal(
        &self,
        client: Option<String>,
        identity: Option<IdentityId>,
        why: &str,
    ) -> Result<(), Error> {
        let mut tx = self.log.begin(Actor::system("scim")).await?;
        tx.write(Event::ScimRefused { client, identity, why: why.to_owned() });
        Ok(tx.commit().await?)
    }
}
