//! A directory as a source: an OpenLDAP server, and what goes wrong with one.

use std::fmt::Write as _;

use portner_audit_log::testing::{Stage, for_each_engine};
use portner_audit_log::{Actor, Tx};
use portner_directory::feed::{DirectoryReading, Extent, Mapping, Outcome, Survey, Unusable, approve};
use portner_domain::identity::State;
use portner_domain::{IdentityId, Millis};
use portner_ldap::testing::{Authority, Slapd, free_port};

use super::play::{Noted, Play, applied};
use crate::stage::events;

/// The database: who may change it, groups that members know of, and no more than this in one answer.
const LINES: &str = "rootdn \"cn=admin,dc=example,dc=dk\"\nrootpw admin\noverlay memberof\n\
     limits dn.exact=\"cn=portner,dc=example,dc=dk\" size.soft=500 size.hard=500 size.prtotal=unlimited\n";

/// Long ago, for a server that tells what changed by time; and a year later, when every tenth was changed.
const LONG_AGO: &str = "20200101000000Z";
const LESS_LONG_AGO: &str = "20210101000000Z";

fn mapping(servers: &[String]) -> String {
    let servers: Vec<String> = servers.iter().map(|server| format!("\"{server}\"")).collect();
    format!(
        r#"
load = "full"
employment_source = "the directory"
[ldap]
servers = [{}]
account = "cn=portner,dc=example,dc=dk"
password_file = "unread"
base = "ou=staff,dc=example,dc=dk"
filter = "(objectClass=inetOrgPerson)"
changes = "modify-timestamp"
[columns]
key = "entryUUID"
user_name = "uid"
first_name = "givenName"
last_name = "sn"
title = "title"
unit = "dn"
groups = "memberOf"
[groups]
prefix = "ad/"
[constants]
cvr = "12345678"
"#,
        servers.join(", ")
    )
}

/// So many people in a school below `ou=staff`.
fn people(count: usize) -> String {
    let mut ldif = String::from(
        "dn: ou=staff,dc=example,dc=dk\nobjectClass: organizationalUnit\nou: staff\n\n\
         dn: ou=Skole\\, Nord,ou=staff,dc=example,dc=dk\nobjectClass: organizationalUnit\nou: Skole, Nord\n\n",
    );
    for n in 0..count {
        let changed = if n % 10 == 9 { LESS_LONG_AGO } else { LONG_AGO };
        write!(
            ldif,
            "dn: uid=user{n},ou=Skole\\, Nord,ou=staff,dc=example,dc=dk\nobjectClass: inetOrgPerson\nuid: user{n}\n\
             cn: Anna {n}\ngivenName: Anna\nsn: Andersen{n}\ntitle: Lærer\n\
             entryUUID: {}\nmodifyTimestamp: {changed}\n\n",
            key(n)
        )
        .unwrap();
    }
    ldif
}

fn key(n: usize) -> String {
    format!("00000000-0000-4000-8000-{n:012}")
}

fn at(slapd: &Slapd) -> Vec<String> {
    vec![format!("ldaps://localhost:{}", slapd.ldaps)]
}

fn removed(n: usize) -> String {
    format!("dn: uid=user{n},ou=Skole\\, Nord,ou=staff,dc=example,dc=dk\nchangetype: delete\n\n")
}

fn titled(n: usize, title: &str) -> String {
    format!(
        "dn: uid=user{n},ou=Skole\\, Nord,ou=staff,dc=example,dc=dk\nchangetype: modify\nreplace: title\ntitle: {title}\n\n"
    )
}

/// Reads a directory with a mapping, as a feed called ad.
pub struct Reader<'p> {
    pub play: &'p Play,
    pub mapping: Mapping,
    pub authority: Vec<u8>,
    pub password: &'static str,
}

impl<'p> Reader<'p> {
    fn new(play: &'p Play, authority: &Authority, servers: &[String]) -> Self {
        let mapping = Mapping::parse("ad", &mapping(servers)).unwrap();
        let authority = authority.pem.clone().into_bytes();
        Self { play, mapping, authority, password: "the searching account" }
    }

    pub async fn import(&self, extent: Extent) -> Outcome {
        self.play.stage.clock.advance(Millis::seconds(1));
        let place = self.mapping.place.as_ref().unwrap();
        let servers = place.servers(self.password.to_owned().into(), Some(&self.authority)).unwrap();
        let reading = DirectoryReading { mapping: &self.mapping, servers: &servers, extent };
        let strip = async |_: &mut Tx, _: IdentityId| Ok(());
        let spool = tempfile::tempfile().unwrap();
        let importer = self.play.importer();
        importer.import_directory(reading, spool, &mut Noted::default(), &strip).await.unwrap()
    }

    pub async fn look(&self) -> Result<Survey, Unusable> {
        let place = self.mapping.place.as_ref().unwrap();
        let servers = place.servers(self.password.to_owned().into(), Some(&self.authority)).unwrap();
        let reading = DirectoryReading { mapping: &self.mapping, servers: &servers, extent: Extent::All };
        let spool = tempfile::tempfile().unwrap();
        self.play.importer().look_at_directory(reading, spool, &mut Noted::default()).await.unwrap()
    }

