//! What is switched off is refused on every way in: each state against each thing that a browser can do.

use std::collections::BTreeSet;
use std::path::Path;

use portner_directory::{Again, terms_sha256};
use portner_domain::terms::HoldFor;
use portner_domain::{FlowId, Millis};
use portner_federation::policy::Policy;
use portner_federation::{LogoutHop, Outcome, Reply, TermsRead, registry};
use portner_saml::metadata::service_provider_metadata;
use portner_saml::{Binding, LogoutEndpoint};

use crate::browser::{Browser, asks_code, asks_password, asks_terms, refused};
use crate::leaving::{self, not_acted_upon};
use crate::off_own::OWN_WAYS;
use crate::slo::Told;
use crate::stage::{Node, PASSWORD, SUBSTANTIAL, Sp, User, World, for_each_world};

/// Every way in, by the name of the function behind it.
const WAYS_IN: [&str; 19] = [
    "receive_redirect",
    "receive_post",
    "show",
    "password",
    "code",
    "give_up",
    "agree",
    "decline",
    "has_read_of_password",
    "start_view",
    "begin_own",
    "log_out",
    "receive_logout_redirect",
    "receive_logout_post",
    "unfinished_logout",
    "show_logout",
    "ask_to_log_out",
    "skip_in_logout",
    "retry_in_logout",
];

/// What is off.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Off {
    Disabled,
    MetadataExpired,
    IdentityLocked,
}

/// How long the metadata of the service provider may be used.
const METADATA_LIFE: Millis = Millis::minutes(10);

/// Somebody one step away from an assertion, or from a logout.
struct Prepared {
    browser: Browser,
    flow: Option<FlowId>,
    told: Option<Told>,
    hop: Option<LogoutHop>,
}

/// A service provider whose metadata ends soon, and takes requests by both bindings.
async fn service_provider(world: &World) -> Sp {
    let endpoint = LogoutEndpoint {
        binding: Binding::Redirect,
        location: "https://sag.example/slo".to_owned(),
        response_location: None,
    };
    let mut sp = Sp::named("sag");
    sp.logout = vec![endpoint];
    let until = world.now().plus(METADATA_LIFE);
    let metadata = service_provider_metadata(&sp.describes_itself("sag")).unwrap();
    let metadata = metadata.replace(" entityID", &format!(" validUntil=\"{until}\" entityID"));
    let policy = Policy::from_toml("requests = [\"redirect\", \"post\"]").unwrap();
    let mut tx = world.begin().await;
    let (db, entropy) = (&world.stage.database, &*world.stage.entropy);
    registry::add(db, &mut tx, entropy, metadata.as_bytes(), &policy).await.unwrap().unwrap();
    tx.commit().await.unwrap();
    sp
}

async fn prepared(world: &World, way: &str, sp: &Sp, anna: &User) -> Prepared {
    let (node, mut browser) = (world.node().await, Browser::default());
    let name = anna.identity.user_name.as_str();
    let (mut told, mut hop) = (None, None);
    let flow = match way {
        _ if way.contains("logout") || way == "ask_to_log_out" => {
            told = Some(browser.is_known_to(world, &node, sp, anna).await);
            if !way.starts_with("receive") {
                // The chain has begun, and the service provider is next.
                hop = Some(leaving::hop(browser.logs_out(world, &node).await));
            }
            None
        }
        // The shortest way: a live session, and a request.
        "receive_redirect" | "receive_post" | "start_view" | "begin_own" | "log_out" => {
            browser.passes_after_login(world, &node, sp, anna).await;
            None
        }
        "code" => {
            let request = sp.request(world, |it| it.class_refs = SUBSTANTIAL);
            let asked = browser.opens(world, &node, &request).await;
            let asked = browser.types_password(world, &node, &asked, anna).await;
            Some(asks_code(&asked).flow)
        }
        _ => {
            let asked = browser.opens(world, &node, &sp.request(world, |_| {})).await;
            let flow = asks_password(&asked).flow;
            if way == "agree" || way == "decline" {
                world.publishes("2026-1", Again::Newcomers, HoldFor::Levels).await;
                asks_terms(&browser.types_password(world, &node, &asked, anna).await);
            }
            if way == "show" || way == "has_read_of_password" {
                // All is proved, and only the answer is to be shown.
                let typed = browser
                    .does_once(world, &node, async |it, visit| it.password(flow, name, PASSWORD, visit).await)
                    .await;
                assert!(matches!(typed, Ok(Reply::GoTo(_))));
            }
            Some(flow)
        }
    };
    Prepared { browser, flow, told, hop }
}

