//! Services added, their policies changed, and logins worked through, in the browser: nothing lets out more than before on
//! one person's word.

use axum::http::Method;
use portner_audit_log::Event;
use portner_directory::{About, card, describe};
use portner_domain::Level;
use portner_domain::role::Role;
use portner_federation::policy::Policy;
use portner_federation::registry;
use portner_saml::Signer;
use portner_saml::metadata::service_provider_metadata;

use crate::browser::{Browser, Page};
use crate::console::{at_work, decides, proposed};
use crate::own_pages::link;
use crate::stage::{OIOSAML3, Sp, for_each_world, strange_key};

const NEW: &str = "/office/service-providers/new";

/// Send a page's form by this button of it.
async fn presses(browser: &mut Browser, page: &Page, wish: &str, typed: &[(&str, &str)]) -> Page {
    let form = page.forms().into_iter().rfind(|form| form.field("csrf").is_some()).unwrap();
    let mut all = vec![("wish", wish)];
    all.extend(typed);
    browser.sends_form(&form, &all).await
}

fn metadata(sp: &Sp, name: &str) -> String {
    service_provider_metadata(&sp.describes_itself(name)).unwrap()
}

#[tokio::test]
async fn a_service_is_added_when_a_second_person_has_agreed_to_what_was_read() {
    for_each_world(|world| async move {
        let (_, mut peters) = at_work(&world, "peter", Role::SpAdministrator).await;
        let (_, mut pias) = at_work(&world, "pia", Role::SpAdministrator).await;
        let sp = Sp::named("sag");
        let text = metadata(&sp, "sag");
        let list = peters.opens("/office/service-providers").await;
        assert!(list.html.contains(NEW), "{}", list.html);
        let asked = peters.opens(NEW).await;
        let profile = ("profile", "oiosaml3-professional");
        for (wish, typed, said) in [
            ("look", vec![("metadata", ""), profile], "Paste the metadata"),
            ("look", vec![("metadata", "<a>"), profile], "It can't be used"),
            ("look", vec![("metadata", text.as_str()), ("profile", "none")], "there is no profile"),
            ("fetch", vec![("url", "http://sp.example/"), profile], "must begin with https://"),
        ] {
            let wrong = presses(&mut peters, &asked, wish, &typed).await;
            assert!(wrong.status == 400 && wrong.shows(said), "{typed:?}: {}", wrong.html);
        }
        // Whoever proposes without having looked is shown it first.
        let unread = [("metadata", text.as_str()), profile, ("why", "they wrote to us")];
        let seen = presses(&mut peters, &asked, "propose", &unread).await;
        let fingerprint = sp.key.certificate().fingerprint();
        assert!(seen.shows("https://sag.example") && seen.shows(&fingerprint), "{}", seen.html);
        assert!(seen.shows("can't be asked to log anybody out"), "{}", seen.html);
        assert_eq!(world.events("proposed").await, []);
        let no_reason =
            presses(&mut peters, &seen, "propose", &[("metadata", &text), profile, ("why", " ")]).await;
        assert!(no_reason.status == 400 && no_reason.shows("Write a reason"), "{}", no_reason.html);
        let other = metadata(&Sp::named("other"), "other");
        let swapped = [("metadata", other.as_str()), profile, ("why", "they wrote to us")];
        let again = presses(&mut peters, &seen, "propose", &swapped).await;
        assert!(again.shows("https://other.example"), "what was not read is not proposed: {}", again.html);
        assert_eq!(world.events("proposed").await, []);
        let done = presses(&mut peters, &seen, "propose", &unread).await;
        assert!(done.shows("Another service administrator has to approve"), "{}", done.html);

        let id = proposed(&world).await;
        let database = &world.stage.database;
        assert_eq!(decides(&mut peters, "agree", &id).await.status, 403);
        assert!(registry::all(database).await.unwrap().is_empty());
        let waiting = pias.opens("/office/proposals").await;
        let [Event::ServiceProviderDrafted { sha256, .. }] =
            &world.events("service-provider-drafted").await[..]
        else {
            panic!("one draft")
        };
        let read = pias.opens(&link(&waiting, sha256)).await;
        assert!(read.shows(&fingerprint) && read.html.contains("oiosaml3-professional"), "{}", read.html);
        let page = decides(&mut pias, "agree", &id).await;
        assert!(page.shows("Approved and done"), "{}", page.html);
        let all = registry::all(database).await.unwrap();
        assert_eq!(all.iter().map(|sp| sp.metadata.entity_id.as_str()).collect::<Vec<_>>(), [sp.entity_id]);
        assert_eq!(world.events("service-provider-added").await.len(), 1);
    })
    .await;
}

