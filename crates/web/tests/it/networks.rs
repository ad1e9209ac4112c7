//! Networks that are known by name: said beside an address, and the only way to a service that wants it so.

use portner_audit_log::Event;
use portner_domain::role::Role;

use crate::browser::{Browser, Page};
use crate::office::officer;
use crate::own_pages::{link, visits};
use crate::stage::{World, for_each_world};

/// A service provider that NSIS has nothing to say about, and that admits nobody from elsewhere.
const INSIDE: &str = "profile = \"plain\"\naccess_from = \"known-networks\"";
/// Where every browser of these tests is, and what that network is called.
const HERE: [(&str, &str); 3] =
    [("range", "192.0.2.0/24"), ("network-name", "Rådhuset & Søn"), ("why", "the town hall")];

async fn keeper(world: &World) -> Browser {
    let sven = officer(world, "sven", Role::SecurityAdministrator, None).await;
    let mut browser = Browser::new(world).await;
    assert_eq!(visits(&mut browser, world, &sven, "/office").await.status, 200);
    browser
}

async fn adds(browser: &mut Browser, typed: &[(&str, &str)]) -> Page {
    let ask = browser.opens("/office/networks/new").await;
    browser.submits(&ask, typed).await
}

async fn removes(browser: &mut Browser) -> Page {
    let list = browser.opens("/office/networks").await;
    let ask = browser.opens(&link(&list, "/office/networks/remove?network=192.0.2.0%2F24")).await;
    browser.submits(&ask, &[("network", "192.0.2.0/24"), ("why", "moved out")]).await
}

#[tokio::test]
async fn a_network_is_named_and_forgotten_and_what_is_wrong_is_told() {
    for_each_world(|world| async move {
        let mut browser = keeper(&world).await;
        let list = browser.opens("/office/networks").await;
        assert!(list.shows("No network is known yet") && list.shows("in no known network"), "{}", list.html);
        for (typed, said) in [
            ([("range", "192.0.2"), HERE[1], HERE[2]], "Write the addresses like"),
            ([("range", "192.0.2.7/24"), HERE[1], HERE[2]], "an address inside of the network"),
            ([("range", "0.0.0.0/0"), HERE[1], HERE[2]], "too many addresses"),
            ([HERE[0], ("network-name", "  "), HERE[2]], "Write a name of 60 characters"),
            ([HERE[0], HERE[1], ("why", "")], "Write a reason"),
        ] {
            let page = adds(&mut browser, &typed).await;
            assert!(page.status == 400 && page.shows(said), "{said}: {}", page.html);
            for (_, value) in typed.into_iter().filter(|(_, value)| !value.trim().is_empty()) {
                let escaped = value.replace('&', "&#38;");
                assert!(page.html.contains(&format!("value=\"{escaped}\"")), "{value}: {}", page.html);
            }
        }
        assert_eq!(world.events("network-added").await, []);
        let page = adds(&mut browser, &HERE).await;
        assert!(
            page.shows("The network is known.") && page.shows("in the network Rådhuset & Søn"),
            "{}",
            page.html
        );
        let page = adds(&mut browser, &HERE).await;
        assert!(page.status == 400 && page.shows("Those addresses are known already"), "{}", page.html);
        let (range, name) = ("192.0.2.0/24".to_owned(), "Rådhuset & Søn".to_owned());
        let added = Event::NetworkAdded { range: range.clone(), name: name.clone() };
        assert_eq!(world.events("network-added").await, [added]);

        let ask = browser.opens("/office/networks/remove").await;
        let page = browser.submits(&ask, &[("network", "10.0.0.0/8"), ("why", "x")]).await;
        assert!(page.status == 400 && page.shows("Choose a network from the list"), "{}", page.html);
        let page = removes(&mut browser).await;
        assert!(page.shows("The network is known no more"), "{}", page.html);
        assert_eq!(world.events("network-removed").await, [Event::NetworkRemoved { range, name }]);
    })
    .await;
}

#[tokio::test]
async fn t_net_01_a_service_of_the_house_is_used_from_the_house_alone_at_every_issue() {
    for_each_world(|world| async move {
        let (anna, sp) = (world.anna().await, world.sp("intra", INSIDE).await);
        let mut annas = Browser::new(&world).await;
        let stopped = |page: &Page| {
            assert_eq!(page.status, 403, "{}", page.html);
            assert!(page.shows("The service can’t be used from here"), "{}", page.html);
            assert!(page.forms().is_empty() && page.reference().is_some(), "{}", page.html);
        };
        stopped(&annas.asks(&sp.request(&world, |_| {})).await);
        assert!(matches!(
            world.events("request-refused").await.as_slice(),
            [Event::RequestRefused { why, .. }] if why == "unknown-network"
        ));
        let mut keepers = keeper(&world).await;
        adds(&mut keepers, &HERE).await;
        let page = annas.logs_in(&world, &sp.request(&world, |_| {}), &anna).await;
        assert!(page.has_field("SAMLResponse"), "known on every node at once: {}", page.html);
        assert_eq!(world.issued().await, 1);

        // In the middle of a login, and in a session that is there.
        let mut others = Browser::new(&world).await;
        let request = sp.request(&world, |_| {});
        let login = others.asks(&request).await;
        assert!(removes(&mut keepers).await.shows("The network is known no more"));
        stopped(&annas.asks(&sp.request(&world, |_| {})).await);
        let password = [("username", "anna"), ("password", crate::stage::PASSWORD)];
        stopped(&others.submits(&login, &password).await);
        let denied = world.events("access-denied").await;
        assert!(
            matches!(denied.as_slice(), [Event::AccessDenied { why, .. }] if why == "unknown-network"),
            "{denied:?}"
        );
        // Whoever asks passively has to be told, and by the service itself.
        let passive = sp.request(&world, |it| it.is_passive = true);
        let page = annas.asks(&passive).await;
        let answer = page.form().field("SAMLResponse").unwrap().to_owned();
        assert_eq!(sp.hears(&world, &answer, &passive.id), "RequestDenied");
        assert_eq!(world.issued().await, 1);
    })
    .await;
}

#[tokio::test]
async fn sessions_and_log_say_what_the_network_is_called() {
    for_each_world(|world| async move {
        let anna = world.anna().await;
        let mut annas = Browser::new(&world).await;
        let page = visits(&mut annas, &world, &anna, "/me/sessions").await;
        assert!(page.shows("192.0.2.1") && !page.shows("Rådhuset"), "{}", page.html);
        Browser::new(&world).await.opens("/saml/sso").await;
        adds(&mut keeper(&world).await, &HERE).await;
        let sessions = annas.opens("/me/sessions").await;
        assert!(sessions.shows("192.0.2.1 (Rådhuset & Søn)"), "{}", sessions.html);
        world.stage.seal().await;
        let audra = officer(&world, "audra", Role::Auditor, None).await;
        let mut audras = Browser::new(&world).await;
        visits(&mut audras, &world, &audra, "/office").await;
        let log = audras.opens("/office/log?kind=request-refused").await;
        assert!(log.shows("not logged in, from 192.0.2.1 (Rådhuset & Søn)"), "{}", log.html);
    })
    .await;
}
