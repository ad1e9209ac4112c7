//! Metadata that is fetched: what is used at once, what waits, and what becomes of a server that fails.

use portner_audit_log::{Actor, Event};
use portner_domain::{Millis, ServiceProviderId};
use portner_federation::policy::Policy;
use portner_federation::refresh::{Progress, Refreshed, Refresher, progress};
use portner_federation::registry::{self, Brought, Concerns, Refusal};
use portner_federation::source::{self, Source, Verdict};
use portner_saml::metadata::change::Concern;
use portner_saml::metadata::{service_provider_metadata, signed_service_provider_metadata};
use portner_saml::{Certificate, FileKey, MetadataError, Signer, SpDescription};

use crate::browser::{Browser, asks_password, refused};
use crate::server::{Authority, Server, local_fetcher};
use crate::stage::{Node, OIOSAML3, Sp, World, for_each_world, strange_key};

/// A service provider whose metadata has an address, and the server there.
struct Published<'w> {
    world: &'w World,
    authority: Authority,
    server: Server,
    sp: Sp,
    id: ServiceProviderId,
}

impl<'w> Published<'w> {
    async fn in_the(world: &'w World) -> Self {
        Self::signed_by(world, None).await
    }

    async fn signed_by(world: &'w World, certificate: Option<&Certificate>) -> Self {
        let authority = Authority::new();
        let server = Server::start(&authority, "127.0.0.1").await;
        let sp = world.sp("sag", OIOSAML3).await;
        let source = Source { url: Some(server.url()), certificate: None };
        let id = brings(world, &plain(&sp, |_| {}), Some(source), Concerns::Refused).await.unwrap();
        if certificate.is_some() {
            let source = Source { url: Some(server.url()), certificate: certificate.cloned() };
            let signed = signed(world, &sp, &strange_key(), |_| {});
            brings(world, &signed, Some(source), Concerns::Refused).await.unwrap();
        }
        server.publishes(&plain(&sp, |_| {}));
        Self { world, authority, server, sp, id }
    }

    fn refresher(&self, node: &Node) -> Refresher {
        let entropy = self.world.stage.entropy.clone();
        Refresher::new(node.log.clone(), node.volatile.clone(), local_fetcher(&self.authority), entropy)
    }

    async fn refreshed(&self) -> Refreshed {
        let node = self.world.node().await;
        self.refresher(&node).refresh(self.id, Actor::system("test")).await.unwrap()
    }

    async fn waits(&self) -> Option<Verdict> {
        source::held(&self.world.stage.database, self.id).await.unwrap().map(|held| held.verdict)
    }

    async fn progress(&self) -> Progress {
        progress(&*self.world.node().await.volatile, self.id, self.world.now()).await.unwrap()
    }

    async fn approves(&self, sha256: &str) -> Result<(), Refusal> {
        let (mut tx, db) = (self.world.begin().await, &self.world.stage.database);
        source::approve(db, &mut tx, &self.sp.entity_id, sha256).await.unwrap()?;
        tx.commit().await.unwrap();
        Ok(())
    }

    /// What becomes of a request that is signed with a key.
    async fn answers(&self, key: FileKey) -> Result<(), &'static str> {
        let mut sp = Sp::named("sag");
        sp.key = key;
        let request = sp.request(self.world, |_| {});
        let reply = Browser::default().opens(self.world, &self.world.node().await, &request).await;
        if matches!(reply, portner_federation::Reply::Refused(_)) {
            return Err(refused(reply));
        }
        asks_password(&reply);
        Ok(())
    }
}

fn plain(sp: &Sp, wish: impl FnOnce(&mut SpDescription)) -> String {
    let mut it = sp.describes_itself("sag");
    wish(&mut it);
    service_provider_metadata(&it).unwrap()
}

