//! What somebody would be told, worked out without a login: the same as a login tells, and nothing happens.

use portner_domain::Level;
use portner_domain::authenticator::Kind;
use portner_domain::proofing::Evidence;
use portner_federation::Absent;
use portner_federation::policy::Excluded;
use portner_federation::preview::{NameIdPreview, Obstacle, Preview, preview};
use portner_federation::{registry, standing_of_name};

use crate::browser::Browser;
use crate::stage::{OIOSAML3, SUBSTANTIAL, Sp, User, World, for_each_world};

async fn previewed(world: &World, sp: &Sp, user: &User) -> Preview {
    let db = &world.stage.database;
    let registered = registry::by_entity_id(db, &sp.entity_id).await.unwrap().unwrap();
    let standing = standing_of_name(db, &user.identity.user_name).await.unwrap().unwrap();
    preview(db, &registered, &standing, &world.rules, world.now()).await.unwrap()
}

#[tokio::test]
async fn a_preview_says_what_a_login_then_tells() {
    for_each_world(|world| async move {
        let (anna, node) = (world.anna().await, world.node().await);
        world.grant(&anna, "urn:dk:example:caseworker", "cvr:12345678").await;
        world.join(&anna, "Sag").await;
        let policy = "groups = { any_of = [\"sag\"] }\nclass_ref = \"nsis\"";
        let sp = world.sp_that_asks("sag", policy, &["eid/privilegesIntermediate", "eid/fullName"]).await;

        let before = world.written().await.len();
        let first = previewed(&world, &sp, &anna).await;
        assert_eq!(first.obstacles, []);
        assert!(matches!(&first.name_id, NameIdPreview::WillBeAssigned { format } if format.ends_with(":persistent")));
        assert_eq!(world.written().await.len(), before, "asking changes nothing");

        let request = sp.request(&world, |it| it.class_refs = SUBSTANTIAL);
        let form = Browser::default().logs_in(&world, &node, &request, &anna).await;
        let told = sp.reads(&world, &form.saml_response, &request.id).unwrap();
        let then = previewed(&world, &sp, &anna).await;
        assert_eq!(then.name_id, NameIdPreview::Known { name: told.name_id.clone() });
        assert_eq!(Some(then.class_ref), told.class_ref);
        assert_eq!(then.answers, [sp.acs.as_str()]);
        let sent: Vec<_> = then.attributes.iter().filter(|it| it.absent.is_none()).collect();
        assert_eq!(sent.len(), told.attributes.len());
        for (sent, told) in sent.into_iter().zip(&told.attributes) {
            assert_eq!((&sent.name, &sent.values), (&told.name, &told.values));
        }
        let unasked = then.attributes.iter().filter(|it| it.absent == Some(Absent::NotRequested)).count();
        assert!(unasked >= 3, "what nobody asked for is explained");
        let encryption = then.encryption.unwrap();
        assert!(encryption.cipher.ends_with("aes256-gcm") && encryption.transport.ends_with("xmlenc11#rsa-oaep"));
        let logins: Vec<_> = then.combinations.iter().map(|it| it.is_login).collect();
        assert_eq!(logins, [false, true, true], "a code alone is no login");
        let reached: Vec<_> = then.combinations.iter().map(|it| (it.kinds.as_slice(), it.assessment.loa)).collect();
        assert_eq!(
            reached,
            [
                ([Kind::Totp].as_slice(), None),
                (&[Kind::Password], Some(Level::Low)),
                (&[Kind::Password, Kind::Totp], Some(Level::Substantial)),
            ]
        );
    })
    .await;
}

#[tokio::test]
async fn whatever_is_in_the_way_is_named() {
    for_each_world(|world| async move {
        let bare = world.user("bare").registered().await;
        let sp = world.sp("sag", OIOSAML3).await;
        assert_eq!(previewed(&world, &sp, &bare).await.obstacles, [Obstacle::NothingToLogInWith]);

        let weak =
            world.user("weak").with_password().with_totp().proofed(Evidence::Register).registered().await;
        let nemlog_in = world.sp("nemlogin", "profile = \"nemlog-in\"").await;
        let found = previewed(&world, &nemlog_in, &weak).await;
        assert_eq!(found.obstacles, [Obstacle::LevelOutOfReach { level: Level::Substantial }]);
        assert!(found.combinations.iter().all(|it| !it.is_enough && !it.assessment.because.is_empty()));

        let anna = world.anna().await;
        let closed = world.sp("closed", "groups = { any_of = [\"Sag\"] }").await;
        world.lock(&anna).await;
        world.disable(&closed).await;
        world.pass(1);
        let expected = [
            Obstacle::ServiceProviderDisabled,
            Obstacle::IdentityLocked,
            Obstacle::Group { why: Excluded::InNoAdmittedGroup },
        ];
        assert_eq!(previewed(&world, &closed, &anna).await.obstacles, expected);

        world.sql("UPDATE identity SET email = NULL").await;
        let mail = "name_id = \"email\"\n[[attributes]]\nname = \"urn:mail\"\nsource = \"email\"\n\
                    release = \"always\"\nif_missing = \"deny\"";
        let mail = world.sp("mail", mail).await;
        let found = previewed(&world, &mail, &weak).await;
        assert_eq!(
            found.obstacles,
            [Obstacle::NoName, Obstacle::AttributeMissing { name: "urn:mail".to_owned() }]
        );
        assert_eq!(found.name_id, NameIdPreview::Impossible);
        let node = world.node().await;
        let request = mail.request(&world, |_| {});
        let form = Browser::default().logs_in(&world, &node, &request, &weak).await;
        assert_eq!(mail.hears(&world, &form.saml_response, &request.id), "RequestDenied", "and so it is");
    })
    .await;
}
