//! Signing keys on record: which one signs for whom, on every node, and what happens where one is missing.

use std::path::Path;

use portner_audit_log::{Event, KeyOrigin, Tx};
use portner_domain::Millis;
use portner_domain::signing_key::{KeyRefusal, KeyState, Pin, Urgency};
use portner_federation::keys::life::{
    Record, activate, adopt, announce, pin, replace_all, retire, roll_back, unpin,
};
use portner_federation::keys::{Place, PrivateHalves, look_at_certificates};
use portner_federation::{Edition, Error, KeyProblem, Keys, Reply, registry};
use portner_saml::Certificate;
use zeroize::Zeroizing;

use crate::browser::Browser;
use crate::stage::{Node, OIOSAML3, Sp, User, World, for_each_world};

const PASSPHRASE: &[u8] = b"correct horse battery staple";
pub const DAY: Millis = Millis::hours(24);

macro_rules! testdata {
    ($name:literal) => {
        include_bytes!(concat!("../../../saml/testdata/", $name))
    };
}

/// The keys of this play: their private halves come from files, as an administrator brings them.
pub const FIRST: (&[u8], &[u8]) = (testdata!("idp.key.pem"), testdata!("idp.crt.pem"));
pub const SECOND: (&[u8], &[u8]) = (testdata!("other.key.pem"), testdata!("other.crt.pem"));
pub const THIRD: (&[u8], &[u8]) = (testdata!("sp.key.pem"), testdata!("sp.crt.pem"));

pub fn halves(folder: &Path) -> PrivateHalves {
    PrivateHalves::new(folder.to_owned(), Some(Zeroizing::new(PASSPHRASE.to_vec())), None)
}

pub fn certificate((_, pem): (&[u8], &[u8])) -> Certificate {
    Certificate::from_pem(pem).unwrap()
}

pub fn id(key: (&[u8], &[u8])) -> String {
    certificate(key).key_id().to_owned()
}

impl World {
    /// Put a key into this installation's folder, where every node finds it.
    pub fn brings(&self, key: (&[u8], &[u8])) -> Place {
        halves(self.stage.folder.path()).bring(key.0, &*self.stage.entropy).unwrap()
    }

    /// The first key signs.
    pub async fn begins_with_a_key(&self) {
        let place = self.brings(FIRST);
        let mut tx = self.begin().await;
        assert!(adopt(&self.stage.database, &mut tx, &certificate(FIRST), &place).await.unwrap());
        tx.commit().await.unwrap();
    }

    /// A node with the keys on record and the private halves in this folder.
    pub async fn node_at(&self, folder: &Path) -> Node {
        self.node_with(async |log| Keys::on_record(log, halves(folder)).await.unwrap()).await
    }

    /// A node with the private halves of the installation.
    pub async fn signing_node(&self) -> Node {
        self.node_at(self.stage.folder.path()).await
    }

    /// Do something with the keys, as a command does.
    pub async fn keeps<T>(&self, deed: impl AsyncFnOnce(&mut Tx) -> T) -> T {
        let mut tx = self.begin().await;
        let done = deed(&mut tx).await;
        tx.commit().await.unwrap();
        done
    }

    pub async fn announces(&self, key: (&[u8], &[u8])) {
        let (place, db) = (self.brings(key), &self.stage.database);
        let certificate = certificate(key);
        let done =
            self.keeps(async |tx| announce(db, tx, (&certificate, &place), KeyOrigin::Brought).await).await;
        done.unwrap().unwrap();
    }

    pub async fn activates(&self, urgency: Urgency) {
        self.keeps(async |tx| activate(&self.stage.database, tx, urgency).await).await.unwrap().unwrap();
    }

    pub async fn retires(&self, key: (&[u8], &[u8]), urgency: Urgency) -> Result<(), KeyRefusal> {
        let (db, id) = (&self.stage.database, id(key));
        self.keeps(async |tx| retire(db, tx, &id, urgency).await).await.unwrap().map(drop)
    }

    pub async fn pins(&self, sp: &Sp, key: (&[u8], &[u8]), until: Option<portner_domain::Moment>) {
        let db = &self.stage.database;
        let service_provider = registry::by_entity_id(db, &sp.entity_id).await.unwrap().unwrap().id;
        let it = Pin { service_provider, key: id(key), until };
        self.keeps(async |tx| pin(db, tx, &it).await).await.unwrap().unwrap();
    }

    pub async fn unpins(&self, sp: &Sp) {
        let db = &self.stage.database;
        let it = registry::by_entity_id(db, &sp.entity_id).await.unwrap().unwrap().id;
        assert!(self.keeps(async |tx| unpin(db, tx, it).await).await.unwrap());
    }