#[tokio::test]
async fn what_was_put_in_the_place_of_a_draft_is_not_used() {
    for_each_world(|world| async move {
        let (_, mut peters) = at_work(&world, "peter", Role::SpAdministrator).await;
        let (_, mut pias) = at_work(&world, "pia", Role::SpAdministrator).await;
        let text = metadata(&Sp::named("sag"), "sag");
        let typed = [("metadata", text.as_str()), ("profile", "plain"), ("why", "they wrote to us")];
        let asked = peters.opens(NEW).await;
        let seen = presses(&mut peters, &asked, "look", &typed).await;
        presses(&mut peters, &seen, "propose", &typed).await;
        let id = proposed(&world).await;
        world.sql("UPDATE service_provider_draft SET draft = replace(draft, 'sag', 'gas')").await;
        let page = decides(&mut pias, "agree", &id).await;
        assert!(page.status == 400 && page.shows("Nothing is waiting"), "{}", page.html);
        assert!(registry::all(&world.stage.database).await.unwrap().is_empty());
    })
    .await;
}

#[tokio::test]
async fn other_metadata_of_a_known_service_waits_with_what_differs() {
    for_each_world(|world| async move {
        let (_, mut peters) = at_work(&world, "peter", Role::SpAdministrator).await;
        let (_, mut pias) = at_work(&world, "pia", Role::SpAdministrator).await;
        let mut sp = world.sp("sag", OIOSAML3).await;
        let same = metadata(&sp, "sag");
        let asked = peters.opens(NEW).await;
        let profile = ("profile", "oiosaml3-professional");
        let page = presses(&mut peters, &asked, "look", &[("metadata", &same), profile]).await;
        assert!(page.shows("this very metadata") && !page.html.contains("name=\"why\""), "{}", page.html);
        sp.key = strange_key();
        let other = metadata(&sp, "sag");
        let typed = [("metadata", other.as_str()), profile, ("why", "a new key")];
        let page = presses(&mut peters, &asked, "look", &typed).await;
        assert!(page.shows("registered already") && page.html.contains("<strong>"), "{}", page.html);
        presses(&mut peters, &page, "propose", &typed).await;
        let id = proposed(&world).await;
        assert!(decides(&mut pias, "agree", &id).await.shows("Approved and done"));
        let all = registry::all(&world.stage.database).await.unwrap();
        assert_eq!(all[0].metadata.signing_keys[0].fingerprint(), strange_key().certificate().fingerprint());
    })
    .await;
}

#[tokio::test]
async fn a_policy_that_tightens_is_in_force_at_once_and_one_that_tells_more_takes_two() {
    for_each_world(|world| async move {
        world.sp("sag", "profile = \"plain\"").await;
        let database = &world.stage.database;
        let id = registry::all(database).await.unwrap()[0].id;
        let (_, mut peters) = at_work(&world, "peter", Role::SpAdministrator).await;
        let (_, mut pias) = at_work(&world, "pia", Role::SpAdministrator).await;
        let path = format!("/office/service-providers/{id}/policy");
        let policy = async || registry::by_id(database, id).await.unwrap().unwrap().policy;

        let page = peters.opens(&path).await;
        for (text, said) in [
            ("profile = \"plain\"\n\nnameid = \"email\"", "Line 3:"),
            ("profile = \"plain\"\nrequired_level = ", "Line 2:"),
            ("profile = \"plain\"\n[session]\npassword_minutes = 0", "at least 1 minute"),
            ("", "Write the policy"),
        ] {
            let wrong = presses(&mut peters, &page, "keep", &[("policy", text), ("why", "because")]).await;
            assert!(wrong.status == 400 && wrong.shows(said), "{text}: {}", wrong.html);
            assert!(
                text.is_empty() || wrong.html.contains("plain&#34;") || wrong.html.contains("plain&quot;")
            );
        }
        let tight = "profile = \"plain\"\nrequired_level = \"Substantial\"";
        let typed = [("policy", tight), ("why", "they hold more now")];
        let seen = presses(&mut peters, &page, "look", &typed).await;
        assert!(seen.shows("only tightens") && seen.shows("+ required_level"), "{}", seen.html);
        assert_eq!(policy().await, Policy::of_profile("plain").unwrap(), "looking changes nothing");
        let done = presses(&mut peters, &seen, "keep", &typed).await;
        assert!(done.shows("The new policy is in force"), "{}", done.html);
        assert_eq!(policy().await.required_level, Some(Level::Substantial));
        let stale = presses(&mut peters, &seen, "keep", &typed).await;
        assert!(stale.status == 400, "it was written over another one: {}", stale.html);

        let loose = [("policy", "profile = \"plain\"\nname_id = \"email\""), ("why", "they ask for it")];
        let page = peters.opens(&path).await;
        let seen = presses(&mut peters, &page, "look", &loose).await;
        assert!(seen.shows("Another service administrator has to approve it"), "{}", seen.html);
        let said = presses(&mut peters, &seen, "keep", &loose).await;
        assert!(said.shows("has to approve the new policy"), "{}", said.html);
        assert_eq!(policy().await.required_level, Some(Level::Substantial));
        let proposal = proposed(&world).await;
        assert_eq!(decides(&mut peters, "agree", &proposal).await.status, 403);
        assert!(decides(&mut pias, "agree", &proposal).await.shows("Approved and done"));
        assert_eq!(policy().await.required_level, None);
        assert_eq!(world.events("service-provider-changed").await.len(), 2);
        let again = decides(&mut pias, "agree", &proposal).await.status;
        assert!(matches!(again, 400 | 403), "it is done once: {again}");
    })
    .await;
}