    async fn fails(&self, says: &str) {
        let before = written(&self.play.stage).await;
        for extent in [Extent::All, Extent::Changed] {
            let outcome = self.import(extent).await;
            let Outcome::Unusable(why) = outcome else { panic!("{says}: {outcome:?}") };
            assert!(why.to_string().contains(says), "{says}: {why}");
        }
        assert_eq!(written(&self.play.stage).await, before, "{says}");
    }
}

async fn written(stage: &Stage) -> usize {
    stage.seal().await;
    events(stage).await.len()
}

#[tokio::test]
async fn more_people_than_one_answer_may_have_are_read_whole_with_units_and_groups() {
    let authority = Authority::new();
    let odd = "dn: cn=\\23 Berg\\, Bo *)(uid\\3D*,ou=staff,dc=example,dc=dk\nobjectClass: inetOrgPerson\n\
               cn: # Berg, Bo *)(uid=*\nuid: bo\ngivenName: *)(uid=*\nsn: \\2a,ou=x|\nentryUUID: 10000000-0000-4000-8000-000000000000\n";
    let Some(slapd) = Slapd::start_with(&authority, &(people(1_200) + odd), LINES) else { return };
    slapd.modify(
        "dn: cn=Alle\\, også|Admin,dc=example,dc=dk\nchangetype: add\nobjectClass: groupOfNames\n\
         cn: Alle, også|Admin\nmember: uid=user7,ou=Skole\\, Nord,ou=staff,dc=example,dc=dk\n",
    );
    let (authority, slapd) = (&authority, &slapd);
    for_each_engine(|stage| async move {
        let play = Play::new(&stage).await;
        let reader = Reader::new(&play, authority, &at(slapd));
        assert_eq!(reader.look().await.unwrap().count(portner_directory::feed::Kind::Register), 1_201);
        let counts = applied(Ok(reader.import(Extent::All).await));
        assert_eq!((counts.registered, counts.failed), (1_201, 0));
        let seven = play.known_as("ad", &key(7)).await.unwrap();
        assert_eq!(
            (seven.full_name.as_str(), seven.unit.as_deref()),
            ("Anna Andersen7", Some("Skole, Nord"))
        );
        let groups: Vec<_> = seven.groups.iter().map(|group| group.as_str()).collect();
        assert_eq!(groups, ["ad/Alle, også|Admin"], "one group, whatever is in its name");
        let bo = play.known_as("ad", "10000000-0000-4000-8000-000000000000").await.unwrap();
        assert_eq!((bo.full_name.as_str(), bo.user_name.as_str()), ("*)(uid=* \\2a,ou=x|", "bo"));
        let again = applied(Ok(reader.import(Extent::All).await));
        assert_eq!((again.registered, again.changed, again.locked), (0, 0, 0));
    })
    .await;
}

#[tokio::test]
async fn what_is_not_all_of_it_changes_nothing() {
    let authority = Authority::new();
    let total = LINES.replace("prtotal=unlimited", "prtotal=20");
    let Some(limited) = Slapd::start_with(&authority, &people(30), &total) else { return };
    let Some(slapd) = Slapd::start_with(&authority, &people(3), LINES) else { return };
    let gone = &format!("ldaps://localhost:{}", free_port());
    let (authority, slapd, limited) = (&authority, &slapd, &limited);
    for_each_engine(|stage| async move {
        let play = Play::new(&stage).await;
        let servers = [gone.clone(), at(slapd).remove(0)];
        let reader = Reader::new(&play, authority, &servers);
        assert_eq!(applied(Ok(reader.import(Extent::All).await)).registered, 3, "the second answers");
        Reader::new(&play, authority, std::slice::from_ref(gone)).fails("no connection").await;
        // sizeLimitExceeded, or adminLimitExceeded
        Reader::new(&play, authority, &at(limited)).fails("result code").await;
        let mut wrong = Reader::new(&play, authority, &at(slapd));
        wrong.password = "not it";
        wrong.fails("the search account was refused").await;
        for (from, to, says) in [
            ("(objectClass=inetOrgPerson)", "(uid=nobody)", "has no records"),
            ("ou=staff,", "ou=nowhere,", "result code 32"),
        ] {
            let mut reader = Reader::new(&play, authority, &at(slapd));
            reader.mapping = Mapping::parse("ad", &mapping(&at(slapd)).replace(from, to)).unwrap();
            reader.fails(says).await;
        }
        slapd.modify(
            "dn: ou=Elsewhere,ou=staff,dc=example,dc=dk\nchangetype: add\nobjectClass: referral\n\
             objectClass: extensibleObject\nou: Elsewhere\nref: ldap://elsewhere.example.dk/ou=x\n",
        );
        reader.fails("referral").await;
        slapd.modify("dn: ou=Elsewhere,ou=staff,dc=example,dc=dk\nchangetype: delete\n");
        for n in 0..3 {
            assert_eq!(play.known_as("ad", &key(n)).await.unwrap().state, State::Active);
        }
    })
    .await;
}