    pub async fn states(&self) -> Vec<(String, KeyState)> {
        let record = Record::read(&self.stage.database).await.unwrap();
        record.keys.into_iter().map(|key| (key.life.id, key.life.state)).collect()
    }

    /// Let time pass, and the nodes do what they do every second.
    pub async fn passes(&self, time: Millis, nodes: &[&Node]) {
        self.stage.clock.advance(time);
        for node in nodes {
            node.federation.keys().refresh().await.unwrap();
        }
    }
}

/// The key that signs what this service provider is sent by this node: by the log, and by the signature.
async fn signs(world: &World, node: &Node, sp: &mut Sp, user: &User) -> String {
    let request = sp.request(world, |_| {});
    let form = Browser::default().logs_in(world, node, &request, user).await;
    let events = world.events("assertion-issued").await;
    let Some(Event::AssertionIssued(written)) = events.last() else { panic!("{events:?}") };
    for key in [FIRST, SECOND, THIRD] {
        let only = crate::stage::metadata_with(vec![certificate(key)]);
        sp.learns(&only);
        let verified = sp.reads(world, &form.saml_response, &request.id).is_ok();
        assert_eq!(verified, id(key) == written.key_id, "the log names the key that signed");
    }
    written.key_id.clone()
}

#[tokio::test]
async fn the_configured_key_becomes_the_first_one_once() {
    for_each_world(|world| async move {
        world.begins_with_a_key().await;
        let (db, second, place) = (&world.stage.database, certificate(SECOND), Place::File("x".into()));
        assert!(!world.keeps(async |tx| adopt(db, tx, &second, &place).await).await.unwrap());
        assert_eq!(world.states().await, [(id(FIRST), KeyState::Active)]);
        let events = world.events("signing-key-added").await;
        assert!(
            matches!(events.as_slice(), [Event::SigningKeyAdded { origin: KeyOrigin::Configured, .. }]),
            "{events:?}"
        );
        let anna = world.user("anna").with_password().registered().await;
        let (node, mut sp) = (world.signing_node().await, world.sp("sag", OIOSAML3).await);
        assert_eq!(signs(&world, &node, &mut sp, &anna).await, id(FIRST));
    })
    .await;
}

#[tokio::test]
async fn what_is_activated_on_one_node_signs_on_all() {
    for_each_world(|world| async move {
        world.begins_with_a_key().await;
        let anna = world.user("anna").with_password().registered().await;
        let (one, other) = (world.signing_node().await, world.signing_node().await);
        let mut sp = world.sp("sag", OIOSAML3).await;
        world.announces(SECOND).await;
        world.passes(Millis::hours(23), &[&one, &other]).await;
        let early =
            world.keeps(async |tx| activate(&world.stage.database, tx, Urgency::Ordinary).await).await;
        assert!(matches!(early.unwrap(), Err(KeyRefusal::AnnouncedTooLate(_))));
        assert_eq!(signs(&world, &one, &mut sp, &anna).await, id(FIRST), "announced is not activated");

        world.passes(Millis::hours(2), &[&one, &other]).await;
        world.activates(Urgency::Ordinary).await;
        world.passes(Millis::seconds(1), &[&one, &other]).await;
        for node in [&one, &other] {
            assert_eq!(signs(&world, node, &mut sp, &anna).await, id(SECOND));
            world.passes(Millis::minutes(1), &[&one, &other]).await;
        }
        assert_eq!(world.states().await, [(id(SECOND), KeyState::Active), (id(FIRST), KeyState::Retiring)]);
        let moved = world.events("signing-key-moved").await;
        assert_eq!(moved.len(), 2, "{moved:?}");
    })
    .await;
}

#[tokio::test]
async fn t_key_04_the_log_names_the_key_that_signed_through_pins_rolls_and_roll_back() {
    for_each_world(|world| async move {
        world.begins_with_a_key().await;
        let anna = world.user("anna").with_password().registered().await;
        let node = world.signing_node().await;
        let (mut sp, mut pinned) = (world.sp("sag", OIOSAML3).await, world.sp("gammel", OIOSAML3).await);
        world.announces(SECOND).await;
        world.pins(&pinned, FIRST, Some(world.now().plus(DAY).plus(DAY))).await;
        world.passes(DAY, &[&node]).await;
        world.activates(Urgency::Ordinary).await;
        world.passes(Millis::seconds(1), &[&node]).await;
        assert_eq!(signs(&world, &node, &mut sp, &anna).await, id(SECOND));
        assert_eq!(signs(&world, &node, &mut pinned, &anna).await, id(FIRST));
        assert_eq!(world.retires(FIRST, Urgency::Ordinary).await, Err(KeyRefusal::Pinned));

        world.passes(DAY, &[&node]).await;
        assert_eq!(signs(&world, &node, &mut pinned, &anna).await, id(SECOND), "the pin was until yesterday");
        world.pins(&pinned, FIRST, None).await;
        world.passes(Millis::seconds(1), &[&node]).await;
        assert_eq!(signs(&world, &node, &mut pinned, &anna).await, id(FIRST));
        world.unpins(&pinned).await;

        world.keeps(async |tx| roll_back(&world.stage.database, tx).await).await.unwrap().unwrap();
        world.passes(Millis::seconds(1), &[&node]).await;
        assert_eq!(signs(&world, &node, &mut sp, &anna).await, id(FIRST));
        world.retires(SECOND, Urgency::Ordinary).await.unwrap();
        let nothing = world.keeps(async |tx| roll_back(&world.stage.database, tx).await).await;
        assert_eq!(nothing.unwrap(), Err(KeyRefusal::NothingRetiring), "retired is for ever");
    })
    .await;
}

