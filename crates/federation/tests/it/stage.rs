//! An installation and its neighbours: people, service providers, nodes, and a session store that can be broken.

macro_rules! testdata {
    ($name:literal) => {
        include_bytes!(concat!(env!("CARGO_MANIFEST_DIR"), "/../saml/testdata/", $name))
    };
}

#[path = "stage/breakable.rs"]
mod breakable;
#[path = "stage/service_provider.rs"]
mod service_provider;

use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use breakable::Breakable;
use portner_audit_log::envelope::Envelope;
use portner_audit_log::events::Reader;
use portner_audit_log::testing::{REDIS, Stage, for_each_engine, server, unique_name};
use portner_audit_log::volatile::{Volatile, VolatileDatabase, VolatileRedis};
use portner_audit_log::{Actor, AuditLog, Database, Engine, Event, Recorded, Tx};
use portner_authenticators::network::NetworkPasswords;
use portner_authenticators::webauthn::{Models, Policy as KeyPolicy, RelyingParty};
use portner_authenticators::{Authenticators, Cost, Fido, HashPool, Password, PasswordRules, TotpSecret};
use portner_directory::{
    Again, Duty, NewEmployee, Personal, Terms, name_organisation, publish_terms, record_proofing, register,
    register_another,
};
use portner_domain::assurance::Notified;
use portner_domain::authenticator::Ceremony;
use portner_domain::flow::{Rules, Tells};
use portner_domain::identity::{Employment, Identity};
use portner_domain::life::{Admission, Lifter, Locker};
use portner_domain::proofing::Evidence;
use portner_domain::right::{Constraints, Right};
use portner_domain::session::Limits;
use portner_domain::terms::HoldFor;
use portner_domain::{Clock, Level, Millis, Moment};
use portner_federation::policy::Policy;
use portner_federation::{About, Federation, IndexKey, Keys, Parts, Publication, Settings, registry};
use portner_saml::metadata::{identity_provider, service_provider_metadata};
use portner_saml::{
    Binding, Certificate, Contact, ContactKind, DecryptionKey, FileKey, IdentityProvider, IdpDescription,
    LocalName, Logo, LogoutEndpoint, NameIdFormat, Organization, Signer,
};

pub const ORIGIN: &str = "https://login.example.dk";
pub const ENTITY_ID: &str = "https://saml.example.dk";
pub const SSO: &str = "https://login.example.dk/saml/sso";
pub const SLO: &str = "https://login.example.dk/saml/slo";
pub const PASSWORD: &str = "fire tilfældige ord her";
pub const SUBSTANTIAL: &[&str] = &["https://data.gov.dk/concept/core/nsis/loa/Substantial"];
pub const HIGH: &[&str] = &["https://data.gov.dk/concept/core/nsis/loa/High"];
pub const OIOSAML3: &str = "profile = \"oiosaml3-professional\"";

/// The test certificates are younger than the clock of a stage.
const TO_THE_CERTIFICATES: Millis = Millis::hours(24);
const CHEAP: Cost = Cost { memory_kib: 64, passes: 1 };

/// One installation.
pub struct World {
    pub stage: Stage,
    pub rules: Rules,
    /// What nodes that start from now on ask of passwords.
    pub password_rules: PasswordRules,
    /// The directory that they ask about network passwords.
    pub network: Option<NetworkPasswords>,
    /// Does the session store fail?
    pub store_is_broken: Arc<AtomicBool>,
    /// Is another tab about to be faster with the next change of a login?
    pub another_tab_is_faster: Arc<AtomicBool>,
    /// Does the next session that is about to change end just before?
    pub a_logout_is_faster: Arc<AtomicBool>,
    pub envelope: Arc<Envelope>,
    hashing: HashPool,
    redis_prefix: String,
}

/// One process of it.
#[derive(Clone)]
pub struct Node {
    pub log: AuditLog,
    pub volatile: Arc<dyn Volatile>,
    pub authenticators: Authenticators,
    pub federation: Federation,
}

/// Somebody with what they log in with.
pub struct User {
    pub identity: Identity,
    pub secret: Option<TotpSecret>,
}

/// Somebody about to be registered.
pub struct NewUser<'w> {
    world: &'w World,
    name: &'static str,
    password: bool,
    totp: bool,
    evidence: Option<Evidence>,
}

