//! The schemas: which attributes there are, as data. What is not in here is not kept.

use serde_json::{Value, json};

/// Users (RFC 7643, 4.1).
pub const USER: &str = "urn:ietf:params:scim:schemas:core:2.0:User";
/// Groups (RFC 7643, 4.2).
pub const GROUP: &str = "urn:ietf:params:scim:schemas:core:2.0:Group";
/// Employees (RFC 7643, 4.3).
pub const ENTERPRISE: &str = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";
/// What Danish organisations and NSIS need besides.
pub const NSIS: &str = "urn:ietf:params:scim:schemas:extension:dk:nsis:2.0:User";

/// What a value is.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Type {
    /// Text.
    Text,
    /// Yes or no.
    Truth,
    /// A moment.
    Moment,
    /// A resource of ours, of this kind.
    Reference(&'static str),
    /// It has parts.
    Parts(&'static [Attribute]),
    /// Several that have parts.
    Several(&'static [Attribute]),
}

/// Who may change it.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Change {
    /// The client.
    Any,
    /// Nobody: it is a fact.
    Never,
    /// The client, once.
    Once,
    /// The client, who never reads it.
    Unread,
}

/// An attribute.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Attribute {
    /// Its name.
    pub name: &'static str,
    /// What it is.
    pub kind: Type,
    /// Who may change it.
    pub change: Change,
    /// Does everybody have one?
    pub is_needed: bool,
    /// Is it told only when it is asked for by name?
    pub is_on_request: bool,
    /// What it may say, if that is known.
    pub words: &'static [&'static str],
    /// What it is, in words.
    pub about: &'static str,
}

const fn text(name: &'static str, about: &'static str) -> Attribute {
    Attribute {
        name,
        kind: Type::Text,
        change: Change::Any,
        is_needed: false,
        is_on_request: false,
        words: &[],
        about,
    }
}

const fn needed(name: &'static str, about: &'static str) -> Attribute {
    Attribute { is_needed: true, ..text(name, about) }
}

const fn truth(name: &'static str, about: &'static str) -> Attribute {
    Attribute { kind: Type::Truth, ..text(name, about) }
}

const fn moment(name: &'static str, about: &'static str) -> Attribute {
    Attribute { kind: Type::Moment, ..text(name, about) }
}

const fn fact(name: &'static str, kind: Type, about: &'static str) -> Attribute {
    Attribute { kind, change: Change::Never, ..text(name, about) }
}

/// A fact that is told to whoever asks for it: what a client wrote it reads as it wrote it.
const fn asked(
    name: &'static str,
    kind: Type,
    words: &'static [&'static str],
    about: &'static str,
) -> Attribute {
    Attribute { words, is_on_request: true, ..fact(name, kind, about) }
}

const STATES: &[&str] = &["active", "locked"];
const LEVELS: &[&str] = &["Low", "Substantial", "High"];

const NAME: &[Attribute] = &[
    needed("givenName", "First names, as in the population register."),
    needed("familyName", "Surname, as in the population register."),
];

const EMAIL: &[Attribute] = &[
    needed("value", "The address."),
    text("display", "What it is called."),
    Attribute { words: &["work", "home", "other"], ..text("type", "What it is for.") },
    truth("primary", "Is it the one that Portner writes to?"),
];

const MEMBER: &[Attribute] = &[
    Attribute { change: Change::Once, ..needed("value", "The id of the user.") },
    Attribute { kind: Type::Reference("User"), change: Change::Once, ..text("$ref", "Where the user is.") },
    Attribute {
        change: Change::Once,
        words: &["User"],
        ..text("type", "Always User: groups have no groups in them.")
    },
];

const GROUP_OF_USER: &[Attribute] = &[
    fact("value", Type::Text, "The id of the group."),
    fact("display", Type::Text, "What it is called."),
    fact("$ref", Type::Reference("Group"), "Where it is."),
];

