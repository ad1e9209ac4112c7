//! A whole installation in a temporary folder, with users and a service provider, for measuring.

use std::path::PathBuf;
use std::sync::Arc;

use portner_audit_log::Actor;
use portner_audit_log::events::Reader;
use portner_authenticators::{Password, TotpSecret};
use portner_directory::{NewEmployee, lock, name_organisation, record_proofing, register};
use portner_domain::authenticator::Ceremony;
use portner_domain::identity::Employment;
use portner_domain::life::{Admission, Locker};
use portner_domain::proofing::Evidence;
use portner_domain::{Clock, Level};
use portner_federation::policy::Policy;
use portner_federation::{Keys, registry};
use portner_saml::generate::{rsa_2048, rsa_3072};
use portner_saml::metadata::service_provider_metadata;
use portner_saml::{
    Carried, FileKey, LocalName, NameIdFormat, RequestDescription, Signer, SpDescription, authn_request,
    new_id, redirect,
};

use crate::args::Init;
use crate::config::Config;
use crate::init;
use crate::node::Node;
use crate::problem::Problem;
use crate::real::{RealClock, RealEntropy};

/// How many sessions the single sign-on measurement spreads over.
pub const USERS_AT_SSO: usize = 16;
/// Everybody's password.
pub const PASSWORD: &str = "fire tilfældige ord her";

const CVR: &str = "12345678";
const ORIGIN: &str = "http://localhost:8080";
const SP: &str = "https://saml.bench.example";
const ACS: &str = "https://sp.bench.example/acs";
/// Users registered in one transaction.
const BATCH_USERS: usize = 100;

/// The installation.
pub struct Stage {
    /// What answers.
    pub router: axum::Router,
    /// What signs the answers.
    pub signer: Arc<dyn Signer>,
    /// The users' one-time code secrets, in base32.
    pub secrets: Vec<String>,
    node: Node,
    sp_key: FileKey,
    folder: PathBuf,
}

impl Drop for Stage {
    fn drop(&mut self) {
        drop(std::fs::remove_dir_all(&self.folder));
    }
}

/// What may differ from one measurement to the next.
pub struct Terms {
    /// Size of the signing key, and of the service provider's.
    pub bits: u16,
    /// A database elsewhere than in the temporary folder.
    pub database: Option<String>,
}

impl Default for Terms {
    fn default() -> Self {
        Self { bits: 3072, database: None }
    }
}

impl Stage {
    /// Set it up, with so many users called `user0`, `user1` and so on.
    pub async fn set(users: usize, terms: &Terms) -> Result<Self, Problem> {
        let folder = std::env::temp_dir().join(format!("portner-bench-{}", new_id(&RealEntropy)));
        let mut config = Config::load(&init::make(&wishes(&folder)).await?.file)?;
        if let Some(url) = &terms.database {
            config.storage.database = Some(url.clone());
            crate::node::migrate(&config).await?;
        }
        let rsa = if terms.bits < 3072 { rsa_2048 } else { rsa_3072 };
        let key = || -> Result<FileKey, Problem> {
            let made = rsa("bench", RealClock.now(), &RealEntropy)?;
            Ok(FileKey::from_pem(made.key_pem.as_bytes(), made.certificate_pem.as_bytes())?)
        };
        let (signer, sp_key): (Arc<dyn Signer>, _) = (Arc::new(key()?), key()?);
        let workers = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
        let mut node = Node::open(&config, workers).await?;
        node.keys = Keys::only(Arc::clone(&signer));
        let router = portner_web::router(crate::serve::app(&config, &node)?);
        let mut stage = Self { router, signer, secrets: Vec::new(), node, sp_key, folder };
        stage.register_service_provider().await?;
        stage.register_users(&config, users).await?;
        Ok(stage)
    }

    /// A new signed request of the service provider, for Substantial: path and query.
    pub fn request_url(&self) -> Result<String, Problem> {
        let sso = format!("{ORIGIN}/saml/sso");
        let xml = authn_request(&RequestDescription {
            id: &new_id(&RealEntropy),
            issuer: SP,
            destination: &sso,
            acs: Some(ACS),
            now: RealClock.now(),
            force_authn: false,
            is_passive: false,
            class_refs: &["https://data.gov.dk/concept/core/nsis/loa/Substantial"],
            requester_ids: &[],
        })?;
        let url = redirect::signed_url(&sso, Carried::Request, &xml, Some("state"), &self.sp_key)?;
        Ok(url.strip_prefix(ORIGIN).unwrap_or(&url).to_owned())
    }