/// A service provider with its keys.
pub struct Sp {
    pub entity_id: String,
    pub acs: String,
    pub key: FileKey,
    pub logout: Vec<LogoutEndpoint>,
    decryption: DecryptionKey,
    provider: IdentityProvider,
}

/// A request on its way.
pub struct Request {
    pub id: String,
    pub url: String,
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
        stage.clock.advance(TO_THE_CERTIFICATES);
        let substantial = Some(Level::Substantial);
        Self {
            rules: Rules {
                notified: Notified { scheme: substantial, broker: substantial },
                limits: Limits::NSIS,
                tells: Tells::Nothing,
            },
            password_rules: PasswordRules::default(),
            network: None,
            store_is_broken: Arc::default(),
            another_tab_is_faster: Arc::default(),
            a_logout_is_faster: Arc::default(),
            envelope: Arc::new(Envelope::new("k1", &[7; 32]).unwrap()),
            hashing: HashPool::start(1, CHEAP, &*stage.entropy).unwrap(),
            redis_prefix: unique_name(),
            stage,
        }
    }

    /// A node, with connections and memory of its own: one more of them, or the same one after a restart.
    pub async fn node(&self) -> Node {
        self.node_with(async |_| Keys::only(Arc::new(own_key()))).await
    }

    /// A node that signs with these keys.
    pub async fn node_with(&self, keys: impl AsyncFnOnce(AuditLog) -> Keys) -> Node {
        let store: Arc<dyn Volatile> = match (self.stage.engine, server(REDIS)) {
            (Engine::Postgres, Some(url)) => {
                Arc::new(VolatileRedis::open(&url, &self.redis_prefix).await.unwrap())
            }
            _ => Arc::new(VolatileDatabase::open(&self.stage.settings).await.unwrap()),
        };
        let volatile: Arc<dyn Volatile> = Arc::new(Breakable {
            store,
            is_broken: Arc::clone(&self.store_is_broken),
            another_tab_is_faster: Arc::clone(&self.another_tab_is_faster),
            a_logout_is_faster: Arc::clone(&self.a_logout_is_faster),
        });
        let database = Database::open(&self.stage.settings).await.unwrap();
        let entropy = Arc::clone(&self.stage.entropy) as Arc<dyn portner_domain::Entropy>;
        let log = AuditLog::new(database, Arc::clone(&self.stage.clock) as _, Arc::clone(&entropy));
        let authenticators = Authenticators::new(
            log.clone(),
            Arc::clone(&volatile),
            Arc::clone(&self.envelope),
            self.hashing.clone(),
            Arc::clone(&entropy),
        )
        .with_rules(self.password_rules.clone());
        let authenticators = match &self.network {
            Some(network) => authenticators.with_network_passwords(network.clone()),
            None => authenticators,
        };
        let envelope = Arc::clone(&self.envelope);
        let personal = Personal::open(log.clone(), envelope, Arc::clone(&entropy)).await.unwrap();
        let parts = Parts {
            personal,
            log: log.clone(),
            volatile: Arc::clone(&volatile),
            authenticators: authenticators.clone(),
            fido: self.fido(authenticators.clone()),
            keys: keys(log.clone()).await,
            index_key: Arc::new(IndexKey::derived_from(&[7; 32]).unwrap()),
            entropy,
        };
        let federation = Federation::new(self.settings(), parts);
        Node { log, volatile, authenticators, federation }
    }

    /// What verifies keys: any model, at our own site.
    pub fn fido(&self, authenticators: Authenticators) -> Fido {
        let site = RelyingParty { origin: ORIGIN.to_owned(), name: "Medarbejderlogin".to_owned() };
        let models = Models::open(KeyPolicy::default(), self.now()).unwrap();
        Fido::new(authenticators, &site, models).unwrap()
    }

    /// What a node publishes about us.
    pub fn publication(&self, node: &Node) -> Publication {
        let contact = |kind| Contact {
            kind,
            company: Some("Eksempel Kommune".to_owned()),
            email: "it@example.dk".to_owned(),
            telephone: None,
        };
        let about = About {
            entity_id: ENTITY_ID.to_owned(),
            origin: "https://login.example.dk".to_owned(),
            display_name: LocalName { da: Some("Medarbejderlogin".to_owned()), en: None },
            logo: Some(Logo { url: "https://example.dk/logo.svg".to_owned(), width: 80, height: 60 }),
            organization: Organization {
                name: "Eksempel Kommune".to_owned(),
                display_name: "Eksempel Kommune".to_owned(),
                url: "https://login.example.dk".to_owned(),
            },
            contacts: vec![contact(ContactKind::Technical), contact(ContactKind::Support)],
        };
        let keys = node.federation.keys().clone();
        Publication::new(about, keys, node.log.clone(), Arc::clone(&self.stage.entropy) as _)
    }

    fn settings(&self) -> Settings {
        Settings {
            entity_id: ENTITY_ID.to_owned(),
            sso_url: SSO.to_owned(),
            slo_url: SLO.to_owned(),
            rules: self.rules,
            skew: Millis::minutes(3),
            request_life: Millis::minutes(5),
            assertion_life: Millis::minutes(5),
        }
    }

    pub fn now(&self) -> Moment {
        self.stage.clock.now()
    }

    pub fn pass(&self, minutes: u64) {
        self.stage.clock.advance(Millis::minutes(minutes));
    }

    pub async fn begin(&self) -> Tx {
        self.stage.log.begin(Actor::system("test")).await.unwrap()
    }

    /// Put terms into force that nobody may go without.
    pub async fn publishes(&self, version: &str, again: Again, hold_for: HoldFor) -> Terms {
        let terms = Terms {
            version: version.to_owned(),
            danish: format!("Del ikke din kode.\n\nUdgave {version}."),
            english: format!("Share <b>nothing</b>.\n\nText of {version}."),
            duty: Duty::Mandatory,
            again,
            hold_for,
        };
        let mut tx = self.begin().await;
        publish_terms(&self.stage.database, &mut tx, &terms).await.unwrap().unwrap();
        tx.commit().await.unwrap();
        self.stage.clock.advance(Millis(1));
        terms
    }

    /// What an intruder, or another program, does to the tables.
    pub async fn sql(&self, sql: &'static str) {
        sqlx::query(sql).execute(self.stage.danger_writer()).await.unwrap();
    }

    /// The events of one kind, oldest first.
    pub async fn events(&self, kind: &str) -> Vec<Event> {
        let mut events = Vec::new();
        for body in self.written().await {
            events.push(body.parse::<Recorded>().unwrap().event);
        }
        events.retain(|event| event.kind() == kind);
        events
    }

    /// How many assertions were issued.
    pub async fn issued(&self) -> usize {
        self.events("assertion-issued").await.len()
    }

    /// All that is in the audit log.
    pub async fn written(&self) -> Vec<String> {
        let mut reader = Reader::new(&self.stage.database);
        let mut bodies = Vec::new();
        while let Some(page) = reader.next_page().await.unwrap() {
            bodies.extend(page);
        }
        bodies
    }

    pub async fn lock(&self, user: &User) {
        let mut tx = self.begin().await;
        portner_directory::lock(&mut tx, user.identity.id, Locker::Support, "lost badge")
            .await
            .unwrap()
            .unwrap();
        tx.commit().await.unwrap();
    }

    /// What an administrator does to the sessions of somebody.
    pub async fn end_sessions(&self, user: &User) {
        let mut tx = self.begin().await;
        let why = "left a computer open";
        portner_directory::end_sessions(&mut tx, user.identity.id, why).await.unwrap().unwrap();
        tx.commit().await.unwrap();
    }

    pub async fn unlock(&self, user: &User) {
        let mut tx = self.begin().await;
        let (database, by) = (&self.stage.database, Lifter::Support);
        portner_directory::lift_all(database, &mut tx, user.identity.id, by, "found it")
            .await
            .unwrap()
            .unwrap();
        tx.commit().await.unwrap();
    }

    pub async fn join(&self, user: &User, group: &str) {
        let mut tx = self.begin().await;
        let group = group.parse().unwrap();
        portner_directory::join(&mut tx, user.identity.id, &group).await.unwrap().unwrap();
        tx.commit().await.unwrap();
    }

    pub async fn leave(&self, user: &User, group: &str) {
        let mut tx = self.begin().await;
        let group = group.parse().unwrap();
        portner_directory::leave(&mut tx, user.identity.id, &group).await.unwrap().unwrap();
        tx.commit().await.unwrap();
    }

    /// Give somebody a right without constraints.
    pub async fn grant(&self, user: &User, privilege: &str, scope: &str) {
        let (privilege, scope) = (privilege.parse().unwrap(), scope.parse().unwrap());
        let right = Right { privilege, scope, constraints: Constraints::default() };
        let mut tx = self.begin().await;
        portner_directory::grant_right(&mut tx, user.identity.id, &right).await.unwrap().unwrap();
        tx.commit().await.unwrap();
    }

    /// What the user's device shows now.
    pub fn code(&self, user: &User) -> String {
        let secret = user.secret.as_ref().unwrap();
        let bytes = data_encoding::BASE32_NOPAD.decode(secret.expose().as_bytes()).unwrap();
        totp_rs::Builder::new()
            .with_secret(bytes)
            .build_noncompliant()
            .generate(self.now().unix_seconds())
            .to_string()
    }

    /// Anna, who has all it takes for Substantial.
    pub async fn anna(&self) -> User {
        self.user("anna").with_password().with_totp().proofed(Evidence::InPerson).registered().await
    }

    /// One more identity of somebody, in another organisation, with [`PASSWORD`] and a code of its own.
    pub async fn another_of(&self, user: &User, name: &str) -> User {
        let (entropy, node) = (&*self.stage.entropy, self.node().await);
        let mut tx = self.begin().await;
        let employee = NewEmployee {
            user_name: name.parse().unwrap(),
            first_name: user.identity.first_name.clone(),
            last_name: user.identity.last_name.clone(),
            email: None,
            cvr: "87654321".parse().unwrap(),
            employment: Employment::Verified { source: "payroll".to_owned() },
            admission: Admission::Permitted,
        };
        name_organisation(&self.stage.database, &mut tx, &employee.cvr, "Eksempel Havn").await.unwrap();
        let person = user.identity.person;
        let identity = register_another(&mut tx, entropy, person, &employee).await.unwrap().unwrap();
        let ceremony = Ceremony::WithProofing(Level::Substantial);
        let hashed = node.authenticators.hash(&Password::typed(PASSWORD).unwrap()).await.unwrap();
        node.authenticators.bind_password(&mut tx, identity.id, &hashed, ceremony).await.unwrap();
        let secret = TotpSecret::generate(entropy);
        node.authenticators.bind_totp(&mut tx, identity.id, &secret, ceremony).await.unwrap();
        tx.commit().await.unwrap();
        self.stage.clock.advance(Millis(1));
        User { identity, secret: Some(secret) }
    }

    /// Somebody with a name, and so far nothing to log in with.
    pub const fn user(&self, name: &'static str) -> NewUser<'_> {
        NewUser { world: self, name, password: false, totp: false, evidence: None }
    }

    /// Register a service provider under a policy in the administrator's words.
    pub async fn sp(&self, name: &str, policy: &str) -> Sp {
        self.sp_that_asks(name, policy, &["eid/fullName", "eid/email"]).await
    }

    /// The same for one whose metadata asks for these attributes of the core vocabulary, or of another in full.
    pub async fn sp_that_asks(&self, name: &str, policy: &str, attributes: &[&str]) -> Sp {
        let sp = Sp::named(name);
        self.register(&sp, name, policy, attributes).await;
        sp
    }

    /// One that takes logout requests there: the bindings in its order of preference.
    pub async fn sp_with_logout(&self, name: &str, policy: &str, bindings: &[Binding]) -> Sp {
        let endpoint = |binding: &Binding| LogoutEndpoint {
            binding: *binding,
            location: format!("https://{name}.example/slo"),
            response_location: (*binding == Binding::Post).then(|| format!("https://{name}.example/out")),
        };
        let sp = Sp { logout: bindings.iter().map(endpoint).collect(), ..Sp::named(name) };
        self.register(&sp, name, policy, &["eid/fullName", "eid/email"]).await;
        sp
    }

    /// Give a registered service provider another policy.
    pub async fn change_policy(&self, sp: &Sp, policy: &str) {
        let policy = Policy::from_toml(policy).unwrap();
        let mut tx = self.begin().await;
        let changed = registry::change_policy(&self.stage.database, &mut tx, &sp.entity_id, &policy).await;
        changed.unwrap().unwrap();
        tx.commit().await.unwrap();
    }

    async fn register(&self, sp: &Sp, name: &str, policy: &str, attributes: &[&str]) {
        let metadata = service_provider_metadata(&sp.describes_itself_asking(name, attributes)).unwrap();
        let policy = Policy::from_toml(policy).unwrap();
        let mut tx = self.begin().await;
        let (database, entropy) = (&self.stage.database, &*self.stage.entropy);
        registry::add(database, &mut tx, entropy, metadata.as_bytes(), &policy).await.unwrap().unwrap();
        tx.commit().await.unwrap();
    }

    pub async fn disable(&self, sp: &Sp) {
        let mut tx = self.begin().await;
        registry::disable(&self.stage.database, &mut tx, &sp.entity_id).await.unwrap().unwrap();
        tx.commit().await.unwrap();
    }
}

