//! What a method and a path ask for.

use axum::http::Method;

use super::refusal::Refusal;

/// One thing that can be asked. Identifiers are in small letters: they are compared without regard to case.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Operation {
    /// A token for the certificate of the connection.
    Authenticate,
    /// A new identity.
    Create,
    /// All identities.
    Search,
    /// One identity.
    Read(String),
    /// Names, CPR number and e-mail address.
    UpdateProfile(String),
    /// The same of an identity that was brought over and not activated.
    UpdateDraft(String),
    /// The e-mail address.
    UpdateNonSensitive(String),
    /// Stop it for a while.
    Suspend(String),
    /// Let it go on.
    Reactivate(String),
    /// Delete it.
    Delete(String),
    /// What it logs in with.
    Authenticators(String),
    /// Something more to log in with, or another name for it.
    RequestCredentials(String),
    /// One thing less to log in with.
    RevokeCredential(String, String),
    /// May it sign?
    AllowSigning(String),
    /// Identities that were brought over and not activated.
    Imported,
    /// Activate some of them.
    Activate,
    /// Roles that can be assigned.
    Catalogue,
    /// Roles of an identity.
    Roles(String),
    /// More of them.
    AssignRoles(String),
    /// Fewer of them.
    RemoveRoles(String),
    /// A new group.
    CreateGroup,
    /// One group.
    ReadGroup(String),
    /// Its name, description and scope.
    UpdateGroup(String),
    /// Delete it.
    DeleteGroup(String),
    /// One role more for whoever is in it.
    AddGroupRole(String, String),
    /// One role less.
    RemoveGroupRole(String, String),
    /// Numbers for tax.
    SeNumbers,
    /// Places of work.
    ProductionUnits,
}

impl Operation {
    /// What is asked for: 404 for paths that lead nowhere, 405 for verbs that a path does not take.
    pub fn of(method: &Method, path: &str) -> Result<Self, Refusal> {
        let path = path.trim_start_matches('/');
        let segments: Vec<&str> = path.split('/').collect();
        let offered = match segments.as_slice() {
            ["api", "administration", rest @ ..] => administration(rest),
            ["api", "admin", "organization-activation", rest @ ..] => activation(rest),
            _ => Vec::new(),
        };
        if offered.is_empty() {
            return Err(Refusal::no_such_path());
        }
        let allowed = offered.iter().map(|(verb, _)| verb.as_str()).collect::<Vec<_>>().join(", ");
        let asked = offered.into_iter().find(|(verb, _)| verb == method);
        asked.map(|(_, operation)| operation).ok_or_else(|| Refusal::wrong_verb(allowed))
    }

    /// The identity that the path names.
    pub fn identity(&self) -> Option<&str> {
        match self {
            Self::Read(identity)
            | Self::UpdateProfile(identity)
            | Self::UpdateDraft(identity)
            | Self::UpdateNonSensitive(identity)
            | Self::Suspend(identity)
            | Self::Reactivate(identity)
            | Self::Delete(identity)
            | Self::Authenticators(identity)
            | Self::RequestCredentials(identity)
            | Self::RevokeCredential(identity, _)
            | Self::AllowSigning(identity)
            | Self::Roles(identity)
            | Self::AssignRoles(identity)
            | Self::RemoveRoles(identity) => Some(identity),
            _ => None,
        }
    }

    /// Does it ask for many identities at once?
    pub fn lists(&self) -> bool {
        matches!(self, Self::Search | Self::Imported)
    }

    /// Does it change an identity that is there?
    pub fn changes_identity(&self) -> bool {
        self.identity().is_some() && !matches!(self, Self::Read(_) | Self::Authenticators(_) | Self::Roles(_))
    }

    /// Rights say 500 where identities say 404.
    pub fn is_about_rights(&self) -> bool {
        matches!(self, Self::Roles(_) | Self::AssignRoles(_) | Self::RemoveRoles(_))
    }
}

fn administration(rest: &[&str]) -> Vec<(Method, Operation)> {
    match rest {
        ["idmlogin", "tls", "authenticate"] => vec![(Method::POST, Operation::Authenticate)],
        ["identity", "employee", rest @ ..] => employee(rest),
        ["rights", rest @ ..] => rights(rest),
        ["organization", "senumber"] => vec![(Method::GET, Operation::SeNumbers)],
        ["organization", "productionunits"] => vec![(Method::GET, Operation::ProductionUnits)],
        _ => Vec::new(),
    }
}

fn activation(rest: &[&str]) -> Vec<(Method, Operation)> {
    match rest {
        // The number is how many; it has only been seen as 0, which is all of them.
        ["migrated-identities", number] if number.parse::<u32>().is_ok() => {
            vec![(Method::GET, Operation::Imported)]
        }
        ["activation-orders"] => vec![(Method::POST, Operation::Activate)],
        _ => Vec::new(),
    }
}

fn employee(rest: &[&str]) -> Vec<(Method, Operation)> {
    let one = |verb, operation: fn(String) -> Operation, uuid: &str| vec![(verb, operation(lower(uuid)))];
    match rest {
        [] => vec![(Method::POST, Operation::Create)],
        ["search"] => vec![(Method::POST, Operation::Search)],
        [uuid] => vec![
            (Method::GET, Operation::Read(lower(uuid))),
            (Method::DELETE, Operation::Delete(lower(uuid))),
        ],
        [uuid, "profile"] => one(Method::PUT, Operation::UpdateProfile, uuid),
        [uuid, "profile", "draft"] => one(Method::PUT, Operation::UpdateDraft, uuid),
        [uuid, "profile", "nonsensitive"] => one(Method::PUT, Operation::UpdateNonSensitive, uuid),
        [uuid, "suspend"] => one(Method::PUT, Operation::Suspend, uuid),
        [uuid, "reactivate"] => one(Method::PUT, Operation::Reactivate, uuid),
        [uuid, "authenticators"] => one(Method::GET, Operation::Authenticators, uuid),
        [uuid, "requestcredentials"] => one(Method::POST, Operation::RequestCredentials, uuid),
        [uuid, "allowsigning"] => one(Method::PUT, Operation::AllowSigning, uuid),
        [uuid, "revokecredential", authenticator] => {
            let revoke = Operation::RevokeCredential(lower(uuid), lower(authenticator));
            vec![(Method::POST, revoke)]
        }
        _ => Vec::new(),
    }
}

fn rights(rest: &[&str]) -> Vec<(Method, Operation)> {
    match rest {
        ["categorizedRoles"] => vec![(Method::GET, Operation::Catalogue)],
        ["identity", uuid, "roles"] => vec![
            (Method::GET, Operation::Roles(lower(uuid))),
            (Method::POST, Operation::AssignRoles(lower(uuid))),
            (Method::DELETE, Operation::RemoveRoles(lower(uuid))),
        ],
        ["group"] => vec![(Method::POST, Operation::CreateGroup)],
        ["group", group] => vec![
            (Method::GET, Operation::ReadGroup(lower(group))),
            (Method::PUT, Operation::UpdateGroup(lower(group))),
            (Method::DELETE, Operation::DeleteGroup(lower(group))),
        ],
        ["group", group, "role", role] => vec![
            (Method::POST, Operation::AddGroupRole(lower(group), lower(role))),
            (Method::DELETE, Operation::RemoveGroupRole(lower(group), lower(role))),
        ],
        _ => Vec::new(),
    }
}

fn lower(identifier: &str) -> String {
    identifier.to_ascii_lowercase()
}