    /// How many bits the signing key has.
    pub fn signer_bits(&self) -> String {
        self.signer.certificate().public_key().description()
    }

    /// How many events the log has.
    pub async fn events(&self) -> Result<usize, Problem> {
        let mut reader = Reader::new(self.node.log.database());
        let mut events = 0;
        while let Some(page) = reader.next_page().await? {
            events += page.len();
        }
        Ok(events)
    }

    async fn register_service_provider(&self) -> Result<(), Problem> {
        let certificate = self.sp_key.certificate().clone();
        let metadata = service_provider_metadata(&SpDescription {
            entity_id: SP.to_owned(),
            signing: vec![certificate.clone()],
            encryption: vec![certificate],
            assertion_consumers: vec![ACS.to_owned()],
            logout: Vec::new(),
            name_id_formats: vec![NameIdFormat::Persistent],
            display_name: LocalName { da: Some("Målestationen".to_owned()), en: None },
            requested_attributes: Vec::new(),
        })?;
        let policy = Policy::of_profile("oiosaml3-professional")?;
        let database = self.node.log.database();
        let mut tx = self.node.log.begin(Actor::system("bench")).await?;
        registry::add(database, &mut tx, &RealEntropy, metadata.as_bytes(), &policy).await??;
        Ok(tx.commit().await?)
    }

    /// So many users who are locked, `locked0` and so on, and so many without anything to log in with, `bare0`.
    pub async fn add_locked_and_bare(&self, users: usize) -> Result<(), Problem> {
        let password = self.node.authenticators.hash(&Password::chosen(PASSWORD)?).await?;
        let mut tx = self.node.log.begin(Actor::system("bench")).await?;
        for n in 0..users {
            register(&mut tx, &RealEntropy, &employee("bare", n)?).await??;
            let locked = register(&mut tx, &RealEntropy, &employee("locked", n)?).await??;
            let bind =
                self.node.authenticators.bind_password(&mut tx, locked.id, &password, Ceremony::Unvouched);
            bind.await?;
            lock(&mut tx, locked.id, Locker::Administrator, "bench").await??;
        }
        Ok(tx.commit().await?)
    }

    async fn register_users(&mut self, config: &Config, users: usize) -> Result<(), Problem> {
        let log = self.node.log.clone();
        let password = self.node.authenticators.hash(&Password::chosen(PASSWORD)?).await?;
        for batch in (0..users).collect::<Vec<_>>().chunks(BATCH_USERS) {
            let mut tx = log.begin(Actor::system("bench")).await?;
            let organisation = &config.organisation;
            name_organisation(log.database(), &mut tx, &organisation.cvr, &organisation.name).await?;
            for n in batch {
                let identity = register(&mut tx, &RealEntropy, &employee("user", *n)?).await??;
                record_proofing(&mut tx, &RealEntropy, identity.person, Evidence::InPerson).await?;
                let ceremony = Ceremony::WithProofing(Level::Substantial);
                let secret = TotpSecret::generate(&RealEntropy);
                self.node.authenticators.bind_password(&mut tx, identity.id, &password, ceremony).await?;
                self.node.authenticators.bind_totp(&mut tx, identity.id, &secret, ceremony).await?;
                self.secrets.push(secret.expose().to_string());
            }
            tx.commit().await?;
        }
        Ok(())
    }
}

fn employee(prefix: &str, n: usize) -> Result<NewEmployee, Problem> {
    Ok(NewEmployee {
        user_name: format!("{prefix}{n}").parse()?,
        first_name: "Bruger".to_owned(),
        last_name: n.to_string(),
        email: None,
        cvr: CVR.parse()?,
        employment: Employment::Verified { source: "bench".to_owned() },
        admission: Admission::Permitted,
    })
}

pub fn wishes(folder: &std::path::Path) -> Init {
    Init {
        data: Some(folder.to_owned()),
        public_url: Some(ORIGIN.to_owned()),
        organisation: Some("Målestationen".to_owned()),
        cvr: CVR.parse().ok(),
        entity_id: Some("https://saml.bench.example/idp".to_owned()),
        listen: "127.0.0.1:8080".to_owned(),
        management: "127.0.0.1:8081".to_owned(),
        support_name: "Support".to_owned(),
        support_phone: None,
        support_email: None,
        scheme_level: Some(Level::Substantial),
        broker_level: Some(Level::Substantial),
    }
}
