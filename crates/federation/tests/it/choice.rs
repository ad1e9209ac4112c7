//! Somebody with several identities: which one a login is for, and what is not carried from one to another.

use portner_authenticators::webauthn::Wish;
use portner_domain::IdentityId;
use portner_federation::{ChoiceAsked, Problem, Reply};

use crate::browser::{Browser, asks_code, asks_password, posted};
use crate::fido::{answers, somebody};
use crate::office::REDIRECT;
use crate::soft_key::SoftKey;
use crate::stage::{Node, OIOSAML3, ORIGIN, Request, SUBSTANTIAL, Sp, User, World, for_each_world};

const LOA: &str = "https://data.gov.dk/concept/core/nsis/loa";

/// Anna, who has a passkey, and her other work at the harbour.
struct Scene {
    world: World,
    node: Node,
    sp: Sp,
    anna: User,
    harbour: User,
    key: SoftKey,
    browser: Browser,
}

impl Scene {
    async fn of(world: World) -> Self {
        let (node, sp) = (world.node().await, world.sp("sag", OIOSAML3).await);
        let mut key = SoftKey::new(ORIGIN);
        let anna = somebody(&world, &node, Wish::Passkey, &mut key).await;
        let harbour = world.another_of(&anna, "anna.havn").await;
        Self { world, node, sp, anna, harbour, key, browser: Browser::default() }
    }

    /// Answer with the passkey; what the page then asks.
    async fn touches(&mut self, request: &Request) -> Reply {
        let asked = self.browser.opens(&self.world, &self.node, request).await;
        self.answers(&asked).await
    }

    async fn answers(&mut self, asked: &Reply) -> Reply {
        let response = self.key.answers(asks_password(asked).key.as_deref().unwrap()).unwrap();
        answers(&mut self.browser, &self.world, &self.node, asked, &response).await
    }

    async fn chooses(&mut self, asked: &ChoiceAsked, which: Option<IdentityId>) -> Reply {
        let flow = asked.flow;
        let does = async |it: &portner_federation::Federation, visit: &mut portner_federation::Visit| {
            it.choose(flow, which, visit).await
        };
        self.browser.does(&self.world, &self.node, does).await.unwrap()
    }
}

fn asks_which(reply: Reply) -> ChoiceAsked {
    match reply {
        Reply::AskIdentity(asked) => *asked,
        other => panic!("it should be asked which identity is meant, not {other:?}"),
    }
}

fn names(asked: &ChoiceAsked) -> Vec<&str> {
    asked.offered.iter().map(|it| it.identity.user_name.as_str()).collect()
}

#[tokio::test]
async fn a_passkey_says_who_is_there_and_its_owner_as_whom() {
    for_each_world(|world| async move {
        let mut it = Scene::of(world).await;
        let request = it.sp.request(&it.world, |it| it.class_refs = SUBSTANTIAL);
        let asked = asks_which(it.touches(&request).await);
        assert_eq!(names(&asked), ["anna", "anna.havn"]);
        assert_eq!(
            (asked.proved, asked.offered[1].identity.organisation.as_str()),
            (it.anna.identity.id, "Eksempel Havn")
        );
        assert!(!it.browser.has_session(), "nobody is logged in before the choice");
        let form = posted(it.chooses(&asked, Some(it.anna.identity.id)).await);
        let told = it.sp.reads(&it.world, &form.saml_response, &request.id).unwrap();
        assert_eq!(told.value(LOA), Some("Substantial"));
        let form = it.browser.passes(&it.world, &it.node, &it.sp).await;
        assert!(!form.saml_response.is_empty(), "and nobody is asked again while it lasts");
    })
    .await;
}