/// What a user has.
pub const USER_ATTRIBUTES: &[Attribute] = &[
    needed("userName", "What they log in with. In small letters, whatever is sent."),
    Attribute { is_needed: true, kind: Type::Parts(NAME), ..text("name", "The name.") },
    text("displayName", "The name they go by."),
    text("title", "What they do."),
    truth("active", "Are they at work? Portner may have stopped them for other reasons: see state."),
    Attribute {
        kind: Type::Several(EMAIL),
        ..text("emails", "Addresses; Portner writes to the primary one.")
    },
    fact("groups", Type::Several(GROUP_OF_USER), "The groups of this client that they belong to."),
];

/// What a user has in the enterprise extension.
pub const ENTERPRISE_ATTRIBUTES: &[Attribute] = &[
    text("employeeNumber", "Their number with the employer."),
    text("department", "Where in the organisation: the same as unit of the NSIS extension."),
];

/// What a user has in our extension.
pub const NSIS_ATTRIBUTES: &[Attribute] = &[
    Attribute { change: Change::Unread, ..text("cpr", "The CPR number. It can be set and never read.") },
    text("unit", "Where in the organisation: the names from the top down with / between them."),
    text("productionUnit", "The P-number of the place of work: ten digits."),
    truth("protected", "Are name and address protected?"),
    truth("permitted", "May they have a level? Portner's administrators decide where it is not said."),
    moment("validFrom", "Not before."),
    moment("validUntil", "No more from then on."),
    asked("organisation", Type::Text, &[], "The organisation's name."),
    asked("organisationNumber", Type::Text, &[], "The organisation's CVR number."),
    asked("state", Type::Text, STATES, "May they log in? Others than the client may have stopped them."),
    asked("identityProofing", Type::Text, LEVELS, "What the proofing of their identity is worth."),
    asked("employmentProofing", Type::Text, LEVELS, "How well the employment is known."),
    asked("reproofingDue", Type::Truth, &[], "Somebody has to make sure that they are who was proofed."),
];

/// What a group has.
pub const GROUP_ATTRIBUTES: &[Attribute] = &[
    needed("displayName", "What it is called. Portner puts the client's prefix before it."),
    Attribute { kind: Type::Several(MEMBER), ..text("members", "The users in it.") },
];

/// Attributes of RFC 7643 that have no place here. They may be sent and are not kept.
const NOT_KEPT: &[&str] = &[
    "nickName",
    "profileUrl",
    "userType",
    "preferredLanguage",
    "locale",
    "timezone",
    "password",
    "phoneNumbers",
    "ims",
    "photos",
    "addresses",
    "entitlements",
    "roles",
    "x509Certificates",
    "costCenter",
    "division",
    "manager",
    "formatted",
    "middleName",
    "honorificPrefix",
    "honorificSuffix",
];

/// What everything has.
const COMMON: &[Attribute] = &[
    text("externalId", "What the client calls it. Never used for another one."),
    fact("id", Type::Text, "What Portner calls it."),
    fact("meta", Type::Text, "About the resource."),
    fact("schemas", Type::Text, "The schemas."),
];

/// The schema of that name, in whatever letters.
pub fn known(urn: &str) -> Option<&'static str> {
    [USER, GROUP, ENTERPRISE, NSIS].into_iter().find(|known| known.eq_ignore_ascii_case(urn))
}

/// Is it one that adds to another?
pub fn is_extension(urn: &str) -> bool {
    [ENTERPRISE, NSIS].contains(&urn)
}

/// The attributes of users in a schema; the core one where none is named.
pub fn of_users(urn: Option<&str>) -> &'static [Attribute] {
    match urn {
        Some(ENTERPRISE) => ENTERPRISE_ATTRIBUTES,
        Some(NSIS) => NSIS_ATTRIBUTES,
        _ => USER_ATTRIBUTES,
    }
}

