//! Who is heard: whoever has the token of a client, and nobody else.

use portner_audit_log::Event;
use portner_directory::feed::Brake;
use portner_directory::scim::client::{REFUSALS_PER_MINUTE_MAX, REQUESTS_PER_MINUTE_MAX};
use portner_directory::scim::{ClientRefusal, NewClient, add_client, clients, revoke_client};
use portner_domain::Millis;
use portner_domain::identity::Employment;

use super::{Program, let_in, log, serving, user};
use crate::stage::{World, for_each_world};

#[tokio::test]
async fn t_tok_01_no_path_is_answered_without_a_token_that_works() {
    for_each_world(|world| async move {
        let entra = Program::named(&world, "entra").await;
        let at = entra.has("anna").await;
        let other = "0".repeat(64);
        let half = entra.token.get(..40).unwrap().to_owned();
        let tokens = [
            String::new(),
            "Bearer".into(),
            format!("portner-scim-{other}"),
            half,
            format!("{}0", entra.token),
            "null".into(),
        ];
        for path in portner_web::scim::PATHS {
            let path = path.strip_prefix("/scim/v2").unwrap().replace("{id}", "x").replace("{*rest}", "x");
            // Each from an address of its own, as it were: what is counted is over after a minute.
            world.pass(2);
            for token in &tokens {
                let stranger = Program { token: token.clone(), ..entra.clone() };
                for method in ["GET", "POST"] {
                    let heard = stranger.sends(method, &path, "{}").await;
                    heard.is_error(401, "");
                    assert_eq!(heard.header("www-authenticate"), "Bearer");
                }
            }
            let cookie =
                Program { token: String::new(), ..entra.with("cookie", &format!("token={}", entra.token)) };
            cookie.get(&path).await.is_error(401, "");
        }
        assert_eq!(entra.get(&at).await.status, 200);
        let basic = Program {
            token: String::new(),
            ..entra.with("authorization", &format!("Basic {}", entra.token))
        };
        basic.get(&at).await.is_error(401, "");
    })
    .await;
}

#[tokio::test]
async fn t_log_01_no_token_is_in_any_log_or_table() {
    for_each_world(|world| async move {
        let entra = Program::named(&world, "entra").await;
        entra.has("anna").await;
        let wrong = format!("portner-scim-{}", "7".repeat(64));
        Program { token: wrong.clone(), ..entra.clone() }.get("/Users").await.is_error(401, "");
        let written = log(&world).await;
        assert!(written.contains("no client has this token") && written.contains("192.0.2.7"), "{written}");
        let kept: Vec<String> = sqlx::query_scalar("SELECT token_hash FROM scim_client")
            .fetch_all(world.stage.danger_writer())
            .await
            .unwrap();
        for text in [written, kept.join(" ")] {
            for secret in [&entra.token, &wrong] {
                let secret = secret.strip_prefix("portner-scim-").unwrap();
                assert!(!text.contains(secret), "{text}");
            }
        }
    })
    .await;
}

#[tokio::test]
async fn a_token_ends_on_its_day_and_when_it_is_revoked() {
    for_each_world(|world| async move {
        let until = world.now().plus(Millis::hours(1));
        let token = let_in(&world, "okta", Some(until)).await;
        let router = serving(&world, Brake::default()).await;
        let okta = Program { router, token: token.expose().to_owned(), headers: Vec::new() };
        assert_eq!(okta.get("/Users").await.status, 200);
        world.pass(61);
        okta.get("/Users").await.is_error(401, "");
        // Another token, and the same people.
        let okta = Program { token: let_in(&world, "okta", None).await.expose().to_owned(), ..okta };
        let at = okta.has("anna").await;
        let mut tx = world.begin().await;
        revoke_client(&mut tx, "okta").await.unwrap().unwrap();
        tx.commit().await.unwrap();
        okta.get(&at).await.is_error(401, "");
        let written = log(&world).await;
        assert!(
            written.contains("the token has expired") && written.contains("the token was revoked"),
            "{written}"
        );
        let mut tx = world.begin().await;
        assert_eq!(revoke_client(&mut tx, "okta").await.unwrap(), Err(ClientRefusal::NoSuchClient));
        drop(tx);
        let again = Program { token: let_in(&world, "okta", None).await.expose().to_owned(), ..okta };
        assert_eq!(again.get(&at).await.status, 200);
        assert_eq!(clients(&world.stage.database).await.unwrap().len(), 1);
    })
    .await;
}

