//! Who holds which role, and the forms that propose one and take one away.

use portner_domain::role::Role;
use serde::Deserialize;

use super::{OfficeFrame, Said};
use crate::pages::{Choice, Content, Field, FieldKind, Problem, page};
use crate::text::Language;

/// Everybody who holds a role.
#[derive(Clone, Debug)]
pub struct RolesPage<'a> {
    /// What stands around it.
    pub frame: &'a OfficeFrame,
    /// Each role that is held.
    pub rows: Vec<RoleRow>,
    /// Where one is proposed, for whoever may.
    pub new_href: Option<&'a str>,
}

/// A role that is held.
#[derive(Clone, Debug)]
pub struct RoleRow {
    /// Who.
    pub name: String,
    /// What they log in with.
    pub user_name: String,
    /// What, where and until when, as a sentence.
    pub held: String,
    /// Where it is taken away, for whoever may.
    pub href: Option<String>,
}

page!(RolesPage<'a>, "office_roles.html");

impl Content for RolesPage<'_> {
    fn heading(&self, say: Language) -> String {
        say.text("office-roles-heading")
    }

    fn problems(&self, say: Language) -> Vec<Problem> {
        self.frame.problems(say)
    }
}

/// A role to be proposed, as it was typed.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct RoleForm {
    /// Its token.
    pub csrf: String,
    /// Who.
    pub user: String,
    /// Which, by its word.
    pub role: String,
    /// In which part of the organisation.
    pub unit: String,
    /// Their last day.
    pub until: String,
    /// Why.
    pub why: String,
}

/// Propose a role.
#[derive(Clone, Debug)]
pub struct NewRolePage<'a> {
    /// What stands around it.
    pub frame: &'a OfficeFrame,
    /// Where the form goes.
    pub action: &'a str,
    /// Its token.
    pub csrf: &'a str,
    /// Where not to.
    pub back_href: &'a str,
    /// As it was sent.
    pub form: &'a RoleForm,
    /// What stood in the way.
    pub problems: Vec<Said>,
}

page!(NewRolePage<'a>, "office_role_new.html");

impl Content for NewRolePage<'_> {
    fn heading(&self, say: Language) -> String {
        say.text("office-role-new-heading")
    }

    fn problems(&self, say: Language) -> Vec<Problem> {
        let own = self.problems.iter().map(|problem| problem.problem(say));
        own.chain(self.frame.problems(say)).collect()
    }
}

impl NewRolePage<'_> {
    fn role(&self, say: Language, problems: &[Problem]) -> Choice {
        let options = Role::ALL.iter().map(|role| (role.word().to_owned(), say.role(*role))).collect();
        Choice::new("role", say.text("office-role"), options, say)
            .with_value(&self.form.role)
            .blamed_by(problems)
    }

    fn fields(&self, say: Language, problems: &[Problem]) -> [Field; 3] {
        let field = |name, kind, key: &str, value: &str| {
            Field::new(name, kind, say.text(key), say).with_value(value).blamed_by(problems)
        };
        let (unit, until) = (say.text("office-role-unit-hint"), say.text("office-role-until-hint"));
        let RoleForm { unit: typed, until: day, why, .. } = self.form;
        [
            field("unit", FieldKind::Other, "office-role-unit", typed).with_hint(unit).optional(),
            field("until", FieldKind::Day, "office-role-until-day", day).with_hint(until).optional(),
            field("why", FieldKind::Other, "office-reason", why).with_hint(say.text("office-reason-hint")),
        ]
    }

    fn user(&self, say: Language, problems: &[Problem]) -> Field {
        Field::new("user", FieldKind::Other, say.text("office-user-name"), say)
            .with_value(&self.form.user)
            .blamed_by(problems)
            .focused_unless(problems)
    }
}

/// Take a role away.
#[derive(Clone, Debug)]
pub struct TakeRolePage<'a> {
    /// What stands around it.
    pub frame: &'a OfficeFrame,
    /// From whom.
    pub name: &'a str,
    /// Where the form goes.
    pub action: &'a str,
    /// Its token.
    pub csrf: &'a str,
    /// Where not to.
    pub back_href: &'a str,
    /// What they hold: value and sentence of each.
    pub held: Vec<(String, String)>,
    /// What stood in the way.
    pub problem: Option<Said>,
}

page!(TakeRolePage<'a>, "office_role_take.html");

impl Content for TakeRolePage<'_> {
    fn heading(&self, say: Language) -> String {
        say.about("office-role-take-heading", "name", self.name)
    }

    fn problems(&self, say: Language) -> Vec<Problem> {
        let own = self.problem.map(|problem| problem.problem(say));
        own.into_iter().chain(self.frame.problems(say)).collect()
    }
}

impl TakeRolePage<'_> {
    fn role(&self, say: Language, problems: &[Problem]) -> Choice {
        Choice::new("role", say.text("office-role"), self.held.clone(), say).blamed_by(problems)
    }
}
