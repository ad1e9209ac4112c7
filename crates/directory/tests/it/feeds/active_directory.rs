//! Active Directory as a source: a domain controller, with what is its own.

use portner_audit_log::testing::for_each_engine;
use portner_directory::feed::{Extent, Mapping, Outcome};
use portner_directory::{by_user_name, card};
use portner_domain::identity::State;
use portner_ldap::testing::{PASSWORD, Samba};

use super::ldap::Reader;
use super::play::{Play, applied};

fn mapping(address: &str) -> String {
    format!(
        r#"
load = "full"
employment_source = "Active Directory"
[ldap]
servers = ["ldaps://{address}"]
account = "reader@ad.portner.test"
password_file = "unread"
base = "DC=ad,DC=portner,DC=test"
filter = "(&(objectCategory=person)(objectClass=user)(department=town))"
groups_base = "CN=Users,DC=ad,DC=portner,DC=test"
changes = "usn"
[columns]
key = "objectGUID"
user_name = "sAMAccountName"
first_name = "givenName"
last_name = "sn"
unit = "dn"
valid_until = "accountExpires"
status = "userAccountControl"
groups = "memberOf"
[groups]
prefix = "ad/"
[constants]
cvr = "12345678"
"#
    )
}

/// Only those of a department are people.
fn made(samba: &Samba, name: &str, department: &str) {
    let options = ["--given-name", name, "--surname", "Æble", "--userou", "OU=Nord,OU=Skole"];
    samba.user(name, &[&options[..], &["--department", department]].concat());
}

#[tokio::test]
async fn an_account_of_active_directory_is_known_by_its_guid_and_read_again_when_it_changed() {
    let Some(samba) = Samba::start() else { return };
    samba.tool(&["ou", "create", "OU=Skole"]);
    samba.tool(&["ou", "create", "OU=Nord,OU=Skole"]);
    samba.tool(&["ou", "create", "OU=Syd,OU=Skole"]);
    samba.user("reader", &[]);
    samba.tool(&["group", "add", "lærere"]);
    let (samba, engines) = (&samba, &std::sync::atomic::AtomicU32::new(0));
    for_each_engine(|stage| async move {
        let nth = engines.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        let name = |name: &str| format!("{name}{nth}");
        for one in ["anna", "bo", "carla"] {
            made(samba, &name(one), &name("town"));
        }
        samba.tool(&["group", "addmembers", "lærere", &name("anna")]);
        samba.tool(&["user", "disable", &name("bo")]);
        let play = Play::new(&stage).await;
        let mapping = mapping(&samba.address).replace("=town", &format!("=town{nth}"));
        let mapping = Mapping::parse("ad", &mapping).unwrap();
        let reader = Reader { play: &play, mapping, authority: samba.authority(), password: PASSWORD };
        let first = applied(Ok(reader.import(Extent::Changed).await));
        assert_eq!((first.registered, first.failed), (2, 0), "whoever is disabled is not registered");
        let find = async |one: &str| {
            let found = by_user_name(&stage.database, &name(one).parse().unwrap()).await.unwrap()?;
            card(&stage.database, found.id).await.unwrap()
        };
        let anna = find("anna").await.unwrap();
        assert_eq!(anna.about.unit.as_ref().map(ToString::to_string).as_deref(), Some("Skole/Nord"));
        let key = anna.source.unwrap().key;
        assert_eq!(key.len(), 36);
        assert!(
            play.known_as("ad", &key).await.unwrap().groups.iter().any(|group| group.as_str() == "ad/lærere")
        );

        assert!(matches!(reader.import(Extent::Changed).await, Outcome::Unchanged));
        samba.tool(&["user", "disable", &name("anna")]);
        samba.tool(&["user", "enable", &name("bo")]);
        samba.tool(&["user", "move", &name("carla"), "OU=Syd,OU=Skole"]);
        let counts = applied(Ok(reader.import(Extent::Changed).await));
        let did = (counts.records, counts.registered, counts.changed, counts.locked);
        assert_eq!(did, (3, 1, 1, 1), "{counts:?}");
        assert_eq!(find("anna").await.unwrap().identity.state, State::Locked);
        let carla = find("carla").await.unwrap();
        assert_eq!(carla.about.unit.map(|unit| unit.to_string()).as_deref(), Some("Skole/Syd"));

        samba.tool(&["user", "enable", &name("anna")]);
        samba.tool(&["user", "setexpiry", &name("carla"), "--days=7"]);
        samba.tool(&["user", "delete", &name("bo")]);
        let counts = applied(Ok(reader.import(Extent::Changed).await));
        assert_eq!((counts.lifted, counts.changed, counts.locked), (1, 1, 0), "{counts:?}");
        assert!(find("carla").await.unwrap().identity.life.validity.until.is_some());
        assert_eq!(find("bo").await.unwrap().identity.state, State::Active, "only a whole reading tells");
        assert_eq!(applied(Ok(reader.import(Extent::All).await)).locked, 1);
        assert_eq!(find("bo").await.unwrap().identity.state, State::Locked);
    })
    .await;
}
