//! Somebody with several identities: which one a login is for, and the way from one to another.

use portner_federation::Sibling;

use super::login::{Cancel, cancel};
use super::{Content, Own, Problem, page};
use crate::text::Language;

/// One identity, as its person tells it apart from the others.
#[derive(Clone, Debug)]
pub struct IdentityRow {
    /// What the form says which one it is by.
    pub id: String,
    /// The person's name.
    pub name: String,
    /// The user name.
    pub user_name: String,
    /// The organisation.
    pub organisation: String,
    /// Where there, and as what.
    pub place: Option<String>,
    /// Was it proved in this login already?
    pub is_proved: bool,
}

impl IdentityRow {
    /// One of them.
    pub fn of(it: &Sibling, is_proved: bool) -> Self {
        let place = [it.unit.as_ref().map(|unit| unit.to_string()), it.title.clone()];
        let place = place.into_iter().flatten().collect::<Vec<String>>().join(", ");
        Self {
            id: it.identity.id.to_string(),
            name: it.identity.full_name(),
            user_name: it.identity.user_name.to_string(),
            organisation: it.identity.organisation.clone(),
            place: (!place.is_empty()).then_some(place),
            is_proved,
        }
    }

    pub(crate) fn button(&self, say: Language) -> String {
        say.about("identity-log-in-as", "user", &self.user_name)
    }
}

/// Who somebody logs in as.
#[derive(Clone, Debug)]
pub struct ChooseIdentityPage<'a> {
    /// Where the forms go.
    pub action: &'a str,
    /// The token that ties them to the login in progress.
    pub csrf: &'a str,
    /// Who asked; `None` for somebody on the way to their own page.
    pub service_provider: Option<&'a str>,
    /// Those that may log in.
    pub rows: Vec<IdentityRow>,
    /// Was one chosen that can't be?
    pub was_refused: bool,
    /// Where the form of the Cancel button goes.
    pub cancel_action: Option<&'a str>,
}

page!(ChooseIdentityPage<'a>, "choose_identity.html");

impl Content for ChooseIdentityPage<'_> {
    fn heading(&self, say: Language) -> String {
        match self.service_provider {
            Some(service) => say.about("identity-choose-heading-for", "service", service),
            None => say.text("identity-choose-heading"),
        }
    }

    fn problems(&self, say: Language) -> Vec<Problem> {
        match self.was_refused {
            true => vec![Problem::general(say.text("identity-not-to-be-chosen"))],
            false => Vec::new(),
        }
    }
}

impl ChooseIdentityPage<'_> {
    fn cancel(&self, say: Language) -> Option<Cancel<'_>> {
        cancel(self.cancel_action, self.service_provider, say)
    }
}

/// The other identities of somebody who is logged in.
#[derive(Clone, Debug)]
pub struct OwnIdentitiesPage<'a> {
    /// What stands around it.
    pub own: &'a Own,
    /// Where the forms go.
    pub action: &'a str,
    /// Their token.
    pub csrf: &'a str,
    /// Whom they are logged in as.
    pub user_name: &'a str,
    /// The others that may log in.
    pub rows: Vec<IdentityRow>,
}

page!(OwnIdentitiesPage<'a>, "me_identities.html");

impl Content for OwnIdentitiesPage<'_> {
    fn heading(&self, say: Language) -> String {
        say.text("me-identities-heading")
    }

    fn problems(&self, say: Language) -> Vec<Problem> {
        self.own.problems(say, &[])
    }
}