#[tokio::test]
async fn t_mfa_01_what_was_proved_for_one_identity_is_not_carried_to_another() {
    for_each_world(|world| async move {
        let mut it = Scene::of(world).await;
        let request = it.sp.request(&it.world, |it| it.class_refs = SUBSTANTIAL);
        let asked = asks_which(it.touches(&request).await);
        let again = it.chooses(&asked, Some(it.harbour.identity.id)).await;
        assert_eq!(asks_password(&again).user_name, "anna.havn");
        assert!(!it.browser.has_session());
        let again = it.browser.types_password(&it.world, &it.node, &again, &it.harbour).await;
        assert!(
            asks_code(&again).choices.iter().all(|kind| kind.is_code()),
            "her passkey is not the harbour's"
        );
        let code = it.world.code(&it.anna);
        let wrong = it.browser.types_code(&it.world, &it.node, &again, &code).await;
        assert_eq!(asks_code(&wrong).problem, Some(Problem::WrongCode));
        let code = it.world.code(&it.harbour);
        let form = posted(it.browser.types_code(&it.world, &it.node, &wrong, &code).await);
        let told = it.sp.reads(&it.world, &form.saml_response, &request.id).unwrap();
        assert_eq!(told.value(LOA), Some("Substantial"));
        let begun = it.world.events("session-begun").await;
        assert!(format!("{:?}", begun.last()).contains(&it.harbour.identity.id.to_string()));
    })
    .await;
}

#[tokio::test]
async fn nobody_chooses_an_identity_that_is_not_theirs() {
    for_each_world(|world| async move {
        let mut it = Scene::of(world).await;
        let bo = it.world.user("bo").with_password().registered().await;
        let request = it.sp.request(&it.world, |_| {});
        let mut asked = asks_which(it.touches(&request).await);
        let unknown = "019ab2c4-7d1e-7c3a-9f52-6b0e8d41c7aa".parse().unwrap();
        for hostile in [Some(bo.identity.id), Some(unknown), None] {
            asked = asks_which(it.chooses(&asked, hostile).await);
            assert_eq!(
                (asked.problem, names(&asked)),
                (Some(Problem::NotToBeChosen), vec!["anna", "anna.havn"])
            );
            assert!(!it.browser.has_session());
        }
        posted(it.chooses(&asked, Some(it.anna.identity.id)).await);
    })
    .await;
}

#[tokio::test]
async fn what_was_stopped_after_the_page_was_shown_can_not_be_chosen_from_it() {
    for_each_world(|world| async move {
        let mut it = Scene::of(world).await;
        let request = it.sp.request(&it.world, |_| {});
        let asked = asks_which(it.touches(&request).await);
        it.world.lock(&it.harbour).await;
        let again = asks_which(it.chooses(&asked, Some(it.harbour.identity.id)).await);
        assert_eq!((again.problem, names(&again)), (Some(Problem::NotToBeChosen), vec!["anna"]));
        it.world.lock(&it.anna).await;
        let again = it.chooses(&asked, Some(it.anna.identity.id)).await;
        asks_password(&again);
        assert!(!it.browser.has_session() && it.world.issued().await == 0);
    })
    .await;
}

#[tokio::test]
async fn a_choice_is_made_once_in_the_browser_it_was_asked_of() {
    for_each_world(|world| async move {
        let mut it = Scene::of(world).await;
        let request = it.sp.request(&it.world, |_| {});
        let asked = asks_which(it.touches(&request).await);
        let owner = std::mem::take(&mut it.browser);
        let stolen = it.chooses(&asked, Some(it.anna.identity.id)).await;
        assert!(matches!(stolen, Reply::OtherBrowser), "{stolen:?}");
        it.browser = owner;
        posted(it.chooses(&asked, Some(it.anna.identity.id)).await);
        for replayed in [it.anna.identity.id, it.harbour.identity.id] {
            let replay = it.chooses(&asked, Some(replayed)).await;
            assert!(matches!(replay, Reply::Finished(_)), "{replay:?}");
        }
        assert_eq!(it.world.issued().await, 1);
    })
    .await;
}

#[tokio::test]
async fn a_login_that_asks_nobody_does_not_ask_which() {
    for_each_world(|world| async move {
        let mut it = Scene::of(world).await;
        let request = it.sp.request(&it.world, |_| {});
        let asked = asks_which(it.touches(&request).await);
        it.world.pass(21);
        let late = it.chooses(&asked, Some(it.anna.identity.id)).await;
        assert!(matches!(late, Reply::Expired(_)), "{late:?}");
        it.world.lock(&it.harbour).await;
        let request = it.sp.request(&it.world, |_| {});
        posted(it.touches(&request).await);
    })
    .await;
}

