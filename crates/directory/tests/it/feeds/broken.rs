//! Sources that are empty, broken or changing, and records that can't be used.

use portner_audit_log::testing::{Stage, for_each_engine};
use portner_directory::feed::{
    Csv, KEY_CHARS_MAX, Mapping, Outcome, RECORD_BYTES_MAX, Row, Source, Unusable,
};
use portner_domain::identity::State;

use super::play::{HEADER, MAPPING, Noted, Play, applied, csv, people, rows};
use crate::stage::events;

async fn written(stage: &Stage) -> usize {
    stage.seal().await;
    events(stage).await.len()
}

#[tokio::test]
async fn a_source_that_can_not_be_used_changes_nothing() {
    for_each_engine(|stage| async move {
        let play = Play::new(&stage).await;
        applied(play.import(people(0..3)).await);
        let before = written(&stage).await;
        let huge = format!("{HEADER}\n1;user1;\"{}\";A;;;;;;;;;;;;\n", "x".repeat(2 * 1024 * 1024));
        let open = format!("{HEADER}\n1;user1;\"Anna;A;;;;;;;;;;;;\n{}", people(0..3_000));
        let latin = people(0..3).replace("Anna", "S\u{f8}ren").chars().map(|c| c as u8).collect::<Vec<u8>>();
        let cases: [(&str, Vec<u8>); 7] = [
            ("empty", Vec::new()),
            ("header only", format!("{HEADER}\n").into()),
            ("comma for semicolon", people(0..3).replace(';', ",").into()),
            ("without a column", people(0..3).replace("Bruger", "User").into()),
            ("a field of 2 MB", huge.into()),
            ("an open quotation mark", open.into()),
            ("another encoding", latin),
        ];
        for (what, file) in cases {
            let outcome = play.import(&file).await.unwrap();
            assert!(matches!(outcome, Outcome::Unusable(_)), "{what}: {outcome:?}");
            assert!(play.look(&file).await.is_err(), "{what}");
            assert_eq!(written(&stage).await, before, "{what}");
        }
        let missing = play.look(people(0..3).replace("Bruger", "User")).await.unwrap_err();
        assert_eq!(missing, Unusable::NoSuchColumn(vec!["Bruger".to_owned()]));
        assert_eq!(play.look("").await.unwrap_err(), Unusable::Empty);
    })
    .await;
}

#[tokio::test]
async fn a_record_has_room_and_no_more() {
    let mapping = Mapping::parse("payroll", MAPPING).unwrap();
    let line = |bytes: usize| format!("{HEADER}\n1;user1;{};A;;;;;;;;;;;;\n", "x".repeat(bytes));
    let max = usize::try_from(RECORD_BYTES_MAX).unwrap();
    assert_eq!(rows(&mut csv(&mapping, line(max - 100))).await, Ok(1));
    assert!(rows(&mut csv(&mapping, line(2 * max))).await.is_err());
    // What is read at once is no limit: small records follow each other for ever.
    assert_eq!(rows(&mut csv(&mapping, people(0..20_000))).await, Ok(20_000));
}

#[tokio::test]
async fn records_that_can_not_be_used_are_told_and_leave_what_is_on_record() {
    for_each_engine(|stage| async move {
        let play = Play::new(&stage).await;
        applied(play.import(people(1..=9)).await);
        let file = [
            HEADER,
            "1;user1;Anna;Andersen1;;;;;;;0132701234;;;;;",
            "2;user2;;Andersen2;;;;;;;;;;;;",
            "3;user3;Berta;Andersen3;;;;;;;;;;;;",
            "3;user33;Carla;Andersen3;;;;;;;;;;;;",
            "4;same;Berta;Andersen4;;;;;;;;;;;;",
            "5;Same;Berta;Andersen5;;;;;;;;;;;;",
            "6;user7;Berta;Andersen6;;;;;;;;;;;;",
            "7;user7;Berta;Andersen7;;;;;;;;31-02-2026;;;;",
            "8;user8;Berta;Andersen8;;måske;;;;;;;;;;",
            "9;user9;Berta;Andersen9;;;;;;;;;;;;",
            "10;user10;Dora;Dahl;;;;;;;;;;;;",
        ];
        let counts = applied(play.import(file.join("\n")).await);
        assert_eq!((counts.failed, counts.changed, counts.registered, counts.locked), (9, 1, 1, 0));
        let told = play.told().join("\n");
        for says in [
            "2: cpr: a CPR number is",
            "3: first_name is empty",
            "4: several records have this key",
            "5: several records have this key",
            "6: several records have this user name",
            "7: several records have this user name",
            "8: the user name is taken",
            "9: valid_from: it is not a day",
            "10: protected: it is neither",
        ] {
            assert!(told.contains(says), "{says} in {told}");
        }
        assert!(!told.contains("0132701234"), "{told}");
        for key in 1..=8 {
            let known = play.known(&key.to_string()).await.unwrap();
            assert_eq!((known.full_name, known.state), (format!("Anna Andersen{key}"), State::Active));
        }
        assert_eq!(play.known("9").await.unwrap().full_name, "Berta Andersen9");
    })
    .await;
}

