//! What has to happen for what is on record to be what a feed says: one record at a time, and nothing is done here.

use std::collections::{BTreeMap, BTreeSet};

use portner_domain::identity::{Cvr, State, UserName};
use portner_domain::life::{Admission, Validity};
use portner_domain::right::Group;
use portner_domain::{IdentityId, Moment, PersonId};
use serde::{Deserialize, Serialize};

use super::record::{Field, Record, Status, Wrong};
use crate::person::About;

/// A person, as far as feeds are concerned.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Person {
    /// Who.
    pub id: PersonId,
    /// First names.
    pub first_name: String,
    /// Surname.
    pub last_name: String,
    /// The name they go by.
    pub known_as: Option<String>,
    /// Are name and address protected?
    pub is_protected: bool,
    /// Under what their CPR number is found, if there is one on record.
    pub cpr_index: Option<String>,
    /// Of their identities that come from feeds and have not ended, the oldest. It alone says what the person is called:
    /// two records of one person may differ, and would otherwise undo each other in every run.
    pub leader: Option<IdentityId>,
}

/// An identity that comes from the feed, as it is on record.
#[derive(Clone, Debug)]
pub struct Known {
    /// Which.
    pub identity: IdentityId,
    /// Whose.
    pub person: Person,
    /// What they log in with.
    pub user_name: UserName,
    /// Where they work.
    pub cvr: Cvr,
    /// Where it is in its life.
    pub state: State,
    /// Has a feed stopped it?
    pub is_stopped: bool,
    /// From when and until when.
    pub validity: Validity,
    /// May it have a level?
    pub admission: Admission,
    /// What else is known.
    pub about: About,
    /// The groups it belongs to.
    pub groups: BTreeSet<Group>,
}

/// Who has a user name.
#[derive(Clone, Debug)]
pub struct Holder {
    /// As it is on record.
    pub known: Known,
    /// Does it come from a feed?
    pub is_fed: bool,
}

/// What on record bears on one record of a feed.
#[derive(Clone, Debug)]
pub struct Around {
    /// The identity with the record's key.
    pub known: Option<Known>,
    /// The identifier that it gets if it is new.
    pub fresh: IdentityId,
    /// Under what the record's CPR number is found.
    pub cpr_index: Option<String>,
    /// Who has that number.
    pub by_cpr: Option<Person>,
    /// Who else has the user name that it wants.
    pub holder: Option<Holder>,
    /// Is the organisation on record?
    pub knows_organisation: bool,
}

/// What a feed speaks of, and whose groups are its own.
#[derive(Clone, Debug)]
pub struct Speaks {
    /// The fields of which it says something. Others stay as they are.
    pub of: BTreeSet<Field>,
    /// What the names of its own groups begin with.
    pub group_prefix: String,
}

/// One thing to be done.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Step {
    /// Register it, as somebody who is on record or as a person of its own.
    Register(Option<PersonId>),
    /// Somebody entered it by hand: from now on it comes from the feed.
    Adopt(IdentityId),
    /// Let it begin anew.
    Resume,
    /// Lift the feed's lock.
    Lift,
    /// Stop it.
    Lock,
    /// The employment is over.
    End,
    /// It logs in with another name.
    UserName,
    /// Put the person's CPR number on record.
    Cpr,
    /// The person has another one.
    AnotherCpr,
    /// The person has another name.
    Rename,
    /// These fields say something else.
    Describe(Vec<Field>),
    /// It may be used from and until other days.
    Validity {
        /// These.
        to: Validity,
        /// Does it begin later or end earlier than before?
        is_shorter: bool,
    },
    /// It may have a level, or not.
    Admit(Admission),
    /// It belongs to a group.
    Join(Group),
    /// It belongs to a group no more.
    Leave(Group),
}