#[tokio::test]
async fn in_an_emergency_one_key_takes_the_place_of_all_and_no_pin_holds() {
    for_each_world(|world| async move {
        world.begins_with_a_key().await;
        let anna = world.user("anna").with_password().registered().await;
        let node = world.signing_node().await;
        let mut pinned = world.sp("gammel", OIOSAML3).await;
        world.announces(SECOND).await;
        world.pins(&pinned, FIRST, None).await;
        world.passes(Millis::seconds(1), &[&node]).await;
        assert_eq!(signs(&world, &node, &mut pinned, &anna).await, id(FIRST));

        let (place, third) = (world.brings(THIRD), certificate(THIRD));
        let db = &world.stage.database;
        world.keeps(async |tx| replace_all(db, tx, (&third, &place)).await).await.unwrap();
        world.passes(Millis::seconds(1), &[&node]).await;
        assert_eq!(signs(&world, &node, &mut pinned, &anna).await, id(THIRD));
        let states = world.states().await;
        assert_eq!(states.iter().filter(|(_, state)| *state == KeyState::Retired).count(), 2, "{states:?}");
        let moved = world.events("signing-key-moved").await;
        let pressing = |event: &Event| {
            matches!(event, Event::SigningKeyMoved { to: KeyState::Retired, urgency: Urgency::Emergency, .. })
        };
        assert!(moved.len() == 2 && moved.iter().all(pressing), "{moved:?}");
        assert_eq!(world.events("signing-key-unpinned").await.len(), 1);
    })
    .await;
}

#[tokio::test]
async fn a_node_without_the_private_half_signs_nothing_and_says_so() {
    for_each_world(|world| async move {
        world.begins_with_a_key().await;
        let elsewhere = tempfile::tempdir().unwrap();
        let node = world.node_at(elsewhere.path()).await;
        let sp = world.sp("sag", OIOSAML3).await;
        let anna = world.user("anna").with_password().registered().await;
        let problem = node.federation.keys().problem(world.now()).unwrap();
        assert!(problem.to_string().contains("can't be read"), "{problem}");

        let request = sp.request(&world, |_| {});
        let mut browser = Browser::default();
        let asked = browser.opens(&world, &node, &request).await;
        let Reply::AskPassword(ask) = &asked else { panic!("{asked:?}") };
        let (flow, name) = (ask.flow, anna.identity.user_name.as_str());
        let reply = browser
            .does(&world, &node, async |it, visit| {
                it.password(flow, name, crate::stage::PASSWORD, visit).await
            })
            .await;
        assert!(matches!(reply, Err(Error::Build(_))), "{reply:?}");
        assert_eq!(world.issued().await, 0);

        // The file arrives, and is found without a restart.
        let file = Path::new("keys/signing").join(format!("{}.key", certificate(FIRST).public_key().id()));
        std::fs::create_dir_all(elsewhere.path().join("keys/signing")).unwrap();
        std::fs::copy(world.stage.folder.path().join(&file), elsewhere.path().join(&file)).unwrap();
        world.passes(Millis::seconds(10), &[&node]).await;
        assert_eq!(node.federation.keys().problem(world.now()), None);
        let request = sp.request(&world, |_| {});
        let form = Browser::default().logs_in(&world, &node, &request, &anna).await;
        sp.reads(&world, &form.saml_response, &request.id).unwrap();
    })
    .await;
}

#[tokio::test]
async fn a_node_that_can_not_read_the_record_stops_signing() {
    for_each_world(|world| async move {
        world.begins_with_a_key().await;
        let node = world.signing_node().await;
        let keys = node.federation.keys();
        world.stage.clock.advance(Millis::seconds(60));
        assert_eq!(keys.problem(world.now()), None);
        world.stage.clock.advance(Millis::seconds(3));
        assert!(keys.problem(world.now()).is_some_and(|problem| problem.to_string().contains("too long")));
        let sp = world.sp("sag", OIOSAML3).await;
        let request = sp.request(&world, |it| it.is_passive = true);
        let mut browser = Browser::default();
        let query = request.raw_query();
        let reply =
            browser.does(&world, &node, async |it, visit| it.receive_redirect(query, visit).await).await;
        assert!(matches!(reply, Err(Error::Build(_))), "{reply:?}");
        keys.refresh().await.unwrap();
        assert_eq!(keys.problem(world.now()), None);
    })
    .await;
}

