//! A policy before and after: what differs, and whether it could let out more than before.

use super::{IfMissing, Policy, Release};

/// The lines that differ, `-` before and `+` after, with those around them left out.
pub fn changes(before: &str, after: &str) -> Vec<String> {
    let (old, new): (Vec<_>, Vec<_>) = (before.lines().collect(), after.lines().collect());
    let common = common_lengths(&old, &new);
    let at = |i: usize, j: usize| common.get(i).and_then(|row| row.get(j)).copied().unwrap_or(0);
    let (mut i, mut j, mut lines) = (0, 0, Vec::new());
    loop {
        match (old.get(i), new.get(j)) {
            (None, None) => return lines,
            (Some(a), Some(b)) if a == b => (i, j) = (i + 1, j + 1),
            (Some(gone), next) if next.is_none() || at(i + 1, j) >= at(i, j + 1) => {
                lines.push(format!("- {gone}"));
                i += 1;
            }
            (_, Some(come)) => {
                lines.push(format!("+ {come}"));
                j += 1;
            }
            (Some(_), None) => i += 1,
        }
    }
}

/// At `[i][j]`: how many lines `old[i..]` and `new[j..]` have in common, in order. Policies are short.
fn common_lengths(old: &[&str], new: &[&str]) -> Vec<Vec<usize>> {
    let mut rows = vec![vec![0; new.len() + 1]];
    for line in old.iter().rev() {
        let below = rows.last().cloned().unwrap_or_default();
        let mut row = vec![0; new.len() + 1];
        for (j, other) in new.iter().enumerate().rev() {
            let value = |row: &[usize], at: usize| row.get(at).copied().unwrap_or(0);
            let best = if line == other {
                value(&below, j + 1) + 1
            } else {
                value(&below, j).max(value(&row, j + 1))
            };
            if let Some(cell) = row.get_mut(j) {
                *cell = best;
            }
        }
        rows.push(row);
    }
    rows.reverse();
    rows
}

impl Policy {
    /// Does this policy let out no more, to nobody else and no more easily than `before`? Only what can be seen at a glance
    /// counts: a level that is higher, attributes that are gone, proofs that count for shorter, where people start. Whoever
    /// takes away that much needs nobody's word for it.
    pub fn only_tightens(&self, before: &Self) -> bool {
        let shorter =
            |now: Option<u32>, then: Option<u32>| then.is_none_or(|then| now.is_some_and(|now| now <= then));
        let released = |release| before.attributes.contains(release);
        // Whoever lacks what may not be missing gets no answer: without it, more do.
        let lets_in =
            |release: &&Release| release.if_missing == IfMissing::Deny && !self.attributes.contains(release);
        let same_otherwise = Self {
            required_level: before.required_level,
            session: before.session,
            attributes: before.attributes.clone(),
            ..self.clone()
        };
        same_otherwise == *before
            && self.required_level >= before.required_level
            && shorter(self.session.password_minutes, before.session.password_minutes)
            && shorter(self.session.second_factor_minutes, before.session.second_factor_minutes)
            && self.attributes.iter().all(released)
            && self.attributes.len() <= before.attributes.len()
            && !before.attributes.iter().any(|release| lets_in(&release))
    }
}

#[cfg(test)]
mod tests {
    use super::changes;
    use crate::policy::{IfMissing, Policy};

    #[test]
    fn what_differs_is_shown_and_nothing_else() {
        assert_eq!(changes("a\nb\nc\nd", "a\nx\nc\nd\ne"), ["- b", "+ x", "+ e"]);
        assert_eq!(changes("a\nb\nc", "c"), ["- a", "- b"]);
        assert_eq!(changes("", "a"), ["+ a"]);
        assert!(changes("a\nb", "a\nb").is_empty());
    }

    #[test]
    fn what_tightens_is_told_from_what_may_let_out_more() {
        let plain = "profile = \"plain\"\n";
        let check = |before: &str, after: &str, tightens: bool| {
            let policy = |text: &str| Policy::from_toml(&format!("{plain}{text}")).unwrap();
            assert_eq!(policy(after).only_tightens(&policy(before)), tightens, "{before:?} to {after:?}");
        };
        let (low, substantial) = ("required_level = \"Low\"", "required_level = \"Substantial\"");
        check("", "", true);
        check("", low, true);
        check(low, substantial, true);
        check(substantial, low, false);
        check(low, "", false);
        check("", "attributes = []", true);
        check("attributes = []", "", false);
        check("", "[session]\npassword_minutes = 5", true);
        check("[session]\npassword_minutes = 5", "[session]\npassword_minutes = 6", false);
        check("[session]\npassword_minutes = 5", "", false);
        check("", "name_id = \"email\"", false);
        check("", "encryption = \"oiosaml3\"", false);
        check("", "[groups]\nany_of = [\"a\"]", false);
        check("", "home_url = \"https://sp.example/\"", false);
    }

    #[test]
    fn an_attribute_twice_is_not_less() {
        let one = Policy::of_profile("plain").unwrap();
        let mut twice = one.clone();
        twice.attributes.pop();
        let first = twice.attributes.first().cloned().unwrap();
        twice.attributes.extend([first.clone(), first]);
        assert!(!twice.only_tightens(&one));
    }

    #[test]
    fn to_give_up_what_may_not_be_missing_lets_more_people_in() {
        let before = Policy::of_profile("oiosaml3-professional").unwrap();
        let without = |if_missing| {
            let mut after = before.clone();
            let at = after.attributes.iter().position(|it| it.if_missing == if_missing).unwrap();
            after.attributes.remove(at);
            after
        };
        assert!(without(IfMissing::Omit).only_tightens(&before));
        assert!(!without(IfMissing::Deny).only_tightens(&before));
    }
}
