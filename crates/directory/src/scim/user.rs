//! Users: what a client says of one, what of it goes on record, and what is told.

use std::collections::BTreeSet;

use portner_domain::cpr::Cpr;
use portner_domain::identity::{Cvr, Employment, State, UserName};
use portner_domain::life::{Admission, Validity};
use portner_domain::unit::{ProductionUnit, Unit};
use portner_domain::{GroupId, Level, Moment};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::json::{get, truth};
use super::refusal::{Kind, Refused};
use super::schema::{ENTERPRISE, NSIS, USER};
use super::tag;
use crate::feed::plan::Known;
use crate::feed::{KEY_CHARS_MAX, Record, Status};
use crate::person::{About, FIELD_CHARS_MAX};

/// What a client says of a user.
#[derive(Clone, Debug)]
pub struct Said {
    /// What they log in with.
    pub user_name: UserName,
    /// First names.
    pub first_name: String,
    /// Surname.
    pub last_name: String,
    /// What they do.
    pub title: Option<String>,
    /// Where in the organisation.
    pub unit: Option<Unit>,
    /// Where in the business register.
    pub production_unit: Option<ProductionUnit>,
    /// From when and until when.
    pub validity: Validity,
    /// The number, if it is told.
    pub cpr: Option<Cpr>,
    /// What the client calls them.
    pub external_id: Option<String>,
    /// What has no place of its own.
    pub kept: Kept,
}

/// What a client said that has no place on record, or not as it was said.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(default)]
pub struct Kept {
    /// The name they go by, even where it is the one in the register.
    pub display_name: Option<String>,
    /// Their number with the employer.
    pub employee_number: Option<String>,
    /// All addresses.
    pub emails: Vec<Email>,
    /// Are they at work, as far as the client said?
    pub active: Option<bool>,
    /// Are name and address protected, as far as the client said?
    pub protected: Option<bool>,
    /// May they have a level, as far as the client said?
    pub permitted: Option<bool>,
}

/// An address.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct Email {
    /// The address.
    pub value: String,
    /// What it is called.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub display: Option<String>,
    /// What it is for.
    #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
    pub purpose: Option<String>,
    /// Is it the one to write to?
    #[serde(skip_serializing_if = "Option::is_none")]
    pub primary: Option<bool>,
}

/// A user as it is on record.
#[derive(Clone, Debug)]
pub struct OnRecord {
    /// As feeds see it.
    pub known: Known,
    /// What the feed calls it.
    pub key: String,
    /// What the client calls it.
    pub external_id: Option<String>,
    /// What the client said besides.
    pub kept: Kept,
    /// The organisation's name.
    pub organisation: String,
    /// How the employment is known.
    pub employment: Employment,
    /// What the proofing of the person is worth.
    pub proofing: Option<Level>,
    /// Does somebody have to make sure of them?
    pub is_reproofing_due: bool,
    /// The client's groups that it belongs to.
    pub groups: Vec<(GroupId, String)>,
    /// Since when it is here.
    pub created: Moment,
    /// When it was changed.
    pub changed: Moment,
    /// Counts the changes.
    pub version: i64,
}

impl Said {
    /// What a document says. The text of bad values is not repeated.
    pub fn read(document: &Map<String, Value>) -> Result<Self, Refused> {
        let name = part(document, "name")?;
        let (ours, enterprise) = (part(document, NSIS)?, part(document, ENTERPRISE)?);
        let from = moment_at(ours, "validFrom")?;
        let until = moment_at(ours, "validUntil")?;
        if from.zip(until).is_some_and(|(from, until)| until <= from) {
            return Err(Refused::value("validUntil", "it is not after validFrom"));
        }
        let external_id = text_at(Some(document), "externalId")?;
        if let Some(id) = &external_id {
            let says = |what: &str| Err(Refused::value("externalId", what));
            if id.chars().count() > KEY_CHARS_MAX {
                return says(&format!("it has more than {KEY_CHARS_MAX} characters"));
            }
            if id.parse::<Cpr>().is_ok() {
                return says("it looks like a CPR number; send that as cpr, and an id that tells nothing");
            }
        }
        Ok(Self {
            user_name: parsed("userName", &needed(Some(document), "userName")?)?,
            first_name: needed(name, "givenName")?,
            last_name: needed(name, "familyName")?,
            title: text_at(Some(document), "title")?,
            unit: text_at(ours, "unit")?.map(|text| parsed("unit", &text)).transpose()?,
            production_unit: text_at(ours, "productionUnit")?
                .map(|text| parsed("productionUnit", &text))
                .transpose()?,
            validity: Validity { from, until },
            cpr: text_at(ours, "cpr")?.map(|text| parsed("cpr", &text)).transpose()?,
            external_id,
            kept: Kept {
                display_name: text_at(Some(document), "displayName")?,
                employee_number: text_at(enterprise, "employeeNumber")?,
                emails: emails(document.get("emails"))?,
                active: truth_at(Some(document), "active")?,
                protected: truth_at(ours, "protected")?,
                permitted: truth_at(ours, "permitted")?,
            },
        })
    }

