//! Lists of people, a page at a time, however many there are.

use portner_audit_log::Database;
use portner_domain::identity::{State, UserName};
use portner_domain::right::Group;
use portner_domain::unit::{ProductionUnit, Unit};
use portner_domain::{IdentityId, Moment};

use crate::{Error, Lacking, store};

/// Rows on one page, at most.
pub const PAGE_ROWS_MAX: u32 = 100;
/// Longest text to look for, in characters.
pub const SOUGHT_CHARS_MAX: usize = 100;
/// Words of it that count.
pub const SOUGHT_WORDS_MAX: usize = 6;

/// Who is looked for.
#[derive(Clone, Debug, Default)]
pub struct Sought {
    /// Each of these has to begin a word of the name, the user name or the address.
    pub words: Vec<String>,
    /// In one of these parts of the organisation; an absent one is all of it. Empty finds nobody.
    pub units: Vec<Option<Unit>>,
    /// In this state.
    pub state: Option<State>,
    /// Who belongs to this group.
    pub group: Option<Group>,
    /// By what is on record of where they work. Who has ended works nowhere.
    pub filter: Option<Filter>,
}

/// Something on record of where somebody works, or that it is not.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Filter {
    /// In this unit, and in no part of it.
    Unit(Unit),
    /// In this production unit.
    ProductionUnit(ProductionUnit),
    /// This is not on record of them.
    Lacking(Lacking),
}

impl Sought {
    /// What somebody typed.
    pub fn typed(text: &str, units: Vec<Option<Unit>>) -> Self {
        let text: String = text.chars().take(SOUGHT_CHARS_MAX).collect();
        let words = text.split_whitespace().take(SOUGHT_WORDS_MAX).map(str::to_lowercase).collect();
        Self { words, units, ..Self::default() }
    }
}

/// Somebody in a list.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Listed {
    /// The identity.
    pub id: IdentityId,
    /// What they log in with.
    pub user_name: UserName,
    /// Their name; nothing if it is protected.
    pub name: Option<String>,
    /// Where they work.
    pub unit: Option<Unit>,
    /// May they log in?
    pub state: State,
}

/// A page of a list.
#[derive(Clone, Debug)]
pub struct Page {
    /// In order of name.
    pub rows: Vec<Listed>,
    /// After whom the next page goes on, if there is one.
    pub next: Option<IdentityId>,
}

/// Whoever was stopped since then, and is still, the last first.
pub async fn stopped_since(
    db: &Database,
    sought: &Sought,
    since: Moment,
    most: u32,
) -> Result<Vec<Listed>, Error> {
    if sought.units.is_empty() {
        return Ok(Vec::new());
    }
    store::list::stopped_since(db, sought, since, most.min(PAGE_ROWS_MAX)).await
}

/// Somebody as a list has them; nobody who was erased.
pub async fn listed(db: &Database, id: IdentityId) -> Result<Option<Listed>, Error> {
    store::list::listed(db, id).await
}

/// How many members are counted one by one: of more it is said that they are more.
pub const MEMBERS_COUNTED_MAX: u32 = 1_000;

/// A group in a list.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct ListedGroup {
    /// Its name.
    pub group: Group,
    /// How many belong to it; one more than [`MEMBERS_COUNTED_MAX`] stands for any number above.
    pub members: u32,
}

/// A page of groups.
#[derive(Clone, Debug)]
pub struct GroupPage {
    /// In order of name.
    pub rows: Vec<ListedGroup>,
    /// After which the next page goes on, if there is one.
    pub next: Option<Group>,
}

/// The groups whose names have every word of what somebody typed in them, by name, after one in that order.
pub async fn find_groups(
    db: &Database,
    typed: &str,
    after: Option<&Group>,
    rows: u32,
) -> Result<GroupPage, Error> {
    let words = Sought::typed(typed, Vec::new()).words;
    let most = usize::try_from(rows.clamp(1, PAGE_ROWS_MAX)).unwrap_or(usize::MAX);
    let fits = |group: &Group| {
        let name = group.as_str().to_lowercase();
        words.iter().all(|word| name.contains(word))
    };
    let (mut found, mut last) = (Vec::new(), after.cloned());
    loop {
        // One look-up for each group, and none for its members.
        let names = store::list::groups(db, last.as_ref()).await?;
        let Some(end) = names.last() else { break };
        last = Some(end.clone());
        found.extend(names.into_iter().filter(fits));
        if found.len() > most {
            break;
        }
    }
    let next = found.get(most.saturating_sub(1)).filter(|_| found.len() > most).cloned();
    found.truncate(most);
    let mut rows = Vec::with_capacity(found.len());
    for group in found {
        let members = store::list::count_members(db, &group, MEMBERS_COUNTED_MAX.saturating_add(1)).await?;
        rows.push(ListedGroup { group, members });
    }
    Ok(GroupPage { rows, next })
}

/// The group of this name as it is written, whatever its capital letters: nobody makes another by them.
pub async fn group_called(db: &Database, group: &Group) -> Result<Option<Group>, Error> {
    let mut last = None;
    loop {
        let names = store::list::groups(db, last.as_ref()).await?;
        let Some(end) = names.last() else { return Ok(None) };
        last = Some(end.clone());
        if let Some(found) = names.into_iter().find(|name| name.is(group)) {
            return Ok(Some(found));
        }
    }
}

/// Those who are looked for, by name, after somebody in that order.
pub async fn find(
    db: &Database,
    sought: &Sought,
    after: Option<IdentityId>,
    rows: u32,
) -> Result<Page, Error> {
    let most = rows.clamp(1, PAGE_ROWS_MAX);
    let mut found = if sought.units.is_empty() {
        Vec::new()
    } else {
        store::list::find(db, sought, after, most.saturating_add(1)).await?
    };
    let most = usize::try_from(most).unwrap_or(usize::MAX);
    let has_more = found.len() > most;
    found.truncate(most);
    let next = found.last().filter(|_| has_more).map(|last| last.id);
    Ok(Page { rows: found, next })
}