fn signed(world: &World, sp: &Sp, key: &FileKey, wish: impl FnOnce(&mut SpDescription)) -> String {
    let mut it = sp.describes_itself("sag");
    wish(&mut it);
    signed_service_provider_metadata(&it, key, &*world.stage.entropy).unwrap()
}

fn dated(document: &str, until: portner_domain::Moment) -> String {
    document.replace(" entityID", &format!(" validUntil=\"{until}\" entityID"))
}

fn another_key(it: &mut SpDescription) {
    it.signing.push(strange_key().certificate().clone());
}

async fn brings(
    world: &World,
    metadata: &str,
    source: Option<Source>,
    concerns: Concerns,
) -> Result<ServiceProviderId, Refusal> {
    let policy = Policy::from_toml(OIOSAML3).unwrap();
    let brought = Brought { metadata: metadata.as_bytes(), policy: &policy, source, concerns };
    let mut tx = world.begin().await;
    let (database, entropy) = (&world.stage.database, &*world.stage.entropy);
    let added = registry::bring(database, &mut tx, entropy, &brought).await.unwrap()?;
    tx.commit().await.unwrap();
    Ok(added.id)
}

fn own_key(sp: &Sp) -> FileKey {
    assert_eq!(sp.entity_id, Sp::named("sag").entity_id);
    Sp::named("sag").key
}

#[tokio::test]
async fn a_new_version_in_which_nothing_is_of_concern_is_used_at_once() {
    for_each_world(|world| async move {
        let it = Published::in_the(&world).await;
        assert!(matches!(it.refreshed().await, Refreshed::Unchanged));
        it.server.publishes(&plain(&it.sp, |it| it.display_name.da = Some("Nyt navn".to_owned())));
        let Refreshed::Replaced(changes) = it.refreshed().await else { panic!() };
        assert_eq!(changes.len(), 1);
        let node = world.node().await;
        let known = registry::by_entity_id(node.log.database(), &it.sp.entity_id).await.unwrap().unwrap();
        assert_eq!(known.name(), "Nyt navn");
        assert!(matches!(it.refreshed().await, Refreshed::Unchanged));
        let events = world.events("metadata-refreshed").await;
        let [Event::MetadataRefreshed { changes, .. }] = events.as_slice() else { panic!("{events:?}") };
        assert_eq!(changes, &["is called \"Nyt navn\""]);
        assert_eq!(world.events("metadata-held").await, []);
    })
    .await;
}

#[tokio::test]
async fn a_key_is_rolled_without_anybodys_word_if_the_old_one_signs_the_document() {
    for_each_world(|world| async move {
        let it = Published::in_the(&world).await;
        assert_eq!(it.answers(strange_key()).await, Err("bad-signature"));
        it.server.publishes(&signed(&world, &it.sp, &own_key(&it.sp), another_key));
        assert!(matches!(it.refreshed().await, Refreshed::Replaced(_)));
        assert_eq!(it.answers(strange_key()).await, Ok(()));
        assert_eq!(it.answers(own_key(&it.sp)).await, Ok(()));
    })
    .await;
}

#[tokio::test]
async fn t_md_01_what_is_of_concern_waits_until_somebody_has_seen_it() {
    for_each_world(|world| async move {
        let it = Published::in_the(&world).await;
        let poisoned = [
            (plain(&it.sp, another_key), Concern::NewKey),
            (signed(&world, &it.sp, &strange_key(), another_key), Concern::NewKey),
            (
                plain(&it.sp, |it| it.assertion_consumers.insert(0, "https://evil.example/acs".to_owned())),
                Concern::ElsewhereInTheWorld,
            ),
        ];
        for (document, concern) in &poisoned {
            it.server.publishes(document);
            let Refreshed::Held(changes) = it.refreshed().await else { panic!("{concern:?}") };
            assert_eq!(changes[0].concern, Some(*concern));
            assert!(matches!(it.refreshed().await, Refreshed::StillHeld(Verdict::Waiting)));
            assert_eq!(it.answers(strange_key()).await, Err("bad-signature"));
            let mut elsewhere = Sp::named("sag");
            elsewhere.acs = "https://evil.example/acs".to_owned();
            let request = elsewhere.request(&world, |_| {});
            let reply = Browser::default().opens(&world, &world.node().await, &request).await;
            assert_eq!(refused(reply), "unknown-acs");
            assert_eq!(it.answers(own_key(&it.sp)).await, Ok(()), "everything goes on as it was");
        }
        assert_eq!(world.events("metadata-held").await.len(), poisoned.len());
        assert_eq!(world.events("metadata-refreshed").await, []);
        // The service provider takes it back.
        it.server.publishes(&plain(&it.sp, |_| {}));
        assert!(matches!(it.refreshed().await, Refreshed::Unchanged));
        assert_eq!(it.waits().await, None);
        assert_eq!(world.events("metadata-withdrawn").await.len(), 1);
    })
    .await;
}