    /// As a record of the feed, with a key of the feed's.
    pub fn record(&self, key: &str, cvr: &Cvr, status: Status) -> Record {
        Record {
            key: key.to_owned(),
            user_name: self.user_name.clone(),
            first_name: self.first_name.clone(),
            last_name: self.last_name.clone(),
            about: About {
                known_as: self.known_as(),
                is_protected: self.kept.protected.unwrap_or(false),
                email: self.kept.email().map(str::to_owned),
                title: self.title.clone(),
                unit: self.unit.clone(),
                production_unit: self.production_unit.clone(),
            },
            cvr: cvr.clone(),
            cpr: self.cpr.clone(),
            validity: self.validity,
            admission: self.kept.permitted.map(|permitted| match permitted {
                true => Admission::Permitted,
                false => Admission::Withheld,
            }),
            groups: BTreeSet::new(),
            status,
        }
    }

    /// Nothing if it is the name in the register.
    fn known_as(&self) -> Option<String> {
        let register = format!("{} {}", self.first_name, self.last_name);
        self.kept.display_name.clone().filter(|name| *name != register)
    }
}

impl Kept {
    /// The address to write to: the primary one, that for work, or the first.
    pub fn email(&self) -> Option<&str> {
        let find = |is: &dyn Fn(&&Email) -> bool| self.emails.iter().find(is);
        let primary = find(&|email| email.primary == Some(true));
        let work = || find(&|email| email.purpose.as_deref() == Some("work"));
        primary.or_else(work).or_else(|| self.emails.first()).map(|email| email.value.as_str())
    }
}

impl OnRecord {
    /// What a client may write of it, as it is on record.
    pub fn document(&self) -> Map<String, Value> {
        let Known { person, about, validity, .. } = &self.known;
        let register = format!("{} {}", person.first_name, person.last_name);
        let said = self.kept.display_name.clone().filter(|name| *name == register);
        let mut document = Map::new();
        let mut put = |name: &str, value: Option<Value>| {
            if let Some(value) = value {
                document.insert(name.to_owned(), value);
            }
        };
        put("userName", Some(json!(self.known.user_name.as_str())));
        put("externalId", self.external_id.clone().map(Value::from));
        put("name", Some(json!({ "givenName": person.first_name, "familyName": person.last_name })));
        put("displayName", about.known_as.clone().or(said).map(Value::from));
        put("title", about.title.clone().map(Value::from));
        put("active", self.active().map(Value::from));
        put("emails", self.emails());
        let enterprise = object([("employeeNumber", self.kept.employee_number.clone().map(Value::from))]);
        put(ENTERPRISE, enterprise.map(Value::Object));
        let ours = object([
            ("unit", about.unit.as_ref().map(|unit| json!(unit.as_str()))),
            ("productionUnit", about.production_unit.as_ref().map(|unit| json!(unit.as_str()))),
            ("protected", flag(self.kept.protected, about.is_protected)),
            ("permitted", self.permitted()),
            ("validFrom", validity.from.map(|at| json!(at.xs_date_time()))),
            ("validUntil", validity.until.map(|at| json!(at.xs_date_time()))),
        ]);
        put(NSIS, ours.map(Value::Object));
        document
    }