impl NewUser<'_> {
    /// [`PASSWORD`].
    pub fn with_password(self) -> Self {
        Self { password: true, ..self }
    }

    pub fn with_totp(self) -> Self {
        Self { totp: true, ..self }
    }

    /// In the same process in which the authenticators are bound.
    pub fn proofed(self, evidence: Evidence) -> Self {
        Self { evidence: Some(evidence), ..self }
    }

    pub async fn registered(self) -> User {
        let Self { world, name, .. } = self;
        let entropy = &*world.stage.entropy;
        let node = world.node().await;
        let mut tx = world.begin().await;
        let employee = NewEmployee {
            user_name: name.parse().unwrap(),
            first_name: "Anna".to_owned(),
            last_name: "Østergård & Søn".to_owned(),
            email: Some(format!("{name}@example.dk")),
            cvr: "12345678".parse().unwrap(),
            employment: Employment::Verified { source: "payroll".to_owned() },
            admission: Admission::Permitted,
        };
        name_organisation(&world.stage.database, &mut tx, &employee.cvr, "Eksempel Kommune").await.unwrap();
        let identity = register(&mut tx, entropy, &employee).await.unwrap().unwrap();
        let mut ceremony = Ceremony::Unvouched;
        if let Some(evidence) = self.evidence {
            let proofing = record_proofing(&mut tx, entropy, identity.person, evidence).await.unwrap();
            ceremony = Ceremony::WithProofing(proofing.evidence.level());
        }
        if self.password {
            let hashed = node.authenticators.hash(&Password::typed(PASSWORD).unwrap()).await.unwrap();
            node.authenticators.bind_password(&mut tx, identity.id, &hashed, ceremony).await.unwrap();
        }
        let secret = self.totp.then(|| TotpSecret::generate(entropy));
        if let Some(secret) = &secret {
            node.authenticators.bind_totp(&mut tx, identity.id, secret, ceremony).await.unwrap();
        }
        tx.commit().await.unwrap();
        // Sessions begin after what they rest on.
        world.stage.clock.advance(Millis(1));
        User { identity, secret }
    }
}

fn own_key() -> FileKey {
    FileKey::from_pem(testdata!("idp.key.pem"), testdata!("idp.crt.pem")).unwrap()
}

/// A key that nobody registered.
pub fn strange_key() -> FileKey {
    FileKey::from_pem(testdata!("other.key.pem"), testdata!("other.crt.pem")).unwrap()
}

/// Our metadata.
pub fn own_metadata() -> String {
    metadata_with(vec![own_key().certificate().clone()])
}

/// Our metadata with these keys in it.
pub fn metadata_with(signing: Vec<Certificate>) -> String {
    identity_provider(&IdpDescription {
        entity_id: ENTITY_ID.to_owned(),
        signing,
        sso_redirect: SSO.to_owned(),
        sso_post: Some(SSO.to_owned()),
        logout: Vec::new(),
        name_id_formats: vec![NameIdFormat::Persistent],
        attributes: Vec::new(),
        display_name: LocalName::default(),
        logo: None,
        organization: None,
        contacts: Vec::new(),
        error_url: None,
        valid_until: None,
        cache_duration: None,
    })
    .unwrap()
}