#[tokio::test]
async fn t_md_01_what_is_approved_is_what_was_seen() {
    for_each_world(|world| async move {
        let it = Published::in_the(&world).await;
        let nothing = it.approves("00").await;
        assert!(matches!(nothing, Err(Refusal::NothingHeld(_))), "{nothing:?}");
        it.server.publishes(&plain(&it.sp, another_key));
        it.refreshed().await;
        let db = &world.stage.database;
        let seen = source::held(db, it.id).await.unwrap().unwrap().sha256();
        // Between seeing and approving something else is published.
        let evil = |it: &mut SpDescription| {
            another_key(it);
            it.assertion_consumers.push("https://evil.example/acs".to_owned());
        };
        it.server.publishes(&plain(&it.sp, evil));
        it.refreshed().await;
        for wrong in [seen.as_str(), "", &seen[..16]] {
            let refused = it.approves(wrong).await;
            assert!(matches!(refused, Err(Refusal::NotWhatIsHeld(_))), "{refused:?}");
        }
        assert_eq!(it.answers(strange_key()).await, Err("bad-signature"));
        it.server.publishes(&plain(&it.sp, another_key));
        it.refreshed().await;
        it.approves(&seen).await.unwrap();
        assert_eq!(it.answers(strange_key()).await, Ok(()));
        assert_eq!(it.waits().await, None);
        let approved = world.events("metadata-approved").await;
        assert!(matches!(approved.as_slice(), [Event::MetadataApproved { metadata_sha256, concerns, .. }]
            if *metadata_sha256 == seen && *concerns == ["new-key"]));
    })
    .await;
}

#[tokio::test]
async fn what_was_rejected_is_not_asked_about_again_and_what_is_too_old_is_not_approved() {
    for_each_world(|world| async move {
        let it = Published::in_the(&world).await;
        let soon = world.now().plus(Millis::hours(2));
        it.server.publishes(&dated(&plain(&it.sp, another_key), soon));
        it.refreshed().await;
        let (mut tx, db) = (world.begin().await, &world.stage.database);
        source::reject(db, &mut tx, &it.sp.entity_id).await.unwrap().unwrap();
        tx.commit().await.unwrap();
        assert!(matches!(it.refreshed().await, Refreshed::StillHeld(Verdict::Rejected)));
        assert_eq!(it.waits().await, Some(Verdict::Rejected));
        assert_eq!(it.answers(strange_key()).await, Err("bad-signature"));
        assert_eq!(world.events("metadata-held").await.len(), 1);
        assert_eq!(world.events("metadata-rejected").await.len(), 1);
        let mut tx = world.begin().await;
        let again = source::reject(db, &mut tx, &it.sp.entity_id).await.unwrap();
        assert!(matches!(again, Err(Refusal::NothingToChange)));
        drop(tx);
        world.pass(121);
        let sha256 = source::held(db, it.id).await.unwrap().unwrap().sha256();
        assert!(matches!(it.approves(&sha256).await, Err(Refusal::Outdated)));
    })
    .await;
}