impl Step {
    /// Does it take somebody's login or level? Whoever is registered anew had none. With another name or number the
    /// person has to be made sure of again, with another user name nobody finds in by the old, and an earlier last day
    /// is an end that comes by itself.
    pub const fn loses(&self) -> bool {
        match self {
            Self::Lock
            | Self::End
            | Self::UserName
            | Self::AnotherCpr
            | Self::Rename
            | Self::Validity { is_shorter: true, .. }
            | Self::Admit(Admission::Withheld) => true,
            Self::Register(_)
            | Self::Adopt(_)
            | Self::Resume
            | Self::Lift
            | Self::Cpr
            | Self::Describe(_)
            | Self::Validity { is_shorter: false, .. }
            | Self::Admit(_)
            | Self::Join(_)
            | Self::Leave(_) => false,
        }
    }

    /// Does what somebody logs in with have to go with it?
    pub const fn strips(&self) -> bool {
        matches!(self, Self::Resume | Self::End)
    }

    /// What kind it is, for counting.
    pub const fn kind(&self) -> Kind {
        match self {
            Self::Register(_) => Kind::Register,
            Self::Resume => Kind::Resume,
            Self::Lift => Kind::Lift,
            Self::Lock => Kind::Lock,
            Self::End => Kind::End,
            _ => Kind::Change,
        }
    }

    /// In words: what changes, never to what.
    pub fn words(&self) -> String {
        match self {
            Self::Register(None) => "register".to_owned(),
            Self::Register(Some(_)) => "register, as somebody who is here already".to_owned(),
            Self::Adopt(_) => "take over from those entered by hand".to_owned(),
            Self::Resume => "begin anew".to_owned(),
            Self::Lift => "let go on".to_owned(),
            Self::Lock => "stop".to_owned(),
            Self::End => "end".to_owned(),
            Self::UserName => "user_name".to_owned(),
            Self::Cpr => "cpr".to_owned(),
            Self::AnotherCpr => "cpr (another one)".to_owned(),
            Self::Rename => "name".to_owned(),
            Self::Describe(fields) => fields.iter().map(|field| field.word()).collect::<Vec<_>>().join(", "),
            Self::Validity { .. } => "validity".to_owned(),
            Self::Admit(admission) => format!("level {}", admission.word()),
            Self::Join(group) => format!("join {}", group.as_str()),
            Self::Leave(group) => format!("leave {}", group.as_str()),
        }
    }
}

/// What kinds of steps are counted.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// Somebody new.
    Register,
    /// Something about somebody says something else.
    Change,
    /// Stopped.
    Lock,
    /// Going on.
    Lift,
    /// Over.
    End,
    /// Over, and begun anew.
    Resume,
    /// Over, and in the source again: for a person to decide.
    Returner,
}

impl Kind {
    /// All of them, in the order in which they are told.
    pub const ALL: [Self; 7] =
        [Self::Register, Self::Change, Self::Lock, Self::Lift, Self::End, Self::Resume, Self::Returner];

    /// In words.
    pub const fn words(self) -> &'static str {
        match self {
            Self::Register => "to register",
            Self::Change => "to change",
            Self::Lock => "to stop",
            Self::Lift => "to let go on",
            Self::End => "to end",
            Self::Resume => "to begin anew",
            Self::Returner => "ended, and in the source again: decide by hand",
        }
    }
}

/// What has to happen to one identity.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Plan {
    /// One after the other.
    pub steps: Vec<Step>,
    /// Has it ended, and is in the source as if it had not?
    pub is_returner: bool,
}

impl Plan {
    fn of(steps: Vec<Step>) -> Self {
        Self { steps, is_returner: false }
    }

    /// How often each kind counts: an identity counts once for each.
    pub fn kinds(&self) -> BTreeMap<Kind, Vec<&Step>> {
        let mut kinds: BTreeMap<Kind, Vec<&Step>> = BTreeMap::new();
        for step in &self.steps {
            kinds.entry(step.kind()).or_default().push(step);
        }
        if self.is_returner {
            kinds.insert(Kind::Returner, Vec::new());
        }
        kinds
    }

