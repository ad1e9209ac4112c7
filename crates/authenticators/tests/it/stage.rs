//! What these tests play on: identities with passwords and codes, and as many nodes as wanted on one storage.

use std::net::IpAddr;
use std::sync::Arc;

use async_trait::async_trait;
use portner_audit_log::envelope::Envelope;
use portner_audit_log::events::Reader;
use portner_audit_log::testing::{REDIS, Stage, for_each_engine, server, unique_name};
use portner_audit_log::volatile::{Volatile, VolatileDatabase, VolatileRedis};
use portner_audit_log::{Actor, AuditLog, Database, Engine, Error, Event, Recorded};
use portner_authenticators::{Attempt, Authenticators, Cost, HashPool, Password, Refusal, TotpSecret};
use portner_domain::authenticator::{Ceremony, Proof};
use portner_domain::identity::{Employment, Identity, Life, State, UserName};
use portner_domain::{Clock, FlowId, IdentityId, Level, Moment, PersonId};

pub const PASSWORD: &str = "fire tilfældige ord her";
pub const HERE: &str = "192.0.2.1";
/// Cheap: what these tests look at is not what a hash costs.
pub const CHEAP: Cost = Cost { memory_kib: 64, passes: 1 };

/// One installation.
pub struct World {
    pub stage: Stage,
    pub envelope: Arc<Envelope>,
    pub hashing: HashPool,
    redis_prefix: String,
}

/// Somebody with what they log in with.
pub struct User {
    pub identity: Identity,
    pub secret: TotpSecret,
}

/// Play on SQLite with the sessions beside it, and on PostgreSQL with the sessions in Redis.
pub async fn for_each_world<F, Fut>(check: F)
where
    F: Fn(World) -> Fut,
    Fut: Future<Output = ()>,
{
    let check = &check;
    for_each_engine(|stage| async move { check(World::on(stage)).await }).await;
}

impl World {
    fn on(stage: Stage) -> Self {
        let envelope = Arc::new(Envelope::new("k1", &[7; 32]).unwrap());
        let hashing = HashPool::start(1, CHEAP, &*stage.entropy).unwrap();
        Self { stage, envelope, hashing, redis_prefix: unique_name() }
    }

    /// A node of this installation, with connections of its own.
    pub async fn node(&self) -> Authenticators {
        self.node_with(self.volatile().await, self.hashing.clone()).await
    }

    /// The session store that its nodes share.
    pub async fn volatile(&self) -> Arc<dyn Volatile> {
        match (self.stage.engine, server(REDIS)) {
            (Engine::Postgres, Some(url)) => {
                Arc::new(VolatileRedis::open(&url, &self.redis_prefix).await.unwrap())
            }
            _ => Arc::new(VolatileDatabase::open(&self.stage.settings).await.unwrap()),
        }
    }

    /// A node with another session store or other hash workers.
    pub async fn node_with(&self, store: Arc<dyn Volatile>, hashing: HashPool) -> Authenticators {
        let database = Database::open(&self.stage.settings).await.unwrap();
        let (clock, entropy) = (Arc::clone(&self.stage.clock), Arc::clone(&self.stage.entropy));
        let log = AuditLog::new(database, clock, Arc::clone(&entropy) as _);
        Authenticators::new(log, store, Arc::clone(&self.envelope), hashing, entropy)
    }

    /// Somebody who can log in with [`PASSWORD`] and codes.
    pub async fn user(&self, name: &str) -> User {
        let identity = self.nobody_yet(name).await;
        let node = self.node().await;
        let secret = TotpSecret::generate(&*self.stage.entropy);
        let hashed = node.hash(&password(PASSWORD)).await.unwrap();
        let ceremony = Ceremony::WithProofing(Level::Substantial);
        let mut tx = self.stage.log.begin(Actor::system("test")).await.unwrap();
        node.bind_password(&mut tx, identity.id, &hashed, ceremony).await.unwrap();
        node.bind_totp(&mut tx, identity.id, &secret, ceremony).await.unwrap();
        tx.commit().await.unwrap();
        User { identity, secret }
    }

    /// Somebody who is on record and has nothing to log in with. The directory stands beside this crate, not
    /// below it, so the rows are written here.
    pub async fn nobody_yet(&self, name: &str) -> Identity {
        let now = self.stage.clock.now();
        let (id, person) =
            (IdentityId::new(now, &*self.stage.entropy), PersonId::new(now, &*self.stage.entropy));
        for sql in [
            "INSERT INTO organisation VALUES ('12345678', 'Eksempel Kommune') ON CONFLICT DO NOTHING"
                .to_owned(),
            format!(
                "INSERT INTO person (id, first_name, last_name, registered_at) VALUES ('{person}', 'Anna', 'Andersen', 0)"
            ),
            format!(
                "INSERT INTO identity (id, person, cvr, user_name, email, employment, state, sessions_ended, registered_at) \
                 VALUES ('{id}', '{person}', '12345678', '{name}', NULL, '{{}}', 'active', 0, 0)"
            ),
        ] {
            sqlx::query(sqlx::AssertSqlSafe(sql)).execute(self.stage.danger_writer()).await.unwrap();
        }
        Identity {
            id,
            person,
            user_name: name.parse().unwrap(),
            first_name: "Anna".to_owned(),
            last_name: "Andersen".to_owned(),
            email: None,
            cvr: "12345678".parse().unwrap(),
            organisation: "Eksempel Kommune".to_owned(),
            employment: Employment::Entered,
            state: State::Active,
            sessions_ended: Moment(0),
            life: Life::PERMITTED,
        }
    }