async fn enters(
    world: &World,
    node: &Node,
    way: &str,
    (sp, anna): (&Sp, &User),
    it: &mut Prepared,
) -> Option<Reply> {
    if let Some(reply) = leaves(world, node, way, sp, it).await {
        return Some(reply);
    }
    let (redirect, (_, form)) = (sp.request(world, |_| {}), sp.form(world, |_| {}));
    let (name, code) = (anna.identity.user_name.as_str(), world.code(anna));
    let flow = || it.flow.unwrap();
    let (query, browser) = (redirect.raw_query(), &mut it.browser);
    let reply = match way {
        "receive_redirect" => {
            browser.does(world, node, async |it, visit| it.receive_redirect(query, visit).await).await
        }
        "receive_post" => {
            browser.does(world, node, async |it, visit| it.receive_post(&form, None, visit).await).await
        }
        "show" => browser.does(world, node, async |it, visit| it.show(flow(), visit).await).await,
        "password" => {
            browser
                .does(world, node, async |it, visit| it.password(flow(), name, PASSWORD, visit).await)
                .await
        }
        "code" => browser.does(world, node, async |it, visit| it.code(flow(), &code, visit).await).await,
        "agree" => {
            let sha256 = terms_sha256("Share <b>nothing</b>.\n\nText of 2026-1.");
            let read = TermsRead { version: "2026-1", sha256: &sha256 };
            browser.does(world, node, async |it, visit| it.agree(flow(), read, visit).await).await
        }
        "decline" => browser.does(world, node, async |it, visit| it.decline(flow(), visit).await).await,
        "has_read_of_password" => {
            browser.does(world, node, async |it, visit| it.has_read_of_password(flow(), visit).await).await
        }
        "give_up" => browser.does(world, node, async |it, visit| it.give_up(flow(), visit).await).await,
        "begin_own" => browser.does(world, node, async |it, visit| it.begin_own(visit).await).await,
        "start_view" => {
            browser.is_logged_in(world, node).await;
            return None;
        }
        "unfinished_logout" => {
            node.federation.unfinished_logout(&browser.visit(world)).await.unwrap();
            return None;
        }
        "log_out" => {
            node.federation.log_out(&mut browser.visit(world)).await.unwrap();
            return None;
        }
        other => panic!("say what somebody does at {other}"),
    };
    Some(reply.unwrap())
}

/// The ways that have to do with logging out.
async fn leaves(world: &World, node: &Node, way: &str, sp: &Sp, it: &mut Prepared) -> Option<Reply> {
    let Prepared { browser, told, hop, .. } = it;
    let wish = |told: &Told| sp.wants_out(world, told, |_| {});
    Some(match way {
        "receive_logout_redirect" => browser.brings(world, node, &wish(told.as_ref()?)).await,
        "receive_logout_post" => browser.posts(world, node, &wish(told.as_ref()?)).await,
        "show_logout" => browser.comes_back(world, node, hop.as_ref()?.logout).await,
        "ask_to_log_out" => browser.goes_on(world, node, hop.as_ref()?).await,
        "skip_in_logout" => browser.skips(world, node, hop.as_ref()?).await,
        "retry_in_logout" => browser.retries(world, node, hop.as_ref()?.logout, hop.as_ref()?.hop).await,
        _ => return None,
    })
}

async fn check(world: &World, off: Off, way: &str) {
    let (anna, sp) = (world.anna().await, service_provider(world).await);
    let mut it = prepared(world, way, &sp, &anna).await;
    match off {
        Off::Disabled => world.disable(&sp).await,
        Off::MetadataExpired => world.stage.clock.advance(METADATA_LIFE),
        Off::IdentityLocked => world.lock(&anna).await,
    }
    let before = (world.issued().await, world.events("request-answered").await.len());
    let node = world.node().await;
    let reply = enters(world, &node, way, (&sp, &anna), &mut it).await;
    let after = (world.issued().await, world.events("request-answered").await.len());
    assert_eq!(before.0, after.0, "{off:?} {way}: an assertion was issued");
    let succeeded = matches!(&reply, Some(Reply::Post(form)) if form.outcome == Outcome::Success);
    assert!(!succeeded, "{off:?} {way}");
    let sent = matches!(&reply, Some(Reply::SendTo(_) | Reply::PostLogout(_)));
    assert!(!sent || off == Off::IdentityLocked, "{off:?} {way}: a logout message was sent");
    if off == Off::IdentityLocked {
        assert!(!it.browser.is_logged_in(world, &node).await, "{way}");
        return;
    }
    assert_eq!(before.1, after.1, "{off:?} {way}: the service provider was sent something");
    let by_us = ["start_view", "begin_own", "log_out", "show_logout", "ask_to_log_out", "skip_in_logout"];
    let about_it = !by_us.contains(&way) && way != "retry_in_logout" && way != "decline";
    if let Some(reply) = reply.filter(|_| about_it) {
        let why = if off == Off::Disabled { "service-provider-disabled" } else { "metadata-expired" };
        let said = if way.contains("logout") { not_acted_upon(reply) } else { refused(reply) };
        assert_eq!(said, why, "{way}");
    }
}

async fn check_all(off: Off) {
    for way in WAYS_IN {
        for_each_world(|world| async move { check(&world, off, way).await }).await;
    }
}

#[tokio::test]
async fn t_off_01_no_way_in_leads_past_a_disabled_service_provider() {
    check_all(Off::Disabled).await;
}

#[tokio::test]
async fn t_off_01_no_way_in_leads_past_metadata_that_has_expired() {
    check_all(Off::MetadataExpired).await;
}

#[tokio::test]
async fn t_off_01_no_way_in_leads_past_a_locked_identity() {
    check_all(Off::IdentityLocked).await;
}

/// A way in is a public function that takes a visit.
#[test]
fn t_off_01_every_way_in_is_tried() {
    let mut there = BTreeSet::new();
    find(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), &mut there);
    let tried = WAYS_IN.iter().chain(&OWN_WAYS).map(|way| (*way).to_owned()).collect();
    assert_eq!(
        there, tried,
        "add the new way in to WAYS_IN or OWN_WAYS, and what somebody does there beside it"
    );
}

fn find(folder: &Path, there: &mut BTreeSet<String>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            find(&path, there);
            continue;
        }
        let text = std::fs::read_to_string(&path).unwrap();
        for after in text.split("pub async fn ").skip(1) {
            let signature = after.split(['{', ';']).next().unwrap();
            // A warrant is of this very request: whoever could not get one does not come here.
            if signature.contains("&Warrant") {
                continue;
            }
            if signature.contains("visit: &mut Visit") || signature.contains("visit: &Visit") {
                there.insert(signature.split(['(', '<']).next().unwrap().to_owned());
            }
        }
    }
}