#[tokio::test]
async fn t_md_01_with_a_certificate_on_record_only_what_it_signs_is_read() {
    for_each_world(|world| async move {
        let certificate = strange_key().certificate().clone();
        let it = Published::signed_by(&world, Some(&certificate)).await;
        let own = own_key(&it.sp);
        let altered = signed(&world, &it.sp, &strange_key(), |_| {}).replace("Tjenesten sag", "Tjenesten x");
        for document in [plain(&it.sp, |_| {}), signed(&world, &it.sp, &own, |_| {}), altered] {
            it.server.publishes(&document);
            let refreshed = it.refreshed().await;
            assert!(
                matches!(&refreshed, Refreshed::Failed(why) if why.contains("not signed by")),
                "{refreshed:?}"
            );
            let by_hand = brings(&world, &document, None, Concerns::Accepted).await;
            let refused = matches!(by_hand, Err(Refusal::Metadata(MetadataError::NotSignedByThem(_))));
            assert!(refused, "whoever brings it: {by_hand:?}");
        }
        it.server.publishes(&signed(&world, &it.sp, &strange_key(), another_key));
        assert!(matches!(it.refreshed().await, Refreshed::Replaced(_)), "it vouches for new keys");
        assert_eq!(it.answers(strange_key()).await, Ok(()));
        let elsewhere =
            |it: &mut SpDescription| it.assertion_consumers.push("https://evil.example/".to_owned());
        it.server.publishes(&signed(&world, &it.sp, &strange_key(), elsewhere));
        assert!(matches!(it.refreshed().await, Refreshed::Held(_)), "but for no address elsewhere");
    })
    .await;
}

#[tokio::test]
async fn the_last_good_version_is_used_until_it_says_that_it_is_over() {
    for_each_world(|world| async move {
        let it = Published::in_the(&world).await;
        let end = world.now().plus(Millis::hours(3));
        it.server.publishes(&dated(&plain(&it.sp, |_| {}), end));
        assert!(matches!(it.refreshed().await, Refreshed::Replaced(_)));
        let other = plain(&it.sp, |it| it.entity_id = "https://saml.other.example".to_owned());
        let useless =
            ["<html/>", "not XML", "<!DOCTYPE x><x/>", &other, &dated(&plain(&it.sp, |_| {}), world.now())];
        for (n, document) in useless.iter().enumerate() {
            it.server.publishes(document);
            let refreshed = it.refreshed().await;
            assert!(matches!(refreshed, Refreshed::Failed(_)), "{document}: {refreshed:?}");
            let progress = it.progress().await;
            assert_eq!(usize::try_from(progress.failures).unwrap(), n + 1);
            assert!(progress.failure.is_some() && progress.succeeded.is_some());
            assert_eq!(it.answers(own_key(&it.sp)).await, Ok(()), "{document}");
        }
        assert_eq!(world.events("metadata-refresh-failed").await.len(), 1, "once for all of them");
        world.pass(180);
        assert_eq!(it.answers(own_key(&it.sp)).await, Err("metadata-expired"));
        // What is over stays over when the server says that nothing has changed.
        it.server.publishes(&dated(&plain(&it.sp, |_| {}), end));
        assert!(matches!(it.refreshed().await, Refreshed::Failed(_)));
        it.server.publishes(&dated(&plain(&it.sp, |_| {}), world.now().plus(Millis::hours(3))));
        assert!(matches!(it.refreshed().await, Refreshed::Replaced(_)));
        assert_eq!(it.answers(own_key(&it.sp)).await, Ok(()));
        assert_eq!(it.progress().await.failures, 0);
        it.server.publishes("<html/>");
        it.refreshed().await;
        assert_eq!(world.events("metadata-refresh-failed").await.len(), 2, "a new row of failures");
    })
    .await;
}