    /// What the user's device shows now.
    pub fn code(&self, user: &User) -> String {
        code_at(&user.secret, self.stage.clock.now())
    }

    /// Somebody's password as it is on record, whatever it was.
    pub async fn puts_on_record(&self, identity: &Identity, verifier: &str) {
        let done =
            sqlx::query("UPDATE authenticator SET verifier = $2 WHERE identity = $1 AND kind = 'password'")
                .bind(identity.id.to_string())
                .bind(verifier)
                .execute(self.stage.danger_writer())
                .await;
        assert_eq!(done.unwrap().rows_affected(), 1);
    }

    /// The password hashes of somebody, the present one first.
    pub async fn hashes(&self, identity: &Identity) -> Vec<String> {
        sqlx::query_scalar(
            "SELECT verifier FROM authenticator WHERE identity = $1 AND kind = 'password' \
             ORDER BY bound_at DESC, id DESC",
        )
        .bind(identity.id.to_string())
        .fetch_all(self.stage.database.reader())
        .await
        .unwrap()
    }

    pub fn attempt(&self, from: &str) -> Attempt {
        let flow = FlowId::new(self.stage.clock.now(), &*self.stage.entropy);
        Attempt { flow, address: from.parse::<IpAddr>().unwrap() }
    }

    /// Somebody types a name, which is the identity's or nobody's, and a password.
    pub async fn types_password(
        &self,
        node: &Authenticators,
        name: &str,
        identity: Option<&Identity>,
        typed: &str,
    ) -> Result<Proof, Refusal> {
        let name = name.parse::<UserName>().unwrap();
        let accepted = node.verify_password(&self.attempt(HERE), &name, identity, &password(typed)).await;
        accepted.unwrap().map(|accepted| accepted.proof)
    }

    pub async fn types_code(&self, node: &Authenticators, user: &User, code: &str) -> Result<Proof, Refusal> {
        node.verify_code(&self.attempt(HERE), &user.identity, code).await.unwrap()
    }

    /// The events of one kind.
    pub async fn events(&self, kind: &str) -> Vec<Event> {
        let mut reader = Reader::new(&self.stage.database);
        let mut events = Vec::new();
        while let Some(page) = reader.next_page().await.unwrap() {
            events.extend(page.iter().map(|body| body.parse::<Recorded>().unwrap().event));
        }
        events.retain(|event| event.kind() == kind);
        events
    }
}

pub fn password(text: &str) -> Password {
    Password::typed(text).unwrap()
}

pub fn code_at(secret: &TotpSecret, at: Moment) -> String {
    let bytes = data_encoding::BASE32_NOPAD.decode(secret.expose().as_bytes()).unwrap();
    totp_rs::Builder::new().with_secret(bytes).build_noncompliant().generate(at.unix_seconds()).to_string()
}

/// A code that no step around now has.
pub fn wrong_code(secret: &TotpSecret, at: Moment) -> String {
    let mut codes = (0..1_000_000_u32).map(|n| format!("{n:06}"));
    codes.find(|code| secret.step_of(code, at).is_none()).unwrap()
}

/// A session store that remembers nothing, so that nothing is throttled: what is refused then is refused by
/// the database.
pub struct Forgetful;

#[async_trait]
impl Volatile for Forgetful {
    async fn get(&self, _: &str, _: Moment) -> Result<Option<String>, Error> {
        Ok(None)
    }

    async fn put(&self, _: &str, _: &str, _: Moment, _: Moment) -> Result<(), Error> {
        Ok(())
    }

    async fn put_if_absent(&self, _: &str, _: &str, _: Moment, _: Moment) -> Result<bool, Error> {
        Ok(true)
    }

    async fn swap(&self, _: &str, _: &str, _: &str, _: Moment, _: Moment) -> Result<bool, Error> {
        Ok(false)
    }

    async fn take(&self, _: &str, _: Moment) -> Result<Option<String>, Error> {
        Ok(None)
    }

    async fn increment(&self, _: &str, _: Moment, _: Moment) -> Result<u64, Error> {
        Ok(1)
    }

    async fn remove(&self, _: &str) -> Result<(), Error> {
        Ok(())
    }

    async fn purge(&self, _: Moment) -> Result<u64, Error> {
        Ok(0)
    }
}