/// The attribute of that name, in whatever letters.
pub fn attribute(of: &'static [Attribute], name: &str) -> Option<&'static Attribute> {
    of.iter().find(|attribute| attribute.name.eq_ignore_ascii_case(name))
}

/// The one that everything has.
pub fn common(name: &str) -> Option<&'static Attribute> {
    attribute(COMMON, name)
}

/// May it be sent and is not kept?
pub fn is_not_kept(name: &str) -> bool {
    NOT_KEPT.iter().any(|other| other.eq_ignore_ascii_case(name))
}

impl Attribute {
    /// Its parts.
    pub const fn parts(&self) -> &'static [Self] {
        match self.kind {
            Type::Parts(parts) | Type::Several(parts) => parts,
            _ => &[],
        }
    }

    fn described(&self) -> Value {
        let mut value = json!({
            "name": self.name,
            "type": match self.kind {
                Type::Text => "string",
                Type::Truth => "boolean",
                Type::Moment => "dateTime",
                Type::Reference(_) => "reference",
                Type::Parts(_) | Type::Several(_) => "complex",
            },
            "multiValued": matches!(self.kind, Type::Several(_)),
            "description": self.about,
            "required": self.is_needed,
            "caseExact": matches!(self.kind, Type::Reference(_)),
            "mutability": match self.change {
                Change::Any => "readWrite",
                Change::Never => "readOnly",
                Change::Once => "immutable",
                Change::Unread => "writeOnly",
            },
            "returned": match (self.change, self.is_on_request) {
                (Change::Unread, _) => "never",
                (_, true) => "request",
                (_, false) => "default",
            },
            "uniqueness": if self.name == "userName" { "server" } else { "none" },
        });
        if let Some(object) = value.as_object_mut() {
            if !self.words.is_empty() {
                object.insert("canonicalValues".to_owned(), json!(self.words));
            }
            if let Type::Reference(kind) = self.kind {
                object.insert("referenceTypes".to_owned(), json!([kind]));
            }
            if !self.parts().is_empty() {
                object.insert("subAttributes".to_owned(), described(self.parts()));
            }
        }
        value
    }
}

fn described(all: &[Attribute]) -> Value {
    all.iter().map(Attribute::described).collect()
}

/// All schemas, as RFC 7643, 7 wants them told.
pub fn schemas(base: &str) -> Vec<Value> {
    let all = [
        (USER, "User", "Users", USER_ATTRIBUTES),
        (GROUP, "Group", "Groups", GROUP_ATTRIBUTES),
        (ENTERPRISE, "EnterpriseUser", "Employees", ENTERPRISE_ATTRIBUTES),
        (NSIS, "NsisUser", "What NSIS and Danish registers need", NSIS_ATTRIBUTES),
    ];
    let told = |(id, name, about, attributes): (&str, &str, &str, &[Attribute])| {
        json!({
            "schemas": ["urn:ietf:params:scim:schemas:core:2.0:Schema"],
            "id": id,
            "name": name,
            "description": about,
            "attributes": described(attributes),
            "meta": { "resourceType": "Schema", "location": format!("{base}/Schemas/{id}") },
        })
    };
    all.into_iter().map(told).collect()
}

/// The kinds of resources (RFC 7643, 6).
pub fn resource_types(base: &str) -> Vec<Value> {
    let kind = |id: &str, endpoint: &str, schema: &str, extensions: &[&str]| {
        let extensions: Vec<Value> =
            extensions.iter().map(|schema| json!({ "schema": schema, "required": false })).collect();
        json!({
            "schemas": ["urn:ietf:params:scim:schemas:core:2.0:ResourceType"],
            "id": id,
            "name": id,
            "endpoint": endpoint,
            "schema": schema,
            "schemaExtensions": extensions,
            "meta": { "resourceType": "ResourceType", "location": format!("{base}/ResourceTypes/{id}") },
        })
    };
    vec![kind("User", "/Users", USER, &[ENTERPRISE, NSIS]), kind("Group", "/Groups", GROUP, &[])]
}
