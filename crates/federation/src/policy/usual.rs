//! The entries of a policy that most people ever change, as a form has them.

use super::{Policy, PolicyError};

/// What a form says. Empty text is nothing.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Usual {
    /// The profile. Another one than before begins anew with what it says, and nothing else of the form counts.
    pub profile: String,
    /// The level that is asked for in any case.
    pub required_level: String,
    /// How people are named: a word, or that of a circle after `group:`.
    pub name_id: String,
    /// How to encrypt; a word. Algorithms that were written out stay as they are.
    pub encryption: String,
    /// For how many minutes a password counts.
    pub password_minutes: String,
    /// … and a second factor.
    pub second_factor_minutes: String,
    /// Groups of which one is needed, a line each.
    pub any_of: String,
    /// Groups that keep out, a line each.
    pub none_of: String,
    /// The names of attributes that are released no more.
    pub without: Vec<String>,
}

/// Algorithms that are written out are not among the words.
pub const EXPLICIT: &str = "explicit";
/// What stands before the name of a circle.
const CIRCLE: &str = "group:";

impl Usual {
    /// As the form begins.
    pub fn of(policy: &Policy) -> Self {
        let table = table(policy);
        let word = |name: &str| match table.get(name) {
            Some(toml::Value::String(word)) => word.clone(),
            Some(toml::Value::Table(it)) if name == "name_id" => {
                let circle = it.get("pairwise-group").and_then(toml::Value::as_str);
                circle.map(|circle| format!("{CIRCLE}{circle}")).unwrap_or_default()
            }
            Some(_) if name == "encryption" => EXPLICIT.to_owned(),
            _ => String::new(),
        };
        let minutes = |minutes: Option<u32>| minutes.map(|it| it.to_string()).unwrap_or_default();
        let lines = |groups: &[portner_domain::right::Group]| {
            groups.iter().map(|group| group.as_str()).collect::<Vec<_>>().join("\n")
        };
        Self {
            profile: policy.profile.clone(),
            required_level: word("required_level"),
            name_id: word("name_id"),
            encryption: word("encryption"),
            password_minutes: minutes(policy.session.password_minutes),
            second_factor_minutes: minutes(policy.session.second_factor_minutes),
            any_of: lines(&policy.groups.any_of),
            none_of: lines(&policy.groups.none_of),
            without: Vec::new(),
        }
    }

    /// The policy with what the form says. It is read as a file is, so that nothing gets in here that does not there.
    pub fn applied(&self, to: &Policy) -> Result<Policy, PolicyError> {
        if self.profile != to.profile {
            return Policy::of_profile(&self.profile);
        }
        let mut table = table(to);
        set(&mut table, "required_level", word(&self.required_level));
        set(&mut table, "name_id", self.named());
        if self.encryption != EXPLICIT {
            set(&mut table, "encryption", word(&self.encryption));
        }
        let minutes = [
            ("password_minutes", self.password_minutes.as_str()),
            ("second_factor_minutes", self.second_factor_minutes.as_str()),
        ];
        let mut session = toml::Table::new();
        for (name, typed) in minutes.into_iter().filter(|(_, typed)| !typed.trim().is_empty()) {
            let not = |_| PolicyError(format!("{name}: {:?} is not a whole number of minutes", typed.trim()));
            session.insert(name.to_owned(), toml::Value::Integer(typed.trim().parse().map_err(not)?));
        }
        set(&mut table, "session", (!session.is_empty()).then_some(toml::Value::Table(session)));
        let mut groups = toml::Table::new();
        set(&mut groups, "any_of", lines(&self.any_of));
        set(&mut groups, "none_of", lines(&self.none_of));
        set(&mut table, "groups", (!groups.is_empty()).then_some(toml::Value::Table(groups)));
        if let Some(toml::Value::Array(attributes)) = table.get_mut("attributes") {
            let name = |it: &toml::Value| it.get("name").and_then(toml::Value::as_str).map(str::to_owned);
            attributes.retain(|it| name(it).is_none_or(|name| !self.without.contains(&name)));
        }
        Policy::from_toml(&toml::to_string(&table).unwrap_or_default())
    }

    fn named(&self) -> Option<toml::Value> {
        let Some(circle) = self.name_id.strip_prefix(CIRCLE) else { return word(&self.name_id) };
        let mut table = toml::Table::new();
        table.insert("pairwise-group".to_owned(), toml::Value::String(circle.to_owned()));
        Some(toml::Value::Table(table))
    }
}

/// A policy as the table that it is written as.
fn table(policy: &Policy) -> toml::Table {
    policy.to_toml().parse().unwrap_or_default()
}

fn set(table: &mut toml::Table, name: &str, value: Option<toml::Value>) {
    match value {
        Some(value) => drop(table.insert(name.to_owned(), value)),
        None => drop(table.remove(name)),
    }
}

fn word(typed: &str) -> Option<toml::Value> {
    (!typed.trim().is_empty()).then(|| toml::Value::String(typed.trim().to_owned()))
}

fn lines(typed: &str) -> Option<toml::Value> {
    let lines: Vec<_> = typed.lines().filter_map(word).collect();
    (!lines.is_empty()).then_some(toml::Value::Array(lines))
}

#[cfg(test)]
mod tests {
    use super::Usual;
    use crate::policy::Policy;

    #[test]
    fn a_form_that_nobody_touched_changes_nothing() {
        for text in [
            "profile = \"plain\"",
            "profile = \"nemlog-in\"",
            "profile = \"kombit-context-handler\"",
            "name_id = { pairwise-group = \"kommunen\" }\nrequired_level = \"Substantial\"\n[session]\npassword_minutes = 5\n\
             [groups]\nnone_of = [\"vikarer\"]",
            "[encryption.explicit]\ncipher = \"aes256-gcm\"\ntransport = \"rsa-oaep-mgf1p\"",
        ] {
            let Ok(policy) = Policy::from_toml(text) else { panic!("{text}: {:?}", Policy::from_toml(text)) };
            assert_eq!(Usual::of(&policy).applied(&policy), Ok(policy), "{text}");
        }
    }

    #[test]
    fn what_is_typed_is_read_as_a_file_is() {
        let policy = Policy::of_profile("plain").unwrap();
        let form = Usual::of(&policy);
        let typed = Usual {
            required_level: "Substantial".into(),
            second_factor_minutes: " 10 ".into(),
            any_of: "sagsbehandlere\n\nledere".into(),
            without: vec!["urn:oid:2.5.4.4".into()],
            ..form.clone()
        };
        let changed = typed.applied(&policy).unwrap();
        assert_eq!(changed.session.second_factor_minutes, Some(10));
        assert_eq!((changed.groups.any_of.len(), changed.attributes.len()), (2, policy.attributes.len() - 1));
        for wrong in [
            Usual { required_level: "enormous".into(), ..form.clone() },
            Usual { name_id: "whatever".into(), ..form.clone() },
            Usual { password_minutes: "soon".into(), ..form.clone() },
            Usual { password_minutes: "0".into(), ..form.clone() },
            Usual { profile: "none".into(), ..form.clone() },
        ] {
            assert!(wrong.applied(&policy).is_err(), "{wrong:?}");
        }
        let other = Usual { profile: "nemlog-in".into(), any_of: "x".into(), ..form };
        assert_eq!(other.applied(&policy), Policy::of_profile("nemlog-in"));
    }
}