#[tokio::test]
async fn whose_key_can_not_be_read_may_be_anybodys_and_nobody_is_stopped() {
    for_each_engine(|stage| async move {
        let play = Play::new(&stage).await;
        applied(play.import(people(1..=9)).await);
        let long = "k".repeat(KEY_CHARS_MAX + 1);
        for broken in
            [";user9;Anna;A;;;;;;;;;;;;", "9;user9;Anna;A;;x", &format!("{long};user9;Anna;A;;;;;;;;;;;;")]
        {
            let file = people(1..=7) + broken + "\n";
            let survey = play.look(&file).await.unwrap();
            assert_eq!((survey.left_alone, survey.losing, survey.failed), (2, 0, 1), "{broken}");
            assert_eq!(applied(play.import(&file).await).locked, 0, "{broken}");
        }
        assert_eq!(applied(play.import(people(1..=7)).await).locked, 2);
    })
    .await;
}

#[tokio::test]
async fn a_windows_file_has_its_letters() {
    for_each_engine(|stage| async move {
        let play = Play::new(&stage).await;
        let file = format!("{HEADER}\n1;søren;Søren Ærø;Ågård;;;;;;;;;;;;\n");
        let bytes: Vec<u8> = file.chars().map(|c| c as u8).collect();
        let mapping = MAPPING.replace("load", "encoding = \"windows-1252\"\nload");
        applied(play.import_as("payroll", &mapping, bytes).await);
        let known = play.known("1").await.unwrap();
        assert_eq!((known.full_name.as_str(), known.user_name.as_str()), ("Søren Ærø Ågård", "søren"));
        let marked = format!("\u{feff}{file}");
        assert!(play.look(&marked).await.unwrap().is_empty(), "UTF-8, and with a byte order mark");
    })
    .await;
}

#[tokio::test]
async fn what_a_spreadsheet_would_compute_is_a_text_here() {
    for_each_engine(|stage| async move {
        let play = Play::new(&stage).await;
        let file = format!("{HEADER}\n=1+1;user1;=cmd|' /C calc'!A0;@SUM(1);+45;;;-1;;;;;;;;\n");
        applied(play.import(&file).await);
        let known = play.known("=1+1").await.unwrap();
        assert_eq!(known.full_name, "=cmd|' /C calc'!A0 @SUM(1)");
        assert_eq!(known.title.as_deref(), Some("-1"));
    })
    .await;
}

/// Says all the first times, and fewer from then on.
struct Fickle<'m> {
    csv: Csv<'m>,
    begun: u32,
    honest: u32,
}

impl Source for Fickle<'_> {
    async fn begin(&mut self) -> Result<(), Unusable> {
        self.begun += 1;
        self.csv.begin().await
    }

    async fn next(&mut self, most: usize) -> Result<Vec<Row>, Unusable> {
        let rows = self.csv.next(most).await?;
        Ok(if self.begun > self.honest { Vec::new() } else { rows })
    }

    fn digest(&self) -> String {
        if self.begun > self.honest { "another".to_owned() } else { self.csv.digest() }
    }
}

#[tokio::test]
async fn nobody_is_stopped_by_a_source_that_changes_while_it_is_read() {
    for_each_engine(|stage| async move {
        let play = Play::new(&stage).await;
        applied(play.import(people(1..=9)).await);
        let mapping = Mapping::parse("payroll", MAPPING).unwrap();
        for honest in [1, 2] {
            let mut source = Fickle { csv: csv(&mapping, people(2..=10)), begun: 0, honest };
            let strip = async |_: &mut portner_audit_log::Tx, _| Ok(());
            let mut watch = Noted::default();
            let outcome =
                play.importer().import(&mapping.feed, &mut source, &mut watch, &strip).await.unwrap();
            assert!(matches!(outcome, Outcome::Unusable(Unusable::Changed)), "{honest}: {outcome:?}");
            assert_eq!(play.known("1").await.unwrap().state, State::Active, "{honest}");
        }
    })
    .await;
}