    /// Does it take the identity's login or level?
    pub fn loses(&self) -> bool {
        self.steps.iter().any(Step::loses)
    }
}

/// What has to happen for one record.
pub fn plan(speaks: &Speaks, record: &Record, around: &Around, now: Moment) -> Result<Plan, Wrong> {
    let over = record.validity.until.is_some_and(|until| until <= now);
    let status = if over { Status::Ended } else { record.status };
    let Some(known) = &around.known else { return plan_for_a_stranger(speaks, record, around, status) };
    let lives = matches!(known.state, State::Active | State::Locked);
    match status {
        Status::Ended if lives => Ok(Plan::of(vec![Step::End])),
        Status::Stopped if lives && !known.is_stopped => Ok(Plan::of(vec![Step::Lock])),
        Status::Ended | Status::Stopped => Ok(Plan::default()),
        Status::Employed if !lives => Ok(Plan { steps: Vec::new(), is_returner: true }),
        Status::Employed | Status::Returned => {
            let mut steps = Vec::new();
            if !lives {
                steps.push(Step::Resume);
            } else if known.is_stopped {
                steps.push(Step::Lift);
            }
            steps.extend(differences(speaks, record, around, known)?);
            Ok(Plan::of(steps))
        }
    }
}

/// Who is not here, and does not work there, stays unknown.
fn plan_for_a_stranger(
    speaks: &Speaks,
    record: &Record,
    around: &Around,
    status: Status,
) -> Result<Plan, Wrong> {
    if matches!(status, Status::Stopped | Status::Ended) {
        return Ok(Plan::default());
    }
    if !around.knows_organisation {
        return Err(Wrong::NoSuchOrganisation);
    }
    match &around.holder {
        None => {}
        Some(holder) if holder.is_fed => return Err(Wrong::UserNameTaken),
        Some(Holder { known, .. }) => {
            // The same name and the same number: it is who somebody entered by hand.
            let same = around.cpr_index.is_some() && known.person.cpr_index == around.cpr_index;
            if !same || !matches!(known.state, State::Active | State::Locked) {
                return Err(Wrong::NotOurs);
            }
            let mut steps = vec![Step::Adopt(known.identity)];
            steps.extend(differences(speaks, record, around, known)?);
            return Ok(Plan::of(steps));
        }
    }
    let person = around.by_cpr.as_ref();
    let mut steps = vec![Step::Register(person.map(|person| person.id))];
    if person.is_some_and(|person| leads(around.fresh, person) && !is_called(person, record)) {
        steps.push(Step::Rename);
    }
    Ok(Plan::of(steps))
}

fn differences(speaks: &Speaks, record: &Record, around: &Around, known: &Known) -> Result<Vec<Step>, Wrong> {
    if record.cvr != known.cvr {
        return Err(Wrong::OtherOrganisation);
    }
    let mut steps = Vec::new();
    if record.user_name != known.user_name {
        match &around.holder {
            Some(holder) if holder.is_fed => return Err(Wrong::UserNameTaken),
            Some(_) => return Err(Wrong::NotOurs),
            None => steps.push(Step::UserName),
        }
    }
    let leads = leads(known.identity, &known.person);
    steps.extend(number(around, known, leads)?);
    if leads && !is_called(&known.person, record) {
        steps.push(Step::Rename);
    }
    let fields = described(speaks, record, known, leads);
    if !fields.is_empty() {
        steps.push(Step::Describe(fields));
    }
    let validity = Validity {
        from: if speaks.of.contains(&Field::ValidFrom) { record.validity.from } else { known.validity.from },
        until: if speaks.of.contains(&Field::ValidUntil) {
            record.validity.until
        } else {
            known.validity.until
        },
    };
    if validity != known.validity {
        let is_shorter = is_shorter(known.validity, validity);
        steps.push(Step::Validity { to: validity, is_shorter });
    }
    match record.admission {
        Some(wanted) if wanted != known.admission => {
            let may = known.admission.may_become(wanted);
            steps.push(may.then_some(Step::Admit(wanted)).ok_or(Wrong::Robot)?);
        }
        _ => {}
    }
    steps.extend(groups(speaks, record, known)?);
    Ok(steps)
}

