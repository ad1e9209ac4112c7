//! People as a file of comma-separated values: for spreadsheets, and never a trap for one.

use portner_audit_log::{Database, Event, Tx};
use portner_domain::identity::{State, UserName};
use portner_domain::life::{Admission, Validity};
use portner_domain::right::Holdings;
use portner_domain::unit::Unit;
use portner_domain::{IdentityId, Moment};

use crate::{Error, Sought, Source, store};

/// People read and written at a time, however many there are.
pub const EXPORT_PAGE_ROWS: u32 = 1_000;

/// What a spreadsheet may take for the beginning of a formula, or for the end of the value before it. The wide forms count
/// as the others in some of them.
const FORMULA_SIGNS: [char; 11] = ['=', '+', '-', '@', '\t', '\r', '\n', '＝', '＋', '－', '＠'];

const HEADER: [&str; 13] = [
    "identity",
    "user_name",
    "name",
    "email",
    "title",
    "unit",
    "state",
    "level",
    "valid_from",
    "valid_until",
    "feed",
    "key",
    "registered",
];

const HOLDINGS_HEADER: [&str; 8] =
    ["identity", "user_name", "name", "unit", "kind", "what", "scope", "constraints"];

/// Somebody in the file. There are no CPR numbers in it.
#[derive(Clone, Debug)]
pub struct Exported {
    /// The identity.
    pub id: IdentityId,
    /// What they log in with.
    pub user_name: String,
    /// Their name; nothing if it is protected.
    pub name: Option<String>,
    /// Work e-mail; nothing if the name is protected, which it mostly has in it.
    pub email: Option<String>,
    /// What they do.
    pub title: Option<String>,
    /// Where they work.
    pub unit: Option<Unit>,
    /// May they log in?
    pub state: State,
    /// May they have a level?
    pub admission: Admission,
    /// From when and until when.
    pub validity: Validity,
    /// Where they come from.
    pub source: Option<Source>,
    /// Since when they are here.
    pub registered: Moment,
}

/// Somebody who belongs to groups or holds rights.
#[derive(Clone, Debug)]
pub(crate) struct Holder {
    pub(crate) id: IdentityId,
    pub(crate) user_name: UserName,
    /// Nothing if it is protected.
    pub(crate) name: Option<String>,
    pub(crate) unit: Option<Unit>,
    pub(crate) holdings: Holdings,
}

/// People, or what they belong to and may do, as a file: a part at a time.
pub struct PeopleFile {
    db: Database,
    of: Of,
    sought: Sought,
    after: Option<IdentityId>,
    is_begun: bool,
    is_over: bool,
}

/// What of them is in the file.
enum Of {
    /// A line for each.
    People,
    /// A line for each group and right.
    Holdings,
}

/// Say that those who are looked for are handed out as a file, before they are: how many, and how they were looked for.
/// What was typed may be a name, which does not belong into the log.
pub async fn export_people(db: &Database, tx: &mut Tx, sought: Sought) -> Result<PeopleFile, Error> {
    let people = if sought.units.is_empty() { 0 } else { store::list::count(db, &sought).await? };
    let units = if sought.units.contains(&None) { Vec::new() } else { sought.units.clone() };
    let event = Event::PeopleExported {
        units: units.into_iter().flatten().collect(),
        state: sought.state.map(|state| state.word().to_owned()),
        by_name: !sought.words.is_empty(),
        people,
    };
    tx.write(event);
    Ok(PeopleFile { db: db.clone(), of: Of::People, sought, after: None, is_begun: false, is_over: false })
}

impl PeopleFile {
    /// The next part; nothing at the end.
    pub async fn next(&mut self) -> Result<Option<Vec<u8>>, Error> {
        if self.is_over {
            return Ok(None);
        }
        let header: &[&str] = match self.of {
            Of::People => &HEADER,
            Of::Holdings => &HOLDINGS_HEADER,
        };
        let header = (!self.is_begun).then(|| header.iter().map(|&name| name.to_owned()).collect());
        self.is_begun = true;
        let (last, rows, lines) = self.page().await?;
        self.is_over = u32::try_from(rows).is_ok_and(|rows| rows < EXPORT_PAGE_ROWS);
        self.after = last.or(self.after);
        csv_lines(header.into_iter().chain(lines)).map(Some)
    }

