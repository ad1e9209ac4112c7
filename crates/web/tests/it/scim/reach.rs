//! How far a client reaches: to its own people and groups, and never to what somebody may do (T-DEL-01).

use portner_directory::{Personal, card, grants_of};
use portner_domain::identity::State;
use portner_domain::role::{Grant, Role};
use serde_json::{Value, json};

use super::{NSIS, Program, envelope, log, user};
use crate::stage::{User, World, for_each_world};

impl World {
    async fn gives_role(&self, to: portner_domain::IdentityId) {
        let mut tx = self.begin().await;
        let grant = Grant { role: Role::UserAdministrator, unit: None, until: None };
        portner_directory::grant(&mut tx, to, &grant).await.unwrap().unwrap();
        tx.commit().await.unwrap();
    }

    async fn gives_cpr(&self, to: &User, cpr: &str) {
        let entropy =
            std::sync::Arc::clone(&self.stage.entropy) as std::sync::Arc<dyn portner_domain::Entropy>;
        let personal = Personal::open(self.stage.log.clone(), envelope(), entropy).await.unwrap();
        let mut tx = self.begin().await;
        personal.set_cpr(&mut tx, to.identity.person, &cpr.parse().unwrap()).await.unwrap().unwrap();
        tx.commit().await.unwrap();
    }
}

#[tokio::test]
async fn t_del_01_a_client_neither_sees_nor_takes_over_whom_others_registered() {
    for_each_world(|world| async move {
        let entra = Program::named(&world, "entra").await;
        let anna = world.anna().await;
        world.gives_cpr(&anna, "0101701234").await;
        let at = format!("/Users/{}", anna.identity.id);
        let before = format!("{:?}", card(&world.stage.database, anna.identity.id).await.unwrap());
        entra.get(&at).await.is_error(404, "");
        entra.put(&at, &user("anna")).await.is_error(404, "");
        entra
            .patch(&at, &json!([{ "op": "replace", "path": "active", "value": false }]))
            .await
            .is_error(404, "");
        entra.delete(&at).await.is_error(404, "");
        assert_eq!(entra.get("/Users?filter=userName%20eq%20%22anna%22").await.body["totalResults"], 0);
        // The same user name and the same number: what a file would adopt, a client does not.
        let mut takes_over = user("anna");
        takes_over[NSIS] = json!({ "cpr": "0101701234" });
        takes_over["emails"] = json!([{ "value": "evil@example.org" }]);
        entra.post("/Users", &takes_over).await.is_error(409, "uniqueness");
        // The same number under another name would be another way in to the same person's proofing.
        takes_over["userName"] = json!("anna2");
        entra.post("/Users", &takes_over).await.is_error(409, "uniqueness");
        let bo = entra.has("bo").await;
        let number = json!([{ "op": "add", "path": format!("{NSIS}:cpr"), "value": "0101701234" }]);
        entra.patch(&bo, &number).await.is_error(409, "uniqueness");
        let name = json!([{ "op": "replace", "path": "userName", "value": "anna" }]);
        entra.patch(&bo, &name).await.is_error(409, "uniqueness");
        assert_eq!(format!("{:?}", card(&world.stage.database, anna.identity.id).await.unwrap()), before);
        assert_eq!(world.refused_to_clients().await.len(), 2, "both attempts to take over are on record");
        // Another client is another feed.
        let okta = entra.beside(&world, "okta").await;
        okta.get(&bo).await.is_error(404, "");
        okta.delete(&bo).await.is_error(404, "");
        assert_eq!(okta.get("/Users").await.body["totalResults"], 0);
        let member = json!({ "displayName": "x", "members": [{ "value": bo.strip_prefix("/Users/") }] });
        okta.post("/Groups", &member).await.is_error(400, "invalidValue");
    })
    .await;
}

#[tokio::test]
async fn t_del_01_of_officers_a_client_stops_its_own_and_changes_nothing() {
    for_each_world(|world| async move {
        let entra = Program::named(&world, "entra").await;
        let at = entra.has("anna").await;
        let id = at.strip_prefix("/Users/").unwrap().parse().unwrap();
        world.gives_role(id).await;
        let replaced = |path: &str, value: Value| json!([{ "op": "replace", "path": path, "value": value }]);
        for (path, value) in [
            ("emails", json!([{ "value": "evil@example.org" }])),
            ("userName", json!("evil")),
            ("name.familyName", json!("Evil")),
            ("title", json!("x")),
            (&format!("{NSIS}:cpr"), json!("0101701234")),
            (&format!("{NSIS}:permitted"), json!(true)),
        ] {
            entra.patch(&at, &replaced(path, value)).await.is_error(403, "");
        }
        entra.delete(&at).await.is_error(403, "");
        assert_eq!(world.refused_to_clients().await.len(), 7);
        assert_eq!(grants_of(&world.stage.database, id).await.unwrap().len(), 1);
        assert_eq!(entra.patch(&at, &replaced("active", json!("False"))).await.status, 200);
        let state = async || card(&world.stage.database, id).await.unwrap().unwrap().identity.state;
        assert_eq!(
            state().await,
            State::Locked,
            "whoever is dismissed is stopped at once, whatever they administer"
        );
        assert_eq!(entra.patch(&at, &replaced("active", json!(true))).await.status, 200);
        assert_eq!(state().await, State::Active);
    })
    .await;
}

