//! Lists of people, a page at a time, however many there are.

use portner_audit_log::Database;
use portner_domain::IdentityId;
use portner_domain::identity::{State, UserName};
use portner_domain::unit::Unit;

use crate::{Error, store};

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
}

impl Sought {
    /// What somebody typed.
    pub fn typed(text: &str, units: Vec<Option<Unit>>) -> Self {
        let text: String = text.chars().take(SOUGHT_CHARS_MAX).collect();
        let words = text.split_whitespace().take(SOUGHT_WORDS_MAX).map(str::to_lowercase).collect();
        Self { words, units, state: None }
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