    /// All that is known of it (RFC 7643, 3.1). What is told only on request is among it.
    pub fn resource(&self, base: &str) -> Map<String, Value> {
        let mut resource = self.document();
        if let Some(unit) = &self.known.about.unit
            && let Value::Object(enterprise) =
                resource.entry(ENTERPRISE).or_insert_with(|| Value::Object(Map::new()))
        {
            enterprise.insert("department".to_owned(), json!(unit.as_str()));
        }
        let state = if self.known.state == State::Active { "active" } else { "locked" };
        let facts = object([
            ("organisation", Some(json!(self.organisation))),
            ("organisationNumber", Some(json!(self.known.cvr.as_str()))),
            ("state", Some(json!(state))),
            ("identityProofing", self.proofing.map(|level| json!(level.word()))),
            ("employmentProofing", Some(json!(self.employment.level().word()))),
            ("reproofingDue", Some(json!(self.is_reproofing_due))),
        ]);
        let ours = resource.entry(NSIS).or_insert_with(|| Value::Object(Map::new()));
        if let (Value::Object(ours), Some(facts)) = (ours, facts) {
            ours.extend(facts);
        }
        if !self.groups.is_empty() {
            let group = |(id, display): &(GroupId, String)| json!({ "value": id, "display": display, "$ref": format!("{base}/Groups/{id}") });
            resource.insert("groups".to_owned(), self.groups.iter().map(group).collect());
        }
        let id = self.known.identity.to_string();
        let version = tag(&Value::Object(resource.clone()), self.version);
        resource.insert("schemas".to_owned(), json!([USER, ENTERPRISE, NSIS]));
        resource.insert(
            "meta".to_owned(),
            json!({
                "resourceType": "User",
                "created": self.created.xs_date_time(),
                "lastModified": self.changed.xs_date_time(),
                "location": format!("{base}/Users/{id}"),
                "version": version,
            }),
        );
        resource.insert("id".to_owned(), Value::String(id));
        resource
    }

    /// What the client said, as far as it is true of its own lock. Whoever copies what it reads back does not stop people
    /// whom the support desk stopped; whether they may log in is among the facts.
    fn active(&self) -> Option<bool> {
        self.kept.active.map(|_| !self.known.is_stopped)
    }

    fn permitted(&self) -> Option<Value> {
        self.kept.permitted.map(|_| json!(self.known.admission == Admission::Permitted))
    }

    /// As they were said, if the one on record is still the one that was said.
    fn emails(&self) -> Option<Value> {
        let on_record = self.known.about.email.as_deref();
        if self.kept.email() == on_record {
            return (!self.kept.emails.is_empty()).then(|| json!(self.kept.emails));
        }
        on_record.map(|value| json!([{ "value": value, "type": "work", "primary": true }]))
    }
}

/// What was said and is the usual is told as it was said; what is unusual is told anyway.
fn flag(said: Option<bool>, is: bool) -> Option<Value> {
    if is { Some(json!(true)) } else { said.map(|_| json!(false)) }
}

fn object<const N: usize>(parts: [(&str, Option<Value>); N]) -> Option<Map<String, Value>> {
    let there = parts.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?)));
    Some(there.collect::<Map<_, _>>()).filter(|object| !object.is_empty())
}

/// A moment, to the millisecond.
pub fn moment(text: &str) -> Option<Moment> {
    Moment::parse_xs_date_time(text)
}

fn part<'d>(document: &'d Map<String, Value>, name: &str) -> Result<Option<&'d Map<String, Value>>, Refused> {
    match get(document, name) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::Object(object)) => Ok(Some(object)),
        Some(_) => Err(Refused::value(name, "it is an object of attributes")),
    }
}

/// A text that is not empty.
pub(super) fn text_at(object: Option<&Map<String, Value>>, name: &str) -> Result<Option<String>, Refused> {
    match object.and_then(|object| get(object, name)) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) => {
            let text = text.trim();
            if text.chars().count() > FIELD_CHARS_MAX {
                return Err(Refused::value(name, &format!("it has more than {FIELD_CHARS_MAX} characters")));
            }
            if text.chars().any(char::is_control) {
                return Err(Refused::value(name, "it has a character that controls something"));
            }
            Ok(Some(text.to_owned()).filter(|text| !text.is_empty()))
        }
        Some(_) => Err(Refused::value(name, "it is a text")),
    }
}

fn needed(object: Option<&Map<String, Value>>, name: &str) -> Result<String, Refused> {
    text_at(object, name)?.ok_or_else(|| Refused::value(name, "it is needed; send it"))
}

fn truth_at(object: Option<&Map<String, Value>>, name: &str) -> Result<Option<bool>, Refused> {
    match object.and_then(|object| get(object, name)) {
        None | Some(Value::Null) => Ok(None),
        Some(value) => truth(value).map(Some).ok_or_else(|| Refused::value(name, "it is true or false")),
    }
}