#[tokio::test]
async fn t_del_01_no_write_of_a_group_gives_what_the_client_does_not_own() {
    for_each_world(|world| async move {
        let entra = Program::named(&world, "entra").await;
        let anna = world.anna().await;
        let bo = entra.has("bo").await;
        let bo_id = bo.strip_prefix("/Users/").unwrap().to_owned();
        // Groups that somebody gave by hand, two of them with names that a client's could have.
        for group in ["sagsbehandlere", "entra/admins", "ENTRA/Økonomi"] {
            world.join(&anna, group).await;
        }
        let of_bo = async || {
            let sql = "SELECT COUNT(*) FROM group_member WHERE identity = $1";
            let count: i64 =
                sqlx::query_scalar(sql).bind(&bo_id).fetch_one(world.stage.danger_writer()).await.unwrap();
            count
        };
        let group = |name: &str| json!({ "displayName": name, "members": [{ "value": bo_id }] });
        for name in ["admins", "Admins", "  admins ", "økonomi"] {
            entra.post("/Groups", &group(name)).await.is_error(409, "uniqueness");
        }
        assert_eq!(of_bo().await, 0);
        let own = entra.post("/Groups", &group("sagsbehandlere")).await;
        assert_eq!(own.status, 201, "{own:?}");
        let sql = "SELECT name FROM group_member WHERE identity = $1";
        let named: Vec<String> =
            sqlx::query_scalar(sql).bind(&bo_id).fetch_all(world.stage.danger_writer()).await.unwrap();
        assert_eq!(named, ["entra/sagsbehandlere"], "never the group that a policy speaks of");
        let at = format!("/Groups/{}", own.id());
        for path in ["displayName", "DISPLAYNAME"] {
            let renamed = json!([{ "op": "replace", "path": path, "value": "admins" }]);
            entra.patch(&at, &renamed).await.is_error(409, "uniqueness");
        }
        entra.put(&at, &group("admins")).await.is_error(409, "uniqueness");
        // Neither a group in a group, by whatever name, nor somebody who is not the client's.
        let other = entra.post("/Groups", &json!({ "displayName": "b" })).await;
        for member in [
            json!({ "value": other.id(), "type": "Group" }),
            json!({ "value": other.id() }),
            json!({ "value": own.id(), "type": "Group" }),
            json!({ "value": bo_id, "type": "group" }),
            json!({ "value": "sagsbehandlere" }),
            json!({ "value": anna.identity.id }),
        ] {
            let add = json!([{ "op": "add", "path": "members", "value": [member] }]);
            let heard = entra.patch(&at, &add).await;
            heard.is_error(400, "invalidValue");
            assert!(heard.text.contains("groups can't be in groups"), "{heard:?}");
        }
        let groups = json!([{ "op": "add", "path": "groups", "value": [{ "value": "sagsbehandlere" }] }]);
        entra.patch(&bo, &groups).await.is_error(400, "mutability");
        let mut with_groups = user("bo");
        with_groups["groups"] = json!([{ "value": "sagsbehandlere" }]);
        with_groups["roles"] = json!([{ "value": "user-administrator" }]);
        with_groups["entitlements"] = json!([{ "value": "urn:x" }]);
        assert_eq!(entra.put(&bo, &with_groups).await.status, 200);
        assert_eq!(of_bo().await, 1);
        assert_eq!(entra.delete(&at).await.status, 204);
        assert_eq!(of_bo().await, 0);
        let held: i64 = sqlx::query_scalar("SELECT COUNT(*) FROM group_member")
            .fetch_one(world.stage.danger_writer())
            .await
            .unwrap();
        assert_eq!(held, 3, "what was given by hand is as it was");
        let roles = "SELECT (SELECT COUNT(*) FROM role_held) + (SELECT COUNT(*) FROM right_held)";
        let roles: i64 = sqlx::query_scalar(roles).fetch_one(world.stage.danger_writer()).await.unwrap();
        assert_eq!(roles, 0);
        assert!(log(&world).await.contains("a group of that name is not the client's"));
    })
    .await;
}

#[tokio::test]
async fn what_somebody_is_called_elsewhere_is_not_the_clients_to_change() {
    for_each_world(|world| async move {
        let entra = Program::named(&world, "entra").await;
        let anna = world.anna().await;
        let mut tx = world.begin().await;
        let another = portner_directory::NewEmployee {
            user_name: "anna2".parse().unwrap(),
            first_name: String::new(),
            last_name: String::new(),
            email: None,
            cvr: anna.identity.cvr.clone(),
            employment: anna.identity.employment.clone(),
            admission: portner_domain::life::Admission::Withheld,
        };
        let entropy = &*world.stage.entropy;
        let second =
            portner_directory::register_another(&mut tx, entropy, anna.identity.person, &another).await;
        let second = second.unwrap().unwrap();
        tx.commit().await.unwrap();
        let mut tx = world.begin().await;
        let database = &world.stage.database;
        portner_directory::scim::adopt(database, &mut tx, "entra", (second.id, None)).await.unwrap().unwrap();
        tx.commit().await.unwrap();
        let at = format!("/Users/{}", second.id);
        let change = |path: &str| json!([{ "op": "replace", "path": path, "value": "Ny" }]);
        for path in ["name.familyName", "displayName"] {
            entra.patch(&at, &change(path)).await.is_error(403, "");
        }
        assert_eq!(entra.patch(&at, &change("title")).await.status, 200);
        assert_eq!(entra.delete(&at).await.status, 204);
        let first = card(database, anna.identity.id).await.unwrap().unwrap();
        assert_eq!((first.identity.state, first.about.title), (State::Active, None));
    })
    .await;
}
