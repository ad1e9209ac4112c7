//! Groups and rights: of one person, the groups there are, and who belongs to one.

use super::OfficeFrame;
use crate::pages::{Content, Problem, page};
use crate::text::Language;

/// Something held, and where it is taken away.
#[derive(Clone, Debug)]
pub struct HeldRow {
    /// What, in words.
    pub what: String,
    /// Where to read more of it.
    pub href: Option<String>,
    /// Where it is taken away.
    pub take_href: String,
}

/// What somebody belongs to and may do.
#[derive(Clone, Debug)]
pub struct RightsPage<'a> {
    /// What stands around it.
    pub frame: &'a OfficeFrame,
    /// Who.
    pub name: &'a str,
    /// Their groups.
    pub groups: Vec<HeldRow>,
    /// Their rights.
    pub rights: Vec<HeldRow>,
    /// Where they are put into a group.
    pub join_href: &'a str,
    /// Where they are given a right.
    pub grant_href: &'a str,
    /// Their page.
    pub back_href: &'a str,
}

page!(RightsPage<'a>, "office_rights.html");

impl Content for RightsPage<'_> {
    fn heading(&self, say: Language) -> String {
        say.about("rights-heading", "name", self.name)
    }

    fn problems(&self, say: Language) -> Vec<Problem> {
        self.frame.problems(say)
    }
}

/// A group in a list.
#[derive(Clone, Debug)]
pub struct GroupRow {
    /// Where its members are.
    pub href: String,
    /// Its name.
    pub name: String,
    /// How many belong to it, in words.
    pub members: String,
}

/// The groups, by name.
#[derive(Clone, Debug)]
pub struct GroupsPage<'a> {
    /// What stands around it.
    pub frame: &'a OfficeFrame,
    /// Where the form goes.
    pub action: &'a str,
    /// What is looked for.
    pub sought: &'a str,
    /// Those on this page.
    pub rows: Vec<GroupRow>,
    /// Where the list goes on.
    pub next_href: Option<String>,
    /// Is it the first page?
    pub is_first: bool,
}

page!(GroupsPage<'a>, "office_groups.html");

impl Content for GroupsPage<'_> {
    fn heading(&self, say: Language) -> String {
        say.text("groups-heading")
    }

    fn problems(&self, say: Language) -> Vec<Problem> {
        self.frame.problems(say)
    }
}

/// Somebody in a list of a group.
#[derive(Clone, Debug)]
pub struct MemberRow {
    /// Their page.
    pub href: String,
    /// Their name, if it may stand in a list.
    pub name: Option<String>,
    /// What they log in with.
    pub user_name: String,
    /// Where they work.
    pub unit: Option<String>,
    /// Where they are taken out, or put in.
    pub act_href: String,
}

/// Who belongs to a group, and who might.
#[derive(Clone, Debug)]
pub struct MembersPage<'a> {
    /// What stands around it.
    pub frame: &'a OfficeFrame,
    /// The group.
    pub group: &'a str,
    /// Where the forms go.
    pub action: &'a str,
    /// Which of its members are looked for.
    pub sought: &'a str,
    /// Those on this page.
    pub rows: Vec<MemberRow>,
    /// Who is looked for, to be put in.
    pub adding: &'a str,
    /// Those who were found.
    pub found: Vec<MemberRow>,
    /// Where the list goes on.
    pub next_href: Option<String>,
    /// Where it begins, if this is not the first page.
    pub first_href: Option<String>,
}

page!(MembersPage<'a>, "office_members.html");

impl Content for MembersPage<'_> {
    fn heading(&self, say: Language) -> String {
        say.about("members-heading", "group", self.group)
    }

    fn problems(&self, say: Language) -> Vec<Problem> {
        self.frame.problems(say)
    }
}
