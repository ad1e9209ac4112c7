//! Who may log in at a service provider, by the groups they belong to.

use portner_domain::right::{Group, Holdings};
use serde::{Deserialize, Serialize};

/// Who may log in. Both conditions hold; an empty one is no condition.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct GroupCondition {
    /// Members of at least one of these.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub any_of: Vec<Group>,
    /// Members of none of these.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub none_of: Vec<Group>,
}

/// Why somebody may not log in at a service provider.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Excluded {
    /// They belong to none of the groups that may.
    InNoAdmittedGroup,
    /// They belong to a group that may not.
    InExcludedGroup,
}

impl Excluded {
    /// A word that never changes, for the log.
    pub const fn code(self) -> &'static str {
        match self {
            Self::InNoAdmittedGroup => "in-no-admitted-group",
            Self::InExcludedGroup => "in-excluded-group",
        }
    }
}

impl GroupCondition {
    /// Is everybody admitted?
    pub const fn is_empty(&self) -> bool {
        self.any_of.is_empty() && self.none_of.is_empty()
    }

    /// May somebody with these holdings log in? Nobody may whose groups were not read, if there is a condition.
    pub fn admits(&self, holdings: Option<&Holdings>) -> Result<(), Excluded> {
        if self.is_empty() {
            return Ok(());
        }
        let held = holdings.map(|holdings| holdings.groups.as_slice());
        let held = held.ok_or(Excluded::InNoAdmittedGroup)?;
        let in_any = |groups: &[Group]| groups.iter().any(|group| held.iter().any(|has| has.is(group)));
        if in_any(&self.none_of) {
            return Err(Excluded::InExcludedGroup);
        }
        if self.any_of.is_empty() || in_any(&self.any_of) { Ok(()) } else { Err(Excluded::InNoAdmittedGroup) }
    }
}

#[cfg(test)]
mod tests {
    use portner_domain::right::Holdings;

    use super::{Excluded, GroupCondition};

    #[test]
    fn who_is_admitted_is_in_one_of_these_and_none_of_those() {
        let groups = |names: &[&str]| names.iter().map(|name| name.parse().unwrap()).collect::<Vec<_>>();
        let check = |any_of: &[&str], none_of: &[&str], held: &[&str], expected| {
            let condition = GroupCondition { any_of: groups(any_of), none_of: groups(none_of) };
            let holdings = Holdings { groups: groups(held), rights: Vec::new() };
            assert_eq!(condition.admits(Some(&holdings)), expected, "{any_of:?} {none_of:?} {held:?}");
        };
        check(&[], &[], &[], Ok(()));
        check(&["a", "b"], &[], &["x", "B"], Ok(()));
        check(&["a", "b"], &[], &["x"], Err(Excluded::InNoAdmittedGroup));
        check(&["a"], &[], &[], Err(Excluded::InNoAdmittedGroup));
        check(&[], &["a"], &[], Ok(()));
        check(&[], &["a"], &["A"], Err(Excluded::InExcludedGroup));
        check(&["b"], &["a"], &["a", "b"], Err(Excluded::InExcludedGroup));
    }

    #[test]
    fn whose_groups_were_not_read_is_not_admitted() {
        let condition = GroupCondition { any_of: Vec::new(), none_of: vec!["a".parse().unwrap()] };
        assert!(condition.admits(None).is_err());
        assert!(GroupCondition::default().admits(None).is_ok());
    }
}
