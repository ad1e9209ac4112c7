//! Our metadata in its editions, as the keys go on in their lives.

use std::sync::Arc;

use portner_domain::Millis;
use portner_domain::signing_key::Urgency;
use portner_federation::{Edition, Publication};
use portner_saml::IdentityProvider;

use crate::keys::{DAY, FIRST, SECOND, id};
use crate::stage::{ENTITY_ID, for_each_world};

async fn keys_in(publication: &Publication, edition: Edition) -> Vec<String> {
    let text = publication.edition(edition).await.unwrap();
    let read = IdentityProvider::parse(text.as_bytes()).unwrap();
    read.signing_keys.iter().map(|key| key.key_id().to_owned()).collect()
}

#[tokio::test]
async fn each_edition_says_what_its_readers_take() {
    for_each_world(|world| async move {
        world.begins_with_a_key().await;
        let node = world.signing_node().await;
        let publication = world.publication(&node);
        let says = async |edition, parts: &[&str], not: &[&str]| {
            let text = publication.edition(edition).await.unwrap();
            let read = IdentityProvider::parse(text.as_bytes()).unwrap();
            assert_eq!(read.entity_id, ENTITY_ID, "every edition is about the same entity");
            for part in parts {
                assert!(text.contains(part), "{edition:?} lacks {part}: {text}");
            }
            for part in not {
                assert!(!text.contains(part), "{edition:?} has {part}: {text}");
            }
            let order = [
                "<md:Extensions",
                "<md:KeyDescriptor",
                "<md:SingleLogoutService",
                "<md:NameIDFormat",
                "<md:SingleSignOnService",
                "<saml:Attribute",
                "<md:Organization",
                "<md:ContactPerson",
            ];
            let places: Vec<_> = order.iter().map(|part| text.find(part).unwrap()).collect();
            assert!(places.is_sorted(), "{edition:?}: {places:?}");
        };
        let (redirect, post) = (
            "HTTP-Redirect\" Location=\"https://login.example.dk/saml/",
            "HTTP-POST\" Location=\"https://login.example.dk/saml/",
        );
        let dated = ["validUntil=", "cacheDuration=\"PT21600S\"", "<ds:Signature"];
        let everywhere = [
            "WantAuthnRequestsSigned=\"true\"",
            "errorURL=\"https://login.example.dk/\"",
            &format!("{redirect}slo\""),
            &format!("{post}slo\""),
            &format!("{redirect}sso\""),
            "nameid-format:persistent",
            "mailto:it@example.dk",
            "<mdui:Logo height=\"60\" width=\"80\">https://example.dk/logo.svg</mdui:Logo>",
            "contactType=\"technical\"",
            "contactType=\"support\"",
        ];
        let sso_by_post = format!("{post}sso\"");
        says(Edition::Published, &[&everywhere[..], &dated, &[&sso_by_post]].concat(), &["ResponseLocation"])
            .await;
        says(Edition::Upload, &[&everywhere[..], &[&sso_by_post]].concat(), &dated).await;
        says(Edition::Kombit, &everywhere, &dated).await;
        let five = [
            "core/specVersion\"",
            "eid/privilegesIntermediate\"",
            "nsis/loa\"",
            "professional/cvr\"",
            "professional/orgName\"",
        ];
        let more = [&dated[..], &[&sso_by_post, "eid/fullName\"", "urn:oid:"]].concat();
        says(Edition::MitidErhverv, &[&everywhere[..], &five].concat(), &more).await;
    })
    .await;
}

#[tokio::test]
async fn the_keys_in_metadata_are_those_that_may_sign_and_the_active_one_is_first() {
    for_each_world(|world| async move {
        world.begins_with_a_key().await;
        let node = world.signing_node().await;
        let publication = world.publication(&node);
        let check = async |all: &[String]| {
            for edition in [Edition::Published, Edition::Upload, Edition::MitidErhverv] {
                assert_eq!(keys_in(&publication, edition).await, all, "{edition:?}");
            }
            assert_eq!(keys_in(&publication, Edition::Kombit).await, all[..1], "KOMBIT takes one");
        };
        check(&[id(FIRST)]).await;
        world.announces(SECOND).await;
        world.passes(DAY, &[&node]).await;
        check(&[id(FIRST), id(SECOND)]).await;
        world.activates(Urgency::Ordinary).await;
        world.passes(Millis::seconds(1), &[&node]).await;
        check(&[id(SECOND), id(FIRST)]).await;
        world.retires(FIRST, Urgency::Ordinary).await.unwrap();
        world.passes(Millis::seconds(1), &[&node]).await;
        check(&[id(SECOND)]).await;
    })
    .await;
}

#[tokio::test]
async fn an_edition_is_built_when_something_changed_and_not_for_every_reader() {
    for_each_world(|world| async move {
        world.begins_with_a_key().await;
        let node = world.signing_node().await;
        let publication = world.publication(&node);
        let published = async || publication.edition(Edition::Published).await.unwrap();
        let first = published().await;
        world.passes(Millis::hours(23), &[&node]).await;
        assert!(Arc::ptr_eq(&first, &published().await), "nobody looked at the clock but the reader");
        world.passes(Millis::hours(1), &[&node]).await;
        let second = published().await;
        assert_ne!(first, second, "it is dated anew well before it runs out");
        world.announces(SECOND).await;
        assert!(Arc::ptr_eq(&second, &published().await));
        world.passes(Millis::seconds(1), &[&node]).await;
        assert_ne!(second, published().await);
    })
    .await;
}

#[tokio::test]
async fn without_the_active_private_half_nothing_is_signed_and_what_is_unsigned_goes_on() {
    for_each_world(|world| async move {
        world.begins_with_a_key().await;
        let elsewhere = tempfile::tempdir().unwrap();
        let node = world.node_at(elsewhere.path()).await;
        let publication = world.publication(&node);
        assert!(publication.edition(Edition::Published).await.is_err());
        assert_eq!(keys_in(&publication, Edition::Upload).await, [id(FIRST)]);
    })
    .await;
}