#[tokio::test]
async fn a_name_is_let_in_once_and_no_other_feed_has_it() {
    for_each_world(|world| async move {
        Program::named(&world, "entra").await.has("bo").await;
        let anna = world.anna_of_payroll().await;
        for (name, refusal) in [
            ("entra", Some(ClientRefusal::InUse)),
            ("payroll", Some(ClientRefusal::OtherFeed)),
            ("Entra", None),
            ("a/b", None),
            ("", None),
        ] {
            let new = NewClient {
                name: name.to_owned(),
                cvr: anna.cvr.clone(),
                employment: Employment::Entered,
                until: None,
            };
            let mut tx = world.begin().await;
            let refused =
                add_client(&world.stage.database, &mut tx, &*world.stage.entropy, &new).await.unwrap();
            let refused = refused.map(|_| ()).unwrap_err();
            assert!(refusal.as_ref().is_none_or(|expected| *expected == refused), "{name}: {refused}");
        }
    })
    .await;
}

#[tokio::test]
async fn whoever_asks_too_much_is_told_to_wait() {
    for_each_world(|world| async move {
        let entra = Program::named(&world, "entra").await;
        let node = world.node().await;
        let until = world.now().plus(Millis::minutes(1));
        for _ in 0..REQUESTS_PER_MINUTE_MAX {
            node.volatile.increment("scim/requests/entra", until, world.now()).await.unwrap();
        }
        let heard = entra.get("/Users").await;
        heard.is_error(429, "");
        assert_eq!(heard.header("retry-after"), "60");
        world.pass(2);
        assert_eq!(entra.get("/Users").await.status, 200);
        let stranger = Program { token: "x".to_owned(), ..entra.clone() };
        for _ in 0..REFUSALS_PER_MINUTE_MAX {
            stranger.get("/Users").await.is_error(401, "");
        }
        stranger.get("/Users").await.is_error(429, "");
        let refused = log(&world).await.matches("no token of a client").count();
        assert_eq!(
            refused,
            usize::try_from(REFUSALS_PER_MINUTE_MAX).unwrap(),
            "a flood does not fill the log"
        );
        assert_eq!(entra.post("/Users", &user("bo")).await.status, 201, "others are heard all the same");
    })
    .await;
}

#[tokio::test]
async fn without_a_section_nothing_is_spoken() {
    for_each_world(|world| async move {
        let token = let_in(&world, "entra", None).await;
        let router = crate::browser::router(&world, &world.node().await);
        let entra = Program { router, token: token.expose().to_owned(), headers: Vec::new() };
        let heard = entra.get("/Users").await;
        assert_eq!((heard.status, heard.header("content-type")), (404, "text/html; charset=utf-8"));
    })
    .await;
}

impl World {
    /// Somebody who comes from another feed.
    pub async fn anna_of_payroll(&self) -> portner_domain::identity::Identity {
        let anna = self.anna().await.identity;
        let mut tx = self.begin().await;
        let source = portner_directory::Source { feed: "payroll".to_owned(), key: "1".to_owned() };
        portner_directory::set_source(&mut tx, anna.id, &source).await.unwrap();
        tx.commit().await.unwrap();
        anna
    }

    /// The kinds of what was refused to clients.
    pub async fn refused_to_clients(&self) -> Vec<String> {
        self.stage.seal().await;
        let refused = self.events("scim-refused").await;
        refused
            .into_iter()
            .filter_map(|event| match event {
                Event::ScimRefused { client: Some(_), why, .. } => Some(why),
                _ => None,
            })
            .collect()
    }
}