#[tokio::test]
async fn the_form_of_the_usual_entries_becomes_text_that_is_looked_at_before_it_counts() {
    for_each_world(|world| async move {
        world.sp("sag", "profile = \"plain\"").await;
        let database = &world.stage.database;
        let id = registry::all(database).await.unwrap()[0].id;
        let (_, mut peters) = at_work(&world, "peter", Role::SpAdministrator).await;
        let path = format!("/office/service-providers/{id}/policy");
        let page = peters.opens(&path).await;
        let csrf = page.form().field("csrf").unwrap().to_owned();
        let usual = |level: &'static str, minutes: &'static str| {
            vec![
                ("wish", "usual"),
                ("profile", "plain"),
                ("required-level", level),
                ("name-id", "pairwise-professional-uuid"),
                ("encryption", "compatible"),
                ("password-minutes", minutes),
                ("any-of", "ledere\r\nsagsbehandlere"),
                ("keep-0", "yes"),
            ]
        };
        let mut typed = usual("Substantial", "soon");
        typed.push(("csrf", &csrf));
        let wrong = peters.sends(Method::POST, &path, &typed).await;
        assert!(wrong.status == 400 && wrong.shows("whole number of minutes"), "{}", wrong.html);
        assert!(wrong.html.contains("sagsbehandlere"), "what was typed stays");
        let mut typed = usual("Substantial", "30");
        typed.push(("csrf", &csrf));
        let seen = peters.sends(Method::POST, &path, &typed).await;
        for line in ["+ required_level", "+ password_minutes = 30", "+ any_of", "- friendly_name"] {
            assert!(seen.shows(line), "{line}: {}", seen.html);
        }
        let form = seen.forms().into_iter().find(|form| form.field("was").is_some()).unwrap();
        assert!(form.field("was").is_some_and(|was| was.len() == 64), "{}", seen.html);
        assert_eq!(world.events("service-provider-changed").await, []);
    })
    .await;
}

#[tokio::test]
async fn a_login_is_worked_through_and_whoever_looked_is_on_record() {
    for_each_world(|world| async move {
        let anna = world.anna().await;
        world.sp("sag", "profile = \"plain\"").await;
        let database = &world.stage.database;
        let id = registry::all(database).await.unwrap()[0].id;
        let (_, mut peters) = at_work(&world, "peter", Role::SpAdministrator).await;
        let path = format!("/office/service-providers/{id}/test");
        let page = peters.opens(&path).await;
        for nobody in ["", "nobody", "no body"] {
            let wrong = peters.submits(&page, &[("user", nobody)]).await;
            assert!(wrong.status == 400 && wrong.shows("Nobody has that user name"), "{}", wrong.html);
        }
        assert_eq!(world.events("login-previewed").await, []);
        let told = peters.submits(&page, &[("user", "anna")]).await;
        assert!(told.shows("anna@example.dk") && told.shows("The user can log in"), "{}", told.html);
        let looked = world.events("login-previewed").await;
        let [Event::LoginPreviewed { identity, .. }] = &looked[..] else { panic!("{looked:?}") };
        assert_eq!(*identity, anna.identity.id);
        assert_eq!(world.issued().await, 0);

        let mut about = card(database, anna.identity.id).await.unwrap().unwrap().about;
        about = About { is_protected: true, ..about };
        let mut tx = world.begin().await;
        describe(database, &mut tx, anna.identity.id, &about).await.unwrap().unwrap();
        tx.commit().await.unwrap();
        world.lock(&anna).await;
        let told = peters.submits(&page, &[("user", "anna")]).await;
        assert!(told.shows("The user is blocked") && told.shows("are protected"), "{}", told.html);
        assert!(!told.html.contains("anna@example.dk") && !told.html.contains("Østergård"), "{}", told.html);
    })
    .await;
}