#[tokio::test]
async fn who_can_not_reach_the_level_is_offered_the_others() {
    for_each_world(|world| async move {
        let mut it = Scene::of(world).await;
        let low = it.world.another_of(&it.anna, "anna.vikar").await;
        it.world.sql("UPDATE identity SET admission = 'withheld' WHERE user_name = 'anna.vikar'").await;
        let request = it.sp.request(&it.world, |it| it.class_refs = SUBSTANTIAL);
        let asked = it.browser.opens(&it.world, &it.node, &request).await;
        let stuck = it.browser.types_password(&it.world, &it.node, &asked, &low).await;
        let Reply::OutOfReach(stuck) = stuck else { panic!("{stuck:?}") };
        let others: Vec<_> = stuck.others.iter().map(|it| it.identity.user_name.as_str()).collect();
        assert_eq!(others, ["anna", "anna.havn"]);
        let (flow, to) = (stuck.flow, it.anna.identity.id);
        let asked = it
            .browser
            .does(&it.world, &it.node, async |it, visit| it.choose(flow, Some(to), visit).await)
            .await
            .unwrap();
        assert_eq!(asks_password(&asked).user_name, "anna");
        // Her own passkey: she has said whom she means, and is not asked again.
        posted(it.answers(&asked).await);
    })
    .await;
}

#[tokio::test]
async fn going_over_ends_one_session_and_begins_another_with_what_belongs_to_it() {
    for_each_world(|world| async move {
        let mut it = Scene::of(world).await;
        let plan = it.world.sp_with_logout("plan", OIOSAML3, REDIRECT).await;
        let request = plan.request(&it.world, |_| {});
        it.browser.logs_in(&it.world, &it.node, &request, &it.anna).await;
        let me = it.node.federation.me(&it.browser.visit(&it.world)).await.unwrap().unwrap();
        let others = it.node.federation.other_identities(&me).await.unwrap();
        assert_eq!(others.len(), 1);
        let to = it.harbour.identity.id;
        let asked = it
            .browser
            .does(&it.world, &it.node, async |it, visit| Ok(it.go_over(&me, to, visit).await?.unwrap()))
            .await
            .unwrap();
        assert_eq!(asks_password(&asked).user_name, "anna.havn");
        assert!(it.browser.is_logged_in(&it.world, &it.node).await, "until the other login is done");
        let home = it.browser.types_password(&it.world, &it.node, &asked, &it.harbour).await;
        assert!(matches!(home, Reply::GoHome), "{home:?}");
        let me = it.node.federation.me(&it.browser.visit(&it.world)).await.unwrap().unwrap();
        assert_eq!(me.standing.identity.id, to);
        assert_eq!(me.session.proofs.len(), 1, "her code for the other is not hers here");
        assert!(me.session.participants.is_empty());
        let left = it.node.federation.unfinished_logout(&it.browser.visit(&it.world)).await.unwrap();
        assert!(left.is_some(), "who was told of the other is left to do");
    })
    .await;
}

#[tokio::test]
async fn nobody_goes_over_to_what_is_not_theirs_or_was_stopped() {
    for_each_world(|world| async move {
        let mut it = Scene::of(world).await;
        let bo = it.world.user("bo").with_password().registered().await;
        let request = it.sp.request(&it.world, |_| {});
        it.browser.logs_in(&it.world, &it.node, &request, &it.anna).await;
        let me = it.node.federation.me(&it.browser.visit(&it.world)).await.unwrap().unwrap();
        it.world.lock(&it.harbour).await;
        for hostile in [bo.identity.id, it.harbour.identity.id, it.anna.identity.id] {
            let mut visit = it.browser.visit(&it.world);
            assert!(it.node.federation.go_over(&me, hostile, &mut visit).await.unwrap().is_none());
        }
    })
    .await;
}