#[tokio::test]
async fn a_record_without_an_active_key_opens_nothing() {
    for_each_world(|world| async move {
        let opened = Keys::on_record(world.stage.log.clone(), halves(world.stage.folder.path())).await;
        assert!(matches!(opened, Err(Error::Key(KeyProblem { .. }))));
    })
    .await;
}

#[tokio::test]
async fn a_key_file_is_under_its_passphrase_and_overwrites_none() {
    for_each_world(|world| async move {
        let Place::File(path) = world.brings(FIRST) else { panic!("a file was due") };
        let path = world.stage.folder.path().join(path);
        let text = std::fs::read_to_string(&path).unwrap();
        assert!(text.starts_with("-----BEGIN ENCRYPTED PRIVATE KEY-----"), "{text}");
        assert!(halves(world.stage.folder.path()).bring(FIRST.0, &*world.stage.entropy).is_err());
        let wrong = PrivateHalves::new(
            world.stage.folder.path().to_owned(),
            Some(Zeroizing::new(b"wrong".to_vec())),
            None,
        );
        let opened = wrong.open(&Place::File(path), certificate(FIRST));
        assert!(opened.err().unwrap().to_string().contains("does not open"));
        let found = halves(world.stage.folder.path()).find(&certificate(FIRST)).unwrap();
        assert!(matches!(found, Place::File(_)));
        assert!(halves(world.stage.folder.path()).find(&certificate(SECOND)).is_err());
    })
    .await;
}

#[tokio::test]
async fn the_end_of_a_certificate_is_told_once_in_the_whole_installation() {
    for_each_world(|world| async move {
        world.begins_with_a_key().await;
        let sp = world.sp("sag", OIOSAML3).await;
        let (one, other) = (world.signing_node().await, world.signing_node().await);
        let ends = certificate(FIRST).not_after();
        let told = async |days: u64| {
            world.stage.clock.set(ends.minus(Millis::hours(24 * days)).plus(Millis::minutes(1)));
            let (first, second) =
                futures_util::join!(look_at_certificates(&one.log), look_at_certificates(&other.log));
            first.unwrap() + second.unwrap()
        };
        let ours = async || {
            let events = world.events("certificate-ends-soon").await;
            let days = events.into_iter().filter_map(|event| match event {
                Event::CertificateEndsSoon { key_id, service_provider: None, within_days, .. } => {
                    assert_eq!(key_id, id(FIRST));
                    Some(within_days)
                }
                _ => None,
            });
            days.collect::<Vec<_>>()
        };
        told(92).await;
        assert_eq!(ours().await, [0; 0]);
        told(90).await;
        assert_eq!((told(88).await, ours().await), (0, vec![90]), "one is enough, from whichever node");
        told(20).await;
        assert_eq!(ours().await, [90, 30], "what was slept through is not told afterwards");
        told(7).await;
        assert_eq!(ours().await, [90, 30, 7]);

        let events = world.events("certificate-ends-soon").await;
        let of_sp =
            |event: &&Event| matches!(event, Event::CertificateEndsSoon { service_provider: Some(_), .. });
        assert_eq!(
            events.iter().filter(of_sp).count(),
            3,
            "its one certificate is told once for both purposes"
        );
        world.disable(&sp).await;
        told(1).await;
        assert_eq!(ours().await, [90, 30, 7, 1]);
        let events = world.events("certificate-ends-soon").await;
        assert_eq!(events.iter().filter(of_sp).count(), 3, "whom we do not answer we do not watch");
    })
    .await;
}

#[tokio::test]
async fn a_node_at_work_follows_by_itself() {
    for_each_world(|world| async move {
        world.begins_with_a_key().await;
        let node = world.signing_node().await;
        let (metadata, keys) = (world.publication(&node), node.federation.keys().clone());
        let following = tokio::spawn(async move { keys.follow(std::future::pending()).await });
        world.announces(SECOND).await;
        let seen = async {
            while !metadata
                .edition(Edition::Upload)
                .await
                .unwrap()
                .matches("<md:KeyDescriptor")
                .count()
                .eq(&2)
            {
                tokio::time::sleep(std::time::Duration::from_millis(20)).await;
            }
        };
        tokio::time::timeout(std::time::Duration::from_secs(20), seen).await.unwrap();
        following.abort();
    })
    .await;
}