    /// The last of the next people, how many they are, and their lines.
    async fn page(&self) -> Result<(Option<IdentityId>, usize, Vec<Vec<String>>), Error> {
        if self.sought.units.is_empty() {
            return Ok((None, 0, Vec::new()));
        }
        let (db, sought) = (&self.db, &self.sought);
        Ok(match self.of {
            Of::People => {
                let page = store::list::export(db, sought, self.after, EXPORT_PAGE_ROWS).await?;
                let (last, rows) = (page.last().map(|last| last.id), page.len());
                (last, rows, page.into_iter().map(|row| row.values().to_vec()).collect())
            }
            Of::Holdings => {
                let page = store::list::holders(db, sought, self.after, EXPORT_PAGE_ROWS).await?;
                (page.last().map(|last| last.id), page.len(), page.iter().flat_map(Holder::lines).collect())
            }
        })
    }
}

/// Everybody in these units who belongs to a group or holds a right, as a file with a line for each. Whoever hands it out
/// says so before.
pub fn export_holdings(db: &Database, units: Vec<Option<Unit>>) -> PeopleFile {
    let sought = Sought { units, ..Sought::default() };
    PeopleFile { db: db.clone(), of: Of::Holdings, sought, after: None, is_begun: false, is_over: false }
}

impl Holder {
    fn lines(&self) -> Vec<Vec<String>> {
        let line = |kind: &str, what: String, scope: String, constraints: String| {
            let text = |text: Option<String>| text.unwrap_or_default();
            let who = [self.id.to_string(), self.user_name.to_string(), text(self.name.clone())];
            let unit = text(self.unit.clone().map(String::from));
            who.into_iter().chain([unit, kind.to_owned(), what, scope, constraints]).collect()
        };
        let groups = self.holdings.groups.iter();
        let groups =
            groups.map(|group| line("group", group.as_str().to_owned(), String::new(), String::new()));
        let rights = self.holdings.rights.iter().map(|right| {
            let constraints: Vec<String> = right.constraints.iter().map(ToString::to_string).collect();
            let (what, scope) = (right.privilege.as_str().to_owned(), right.scope.to_string());
            line("right", what, scope, constraints.join(" "))
        });
        groups.chain(rights).collect()
    }
}

/// Lines of comma-separated values, none of which a spreadsheet computes.
pub fn csv_lines(rows: impl IntoIterator<Item = Vec<String>>) -> Result<Vec<u8>, Error> {
    // RFC 4180: lines end so, and quotation marks where they are needed.
    let mut out = csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(Vec::new());
    for row in rows {
        let written = out.write_record(row.into_iter().map(inert));
        written.map_err(|error| Error::Corrupt(format!("a line of a file: {error}")))?;
    }
    out.into_inner().map_err(|error| Error::Corrupt(format!("a file: {error}")))
}

impl Exported {
    fn values(self) -> [String; 13] {
        let (feed, key) = self.source.map(|source| (source.feed, source.key)).unzip();
        let text = Option::unwrap_or_default;
        let when = |at: Option<Moment>| at.map(Moment::xs_date_time).unwrap_or_default();
        [
            self.id.to_string(),
            self.user_name,
            text(self.name),
            text(self.email),
            text(self.title),
            text(self.unit.map(String::from)),
            self.state.word().to_owned(),
            self.admission.word().to_owned(),
            when(self.validity.from),
            when(self.validity.until),
            text(feed),
            text(key.map(without_cpr)),
            when(Some(self.registered)),
        ]
    }
}

/// What a spreadsheet would take for a formula is a text there, too.
pub(crate) fn inert(text: String) -> String {
    if text.starts_with(FORMULA_SIGNS) { format!("'{text}") } else { text }
}

/// Ten digits may be a person's number in the wrong column.
pub(crate) fn without_cpr(key: String) -> String {
    let digits = key.chars().filter(char::is_ascii_digit).count();
    let looks_like_one = digits >= 10 && key.parse::<portner_domain::cpr::Cpr>().is_ok();
    if looks_like_one { "(looks like a CPR number)".to_owned() } else { key }
}