#[tokio::test]
async fn everybody_is_fetched_when_due_and_by_one_node_at_a_time() {
    for_each_world(|world| async move {
        let it = Published::in_the(&world).await;
        world.sp("uden-adresse", OIOSAML3).await;
        let (one, other) = (world.node().await, world.node().await);
        let (one, other) = (it.refresher(&one), it.refresher(&other));
        let look = async || {
            let (a, b) = futures_util::future::join(one.refresh_due(), other.refresh_due()).await;
            a.and(b).unwrap();
            it.server.heard().len()
        };
        assert_eq!(look().await, 1);
        assert_eq!(look().await, 1, "not due");
        world.pass(5 * 60);
        assert_eq!(look().await, 1, "not due yet");
        world.pass(2 * 60);
        assert_eq!(look().await, 2, "six hours, and up to a tenth more");
        it.server.publishes("<html/>");
        world.pass(7 * 60);
        assert_eq!(look().await, 3);
        world.pass(17);
        assert_eq!(look().await, 4, "who fails is asked again soon");
        world.pass(17);
        assert_eq!(look().await, 4, "and then less soon");
        world.disable(&it.sp).await;
        world.pass(24 * 60);
        assert_eq!(look().await, 4, "who is disabled is left alone");
    })
    .await;
}

#[tokio::test]
async fn the_same_version_is_not_sent_twice() {
    for_each_world(|world| async move {
        let it = Published::in_the(&world).await;
        let document = plain(&it.sp, |_| {});
        let answer = crate::server::answer("200 OK", "ETag: \"v1\"\r\n", document.as_bytes());
        it.server.says(crate::server::Says::This(answer));
        it.refreshed().await;
        it.server.says(crate::server::Says::This(crate::server::answer("304 Not Modified", "", b"")));
        assert!(matches!(it.refreshed().await, Refreshed::Unchanged));
        assert!(it.server.heard()[1].contains("if-none-match: \"v1\""));
        // Somebody brings another version by hand: the tag is not that version's.
        let by_hand = plain(&it.sp, |it| it.logout.clear());
        let by_hand = by_hand.replace("Tjenesten sag", "Tjenesten selv");
        brings(&world, &by_hand, None, Concerns::Refused).await.unwrap();
        it.server.publishes(&document);
        assert!(matches!(it.refreshed().await, Refreshed::Replaced(_)));
        assert!(!it.server.heard()[2].contains("if-none-match"));
    })
    .await;
}

#[tokio::test]
async fn t_md_01_who_brings_a_file_has_to_have_seen_what_is_of_concern_in_it() {
    for_each_world(|world| async move {
        let it = Published::in_the(&world).await;
        it.server.publishes(&plain(&it.sp, |it| it.assertion_consumers.push("https://x.example/".to_owned())));
        it.refreshed().await;
        assert_eq!(it.waits().await, Some(Verdict::Waiting));
        let document = plain(&it.sp, another_key);
        let refused = brings(&world, &document, None, Concerns::Refused).await;
        assert!(matches!(&refused, Err(Refusal::OfConcern(changes)) if changes.len() == 1), "{refused:?}");
        assert_eq!(it.answers(strange_key()).await, Err("bad-signature"));
        brings(&world, &document, None, Concerns::Accepted).await.unwrap();
        assert_eq!(it.answers(strange_key()).await, Ok(()));
        assert_eq!(it.waits().await, None, "what waited was compared with another version");
        let source = Source::of(&world.stage.database, it.id).await.unwrap();
        assert!(source.url.is_some(), "the address stays");
        let over = dated(&document, world.now());
        assert!(matches!(brings(&world, &over, None, Concerns::Accepted).await, Err(Refusal::Outdated)));
        let set = world.events("metadata-source-set").await;
        assert!(matches!(set.as_slice(), [Event::MetadataSourceSet { url: Some(url), certificate_sha256: None, .. }]
            if url.starts_with("https://metadata.example.dk:")));
    })
    .await;
}