fn moment_at(object: Option<&Map<String, Value>>, name: &str) -> Result<Option<Moment>, Refused> {
    let parsed = |text: String| {
        moment(&text).ok_or_else(|| Refused::value(name, "it is a moment like 2026-12-31T23:00:00Z"))
    };
    text_at(object, name)?.map(parsed).transpose()
}

fn parsed<T: std::str::FromStr>(name: &str, text: &str) -> Result<T, Refused>
where
    T::Err: std::fmt::Display,
{
    text.parse().map_err(|error: T::Err| Refused::value(name, &error.to_string()))
}

fn emails(value: Option<&Value>) -> Result<Vec<Email>, Refused> {
    let all = match value {
        None | Some(Value::Null) => return Ok(Vec::new()),
        Some(Value::Array(all)) => all,
        Some(_) => return Err(Refused::value("emails", "it is an array of objects")),
    };
    let email = |one: &Value| {
        let Value::Object(one) = one else {
            return Err(Refused::new(Kind::InvalidValue, "emails: each is an object with a value"));
        };
        Ok(Email {
            value: needed(Some(one), "value")?,
            display: text_at(Some(one), "display")?,
            purpose: text_at(Some(one), "type")?,
            primary: truth_at(Some(one), "primary")?,
        })
    };
    all.iter().map(email).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::{Strategy, any, proptest};
    use serde_json::{Value, json};

    use super::super::schema::NSIS;
    use super::Said;

    fn read(change: impl FnOnce(&mut Value)) -> Result<Said, String> {
        let mut user = json!({"userName": "Anna", "name": {"givenName": "Anna", "familyName": "Berg"}});
        change(&mut user);
        Said::read(user.as_object().unwrap()).map_err(|refused| refused.detail)
    }

    #[test]
    fn what_is_wrong_is_said_and_not_repeated() {
        assert_eq!(read(|_| {}).unwrap().user_name.as_str(), "anna");
        type Change = fn(&mut Value);
        let wrong: [(Change, &str); 12] = [
            (|user| user["userName"] = json!("a b"), "userName"),
            (|user| user["userName"] = json!(7), "userName: it is a text"),
            (|user| user["name"] = json!("x"), "name: it is an object"),
            (|user| user["name"]["givenName"] = json!("  "), "givenName: it is needed"),
            (|user| user["title"] = json!("a\u{0}b"), "title: it has a character"),
            (|user| user["title"] = json!("x".repeat(257)), "title: it has more"),
            (|user| user["active"] = json!("ja"), "active: it is true or false"),
            (|user| user["externalId"] = json!("020270-4321"), "externalId: it looks like a CPR"),
            (|user| user["emails"] = json!([{"type": "work"}]), "value: it is needed"),
            (|user| user[NSIS] = json!({"cpr": "9999999999"}), "cpr: a CPR number is"),
            (|user| user[NSIS] = json!({"validUntil": "tomorrow"}), "validUntil: it is a moment"),
            (|user| user[NSIS] = json!({"productionUnit": "0101701234x"}), "productionUnit"),
        ];
        for (change, says) in wrong {
            let said = read(change).unwrap_err();
            assert!(said.contains(says), "{said}");
            assert!(!said.contains("9999999999") && !said.contains("020270-4321"), "{said}");
        }
        let backwards = json!({"validFrom": "2026-02-01T00:00:00Z", "validUntil": "2026-01-01T00:00:00Z"});
        assert!(read(|user| user[NSIS] = backwards).unwrap_err().contains("not after"));
    }

    #[test]
    fn the_name_in_the_register_is_no_other_name() {
        let said = |name: &str| read(|user| user["displayName"] = json!(name)).unwrap().known_as();
        assert_eq!(said("Anna Berg"), None);
        assert_eq!(said("Ann"), Some("Ann".to_owned()));
    }

    proptest! {
        #[test]
        fn the_address_to_write_to_is_one_of_those_said(
            all in proptest::collection::vec(("[a-z]{1,4}", any::<Option<bool>>()).prop_map(|(value, primary)| {
                json!({"value": value, "primary": primary})
            }), 1..5),
        ) {
            let said = read(|user| user["emails"] = json!(all)).unwrap();
            assert!(said.kept.emails.iter().any(|email| Some(email.value.as_str()) == said.kept.email()));
        }
    }
}