fn number(around: &Around, known: &Known, leads: bool) -> Result<Option<Step>, Wrong> {
    if around.cpr_index.is_none() || around.cpr_index == known.person.cpr_index {
        return Ok(None);
    }
    if around.by_cpr.is_some() {
        return Err(Wrong::CprTaken);
    }
    match (&known.person.cpr_index, leads) {
        (None, _) => Ok(Some(Step::Cpr)),
        (Some(_), true) => Ok(Some(Step::AnotherCpr)),
        (Some(_), false) => Err(Wrong::CprDisputed),
    }
}

fn described(speaks: &Speaks, record: &Record, known: &Known, leads: bool) -> Vec<Field> {
    let (has, wants) = (&known.about, &record.about);
    let differs = [
        (Field::KnownAs, leads && known.person.known_as != wants.known_as),
        (Field::Protected, leads && known.person.is_protected != wants.is_protected),
        (Field::Email, has.email != wants.email),
        (Field::Title, has.title != wants.title),
        (Field::Unit, has.unit != wants.unit),
        (Field::ProductionUnit, has.production_unit != wants.production_unit),
    ];
    let spoken = differs.into_iter().filter(|(field, differs)| *differs && speaks.of.contains(field));
    spoken.map(|(field, _)| field).collect()
}

/// What is on record once these fields are what the record says.
pub fn about(known: &Known, record: &Record, fields: &[Field]) -> About {
    let mut about = About {
        known_as: known.person.known_as.clone(),
        is_protected: known.person.is_protected,
        ..known.about.clone()
    };
    for field in fields {
        match field {
            Field::KnownAs => about.known_as.clone_from(&record.about.known_as),
            Field::Protected => about.is_protected = record.about.is_protected,
            Field::Email => about.email.clone_from(&record.about.email),
            Field::Title => about.title.clone_from(&record.about.title),
            Field::Unit => about.unit.clone_from(&record.about.unit),
            Field::ProductionUnit => about.production_unit.clone_from(&record.about.production_unit),
            _ => {}
        }
    }
    about
}

/// Only the feed's own groups are joined and left; what somebody gave by hand stays.
fn groups(speaks: &Speaks, record: &Record, known: &Known) -> Result<Vec<Step>, Wrong> {
    if !speaks.of.contains(&Field::Groups) {
        return Ok(Vec::new());
    }
    let left = known.groups.iter().filter(|group| group.as_str().starts_with(&speaks.group_prefix));
    let left: Vec<Step> =
        left.filter(|group| !record.groups.contains(group)).cloned().map(Step::Leave).collect();
    let joined: Vec<Step> = record.groups.difference(&known.groups).cloned().map(Step::Join).collect();
    let after = known.groups.len().saturating_add(joined.len()).saturating_sub(left.len());
    if after > crate::GROUPS_MAX {
        return Err(Wrong::TooManyGroups);
    }
    // First the leaving, so that whoever has as many as anybody may can exchange one for another.
    Ok(left.into_iter().chain(joined).collect())
}

/// Does this identity say what the person is called?
pub fn leads(identity: IdentityId, person: &Person) -> bool {
    person.leader.is_none_or(|leader| identity <= leader)
}

fn is_called(person: &Person, record: &Record) -> bool {
    person.first_name == record.first_name && person.last_name == record.last_name
}

/// Does the second begin later or end earlier than the first?
fn is_shorter(was: Validity, is: Validity) -> bool {
    let ends_earlier = match (was.until, is.until) {
        (Some(was), Some(is)) => is < was,
        (None, Some(_)) => true,
        (_, None) => false,
    };
    ends_earlier || is.from > was.from
}

#[cfg(test)]
mod tests;
