//! People as a file: all of them, in parts, and nothing in it that does anything.

use portner_audit_log::Event;
use portner_audit_log::testing::{Stage, for_each_engine};
use portner_directory::{EXPORT_PAGE_ROWS, Sought, export_people};
use portner_domain::identity::State;
use portner_domain::unit::Unit;

use crate::feeds::play::{HEADER, Play, applied, people};
use crate::stage::{begin, events};

/// The parts of a file, and its lines.
async fn exported(stage: &Stage, sought: Sought) -> (usize, Vec<Vec<String>>) {
    let mut tx = begin(stage).await;
    let mut file = export_people(&stage.database, &mut tx, sought).await.unwrap();
    tx.commit().await.unwrap();
    let mut parts = Vec::new();
    while let Some(part) = file.next().await.unwrap() {
        parts.push(part);
    }
    let all = parts.concat();
    assert!(all.ends_with(b"\r\n"), "RFC 4180");
    let mut reader = csv::Reader::from_reader(all.as_slice());
    let lines = reader.records().map(|line| line.unwrap().iter().map(str::to_owned).collect());
    (parts.len(), lines.collect())
}

fn unit(path: &str) -> Option<Unit> {
    Some(path.parse().unwrap())
}

#[tokio::test]
async fn everybody_who_is_sought_is_in_the_file_once_and_the_log_says_how_many() {
    for_each_engine(|stage| async move {
        let play = Play::new(&stage).await;
        let count = usize::try_from(EXPORT_PAGE_ROWS).unwrap() * 2 + 7;
        applied(play.import(people(0..count)).await);
        let (parts, lines) = exported(&stage, Sought::typed("", vec![None])).await;
        assert_eq!((parts, lines.len()), (3, count));
        let ids: std::collections::BTreeSet<&String> = lines.iter().map(|line| &line[0]).collect();
        assert_eq!(ids.len(), count);
        // As many as a page has: the next is empty, and the file ends.
        let (parts, lines) = exported(&stage, Sought::typed("user199", vec![None])).await;
        assert_eq!((parts, lines.len()), (1, 11));
        let (_, lines) = exported(&stage, Sought::typed("", vec![])).await;
        assert!(lines.is_empty(), "nobody may be found where nobody may look");
        let ended = Sought { state: Some(State::Ended), ..Sought::typed("", vec![unit("Skole")]) };
        assert!(exported(&stage, ended).await.1.is_empty());
        stage.seal().await;
        let said: Vec<Event> =
            events(&stage).await.into_iter().filter(|it| it.kind() == "people-exported").collect();
        let event = |units: &[Option<Unit>], state: Option<&str>, by_name, people| Event::PeopleExported {
            units: units.iter().flatten().cloned().collect(),
            state: state.map(str::to_owned),
            by_name,
            people,
        };
        let all = u64::try_from(count).unwrap();
        assert_eq!(
            said,
            [
                event(&[], None, false, all),
                event(&[], None, true, 11),
                event(&[], None, false, 0),
                event(&[unit("Skole")], Some("ended"), false, 0),
            ]
        );
    })
    .await;
}

#[tokio::test]
async fn t_csv_01_no_value_is_a_formula_and_no_number_or_protected_name_is_in_the_file() {
    for_each_engine(|stage| async move {
        let play = Play::new(&stage).await;
        let file = format!(
            "{HEADER}\n\
             =1;a1;\"=HYPERLINK(\"\"http://x\"\")\";A;;;;+45 12;Skole/Nord;;010170-1234;;;;;\n\
             @2;-b;Bo;B;@SUM(1);;=b@x.dk;-2;=cmd;;;01-02-2026;31-12-2030;ja;;\n\
             3;c3;Hemmelig;Person;;ja;hemmelig@x.dk;\"Chef; \"\"stor\"\"\";Vej;;;;;;;\n\
             0101701234;d4;Dan;D;＝1;;;;;;;;;;;\n"
        );
        assert_eq!(applied(play.import(&file).await).registered, 4);
        let (_, lines) = exported(&stage, Sought::typed("", vec![None])).await;
        let of = |user: &str| lines.iter().find(|line| line[1] == user).unwrap_or_else(|| panic!("{user}"));
        let shown = |user: &str| of(user)[2..6].iter().map(String::as_str).collect::<Vec<_>>();
        assert_eq!(shown("a1"), ["'=HYPERLINK(\"http://x\") A", "", "'+45 12", "Skole/Nord"]);
        assert_eq!(shown("'-b"), ["'@SUM(1)", "'=b@x.dk", "'-2", "'=cmd"]);
        assert_eq!(shown("c3"), ["", "", "Chef; \"stor\"", "Vej"], "the name is protected");
        assert_eq!((shown("d4")[0], of("d4")[11].as_str()), ("'＝1", "(looks like a CPR number)"));
        assert_eq!(of("a1")[10..12], ["payroll", "'=1"]);
        assert_eq!(of("'-b")[7..10], ["permitted", "2026-01-31T23:00:00.000Z", "2030-12-31T23:00:00.000Z"]);
        let signs = ['=', '+', '-', '@', '\t', '\r', '\n'];
        assert!(lines.iter().flatten().all(|value| !value.starts_with(signs)));
        let all: String = lines.concat().concat();
        assert!(!all.contains("1234") && !all.contains("emmelig"), "{all}");
        let (_, lines) = exported(&stage, Sought::typed("", vec![unit("Skole")])).await;
        assert_eq!(lines.len(), 1);
    })
    .await;
}