#[tokio::test]
async fn t_tls_01_people_are_not_read_from_a_directory_whose_certificate_does_not_fit() {
    let (authority, strange) = (Authority::new(), Authority::new());
    let misfits = [
        ("another name", Slapd::vouched_for(&authority, "dc1.example.dk", |_| {})),
        ("self-signed", Slapd::self_signed(&authority)),
        ("another authority", Slapd::start(&strange)),
    ];
    for (what, slapd) in &misfits {
        let Some(slapd) = slapd else { return };
        let authority = &authority;
        for_each_engine(|stage| async move {
            let play = Play::new(&stage).await;
            for server in
                [format!("ldaps://localhost:{}", slapd.ldaps), format!("ldap://localhost:{}", slapd.ldap)]
            {
                let reader = Reader::new(&play, authority, &[server]);
                println!("{what}");
                reader.fails("TLS").await;
            }
        })
        .await;
    }
}

#[tokio::test]
async fn what_changed_is_read_alone_and_only_a_whole_reading_tells_who_is_gone() {
    let authority = &Authority::new();
    for_each_engine(|stage| async move {
        let Some(slapd) = Slapd::start_with(authority, &people(40), LINES) else { return };
        let play = Play::new(&stage).await;
        let reader = Reader::new(&play, authority, &at(&slapd));
        // Without a mark everything is read.
        assert_eq!(applied(Ok(reader.import(Extent::Changed).await)).registered, 40);
        let again = applied(Ok(reader.import(Extent::Changed).await));
        assert_eq!((again.records, again.changed), (4, 0), "what changed last is read again");
        slapd.modify(&(titled(1, "Leder") + &removed(2)));
        let counts = applied(Ok(reader.import(Extent::Changed).await));
        assert_eq!((counts.records, counts.changed, counts.locked), (5, 1, 0), "{counts:?}");
        assert_eq!(play.known_as("ad", &key(1)).await.unwrap().title.as_deref(), Some("Leder"));
        assert_eq!(play.known_as("ad", &key(2)).await.unwrap().state, State::Active);
        assert_eq!(applied(Ok(reader.import(Extent::All).await)).locked, 1);
        assert_eq!(play.known_as("ad", &key(2)).await.unwrap().state, State::Locked);
        // Another mapping says something else about everybody.
        let mut other = Reader::new(&play, authority, &at(&slapd));
        let text = mapping(&at(&slapd)).replace("title = \"title\"\n", "");
        other.mapping = Mapping::parse("ad", &text).unwrap();
        assert_eq!(applied(Ok(other.import(Extent::Changed).await)).records, 39);
    })
    .await;
}

#[tokio::test]
async fn what_was_approved_is_who_loses_whatever_else_changes_meanwhile() {
    let authority = &Authority::new();
    for_each_engine(|stage| async move {
        let Some(slapd) = Slapd::start_with(authority, &people(20), LINES) else { return };
        let play = Play::new(&stage).await;
        let reader = Reader::new(&play, authority, &at(&slapd));
        assert_eq!(applied(Ok(reader.import(Extent::All).await)).registered, 20);
        slapd.modify(&(0..8).map(removed).collect::<String>());
        let held = reader.import(Extent::All).await;
        let Outcome::Held(run, survey) = held else { panic!("{held:?}") };
        assert_eq!(survey.losing, 8);
        slapd.modify(&titled(15, "Leder"));
        let again = reader.import(Extent::All).await;
        assert!(matches!(again, Outcome::Held(same, _) if same == run), "asked about once: {again:?}");
        let mut tx = stage.log.begin(Actor::system("test")).await.unwrap();
        approve(&stage.database, &mut tx, run).await.unwrap().unwrap();
        tx.commit().await.unwrap();
        // As many, but not the same: nobody agreed to that.
        slapd.modify(&(removed(9) + &back(0)));
        let other = reader.import(Extent::All).await;
        assert!(matches!(other, Outcome::Held(another, _) if another != run), "{other:?}");
        let Outcome::Held(run, _) = other else { return };
        let mut tx = stage.log.begin(Actor::system("test")).await.unwrap();
        approve(&stage.database, &mut tx, run).await.unwrap().unwrap();
        tx.commit().await.unwrap();
        slapd.modify(&titled(16, "Leder"));
        let counts = applied(Ok(reader.import(Extent::All).await));
        assert_eq!((counts.locked, counts.changed), (8, 2));
    })
    .await;
}

/// Back, and the same as before.
fn back(n: usize) -> String {
    let entries = people(n + 1);
    let entry = entries.split("\n\n").find(|entry| entry.contains(&format!("uid: user{n}\n"))).unwrap();
    let (name, rest) = entry.split_once('\n').unwrap();
    let rest: Vec<&str> = rest.lines().filter(|line| !line.starts_with("modifyTimestamp")).collect();
    format!("{name}\nchangetype: add\n{}\n\n", rest.join("\n"))
}
