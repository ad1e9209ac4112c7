//! Groups: those of the directory whose names begin with the client's. A group has users in it and no groups, and a client
//! reaches neither the groups of others nor people who are not its own (T-DEL-01).

mod wanted;

use std::collections::BTreeSet;

use portner_audit_log::Event;
use portner_domain::right::Group;
use portner_domain::{GroupId, IdentityId, Moment};
use serde_json::{Map, Value, json};

use self::wanted::no_member;
pub use self::wanted::{MEMBERS_CHANGED_MAX, Wanted};
use super::client::Client;
use super::patch;
use super::refusal::{Kind, Refused};
use super::schema::GROUP;
use super::{Answer, Done, Manner, Scim, TRIES_MAX, as_seen};
use crate::store::scim::WhichGroups;
use crate::{Error, Refusal, store};

/// Members that are told of one group.
pub const MEMBERS_TOLD_MAX: u32 = 20_000;

/// A group as it is on record.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct GroupOnRecord {
    /// Its identifier.
    pub id: GroupId,
    /// Its name in the directory.
    pub group: Group,
    /// Its name for the client.
    pub display: String,
    /// What the client calls it besides.
    pub external_id: Option<String>,
    /// Counts the changes.
    pub version: i64,
    /// How many belong to it.
    pub size: i64,
    /// Since when it is here.
    pub created: Moment,
    /// When it was changed.
    pub changed: Moment,
}

impl GroupOnRecord {
    /// All that is told of it.
    pub fn resource(&self, base: &str, members: Option<&[IdentityId]>) -> Map<String, Value> {
        let member =
            |id: &IdentityId| json!({ "value": id, "$ref": format!("{base}/Users/{id}"), "type": "User" });
        let mut resource = Map::from_iter([
            ("schemas".to_owned(), json!([GROUP])),
            ("id".to_owned(), json!(self.id)),
            ("displayName".to_owned(), json!(self.display)),
            (
                "meta".to_owned(),
                json!({
                    "resourceType": "Group",
                    "created": self.created.xs_date_time(),
                    "lastModified": self.changed.xs_date_time(),
                    "location": format!("{base}/Groups/{}", self.id),
                    "version": self.tag(),
                }),
            ),
        ]);
        if let Some(id) = &self.external_id {
            resource.insert("externalId".to_owned(), json!(id));
        }
        if let Some(members) = members.filter(|members| !members.is_empty()) {
            resource.insert("members".to_owned(), members.iter().map(member).collect());
        }
        resource
    }

    /// Whoever ends leaves without a change of the group, and is counted.
    fn tag(&self) -> String {
        format!("W/\"{}-{}\"", self.version, self.size)
    }
}

/// Who joins and who leaves.
#[derive(Default)]
struct Moves {
    joining: Vec<IdentityId>,
    leaving: Vec<IdentityId>,
}

/// Why nothing happened.
enum Not {
    Refused(Refused),
    Raced,
    Failed(Error),
}

impl<E: Into<Error>> From<E> for Not {
    fn from(error: E) -> Self {
        Self::Failed(error.into())
    }
}

impl From<Refused> for Not {
    fn from(refused: Refused) -> Self {
        Self::Refused(refused)
    }
}

impl From<Refusal> for Not {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::TooMany => Self::Refused(refusal.into()),
            _ => Self::Raced,
        }
    }
}

impl Scim {
    /// Make a group.
    pub async fn create_group(
        &self,
        client: &Client,
        sent: &Map<String, Value>,
        manner: Manner<'_>,
    ) -> Answer<Done> {
        match Wanted::whole(sent) {
            Ok(wanted) => self.carry_group(client, None, &wanted, manner).await,
            Err(refused) => Ok(Err(refused)),
        }
    }

    /// Put this in place of what the group was.
    pub async fn replace_group(
        &self,
        client: &Client,
        id: &str,
        sent: &Map<String, Value>,
        manner: Manner<'_>,
    ) -> Answer<Done> {
        match Wanted::whole(sent) {
            Ok(wanted) => self.carry_group(client, Some(id), &wanted, manner).await,
            Err(refused) => Ok(Err(refused)),
        }
    }

    /// Change some of it.
    pub async fn patch_group(
        &self,
        client: &Client,
        id: &str,
        sent: &Map<String, Value>,
        manner: Manner<'_>,
    ) -> Answer<Done> {
        match patch::operations(sent).and_then(|operations| Wanted::patched(&operations)) {
            Ok(wanted) => self.carry_group(client, Some(id), &wanted, manner).await,
            Err(refused) => Ok(Err(refused)),
        }
    }

    /// Remove a group: all of the client's people leave it.
    pub async fn delete_group(&self, client: &Client, id: &str, manner: Manner<'_>) -> Answer<Done> {
        for _ in 0..TRIES_MAX {
            match self.try_delete_group(client, id, manner).await {
                Ok(done) => return Ok(Ok(done)),
                Err(Not::Raced) => {}
                Err(Not::Refused(refused)) => return Ok(Err(refused)),
                Err(Not::Failed(error)) => return Err(error),
            }
        }
        Ok(Err(Refused::raced()))
    }

    async fn carry_group(
        &self,
        client: &Client,
        id: Option<&str>,
        wanted: &Wanted,
        manner: Manner<'_>,
    ) -> Answer<Done> {
        for _ in 0..TRIES_MAX {
            match self.try_group(client, id, wanted, manner).await {
                Ok(done) => return Ok(Ok(done)),
                Err(Not::Raced) => {}
                Err(Not::Refused(refused)) => return Ok(Err(refused)),
                Err(Not::Failed(error)) => return Err(error),
            }
        }
        Ok(Err(Refused::raced()))
    }

    async fn try_group(
        &self,
        client: &Client,
        id: Option<&str>,
        wanted: &Wanted,
        manner: Manner<'_>,
    ) -> Result<Done, Not> {
        let before = match id {
            Some(id) => Some(self.group_seen(client, id, manner).await?),
            None => None,
        };
        let after = self.after(client, before.as_ref(), wanted)?;
        let is_new_name = before.as_ref().is_none_or(|before| before.group != after.group);
        if is_new_name {
            self.free(client, before.as_ref(), &after.group, manner).await?;
        }
        let moves = self.moves(client, (before.as_ref(), &after), wanted).await?;
        let mut steps = match &before {
            None => vec!["make".to_owned()],
            Some(_) if is_new_name => vec!["rename".to_owned()],
            Some(before) if before.external_id != after.external_id => vec!["external-id".to_owned()],
            Some(_) => Vec::new(),
        };
        for (what, who) in [("in", &moves.joining), ("out", &moves.leaving)] {
            steps.extend((!who.is_empty()).then(|| format!("{} {what}", who.len())));
        }
        if steps.is_empty() || manner.is_rehearsal {
            return self.settled_group(client, after.id, (steps, manner)).await;
        }
        let mut tx = self.log.begin(client.actor()).await?;
        let now = tx.now();
        let (name, group) = (client.name.clone(), after.group.clone());
        let conn = tx.write(Event::ScimGroupChanged { client: name, group, what: steps.join(", ") });
        let written = match &before {
            None => store::scim::insert_group(conn, &client.name, &after).await?,
            Some(_) => store::scim::update_group(conn, &after, now).await?,
        };
        if !written && is_new_name {
            return Err(name_taken().into());
        }
        if !written {
            return Err(Not::Raced);
        }
        let left = before.as_ref().map_or(&after.group, |before| &before.group);
        for identity in moves.leaving {
            crate::leave(&mut tx, identity, left).await??;
        }
        for identity in moves.joining {
            crate::join(&mut tx, identity, &after.group).await??;
        }
        tx.commit().await?;
        self.settled_group(client, after.id, (steps, manner)).await
    }

    async fn settled_group(
        &self,
        client: &Client,
        id: GroupId,
        (steps, manner): (Vec<String>, Manner<'_>),
    ) -> Result<Done, Not> {
        if manner.is_rehearsal {
            return Ok(Done::Rehearsed(steps));
        }
        let group = self.group_on_record(client, &id.to_string()).await?.ok_or(Not::Raced)?;
        let members = self.members_told(client, &group).await?;
        Ok(Done::Stored(group.resource(&self.base, members.ok().as_deref())))
    }

    async fn try_delete_group(&self, client: &Client, id: &str, manner: Manner<'_>) -> Result<Done, Not> {
        let group = self.group_seen(client, id, manner).await?;
        let members = self.all_members(client, &group.group).await?;
        if manner.is_rehearsal {
            return Ok(Done::Rehearsed(vec!["remove".to_owned(), format!("{} out", members.len())]));
        }
        let mut tx = self.log.begin(client.actor()).await?;
        let what = format!("removed, {} out", members.len());
        let event = Event::ScimGroupChanged { client: client.name.clone(), group: group.group.clone(), what };
        if !store::scim::delete_group(tx.write(event), &group).await? {
            return Err(Not::Raced);
        }
        for identity in members {
            crate::leave(&mut tx, identity, &group.group).await??;
        }
        tx.commit().await?;
        Ok(Done::Removed)
    }

    fn after(
        &self,
        client: &Client,
        before: Option<&GroupOnRecord>,
        wanted: &Wanted,
    ) -> Result<GroupOnRecord, Refused> {
        let now = self.log.now();
        let display = wanted.display.clone().or_else(|| before.map(|before| before.display.clone()));
        let display = display.unwrap_or_default();
        let group = client.group(&display).map_err(|bad| Refused::value("displayName", &bad.to_string()))?;
        let external_id = wanted.external_id.clone();
        let external_id = external_id.unwrap_or_else(|| before.and_then(|before| before.external_id.clone()));
        Ok(match before {
            Some(before) => GroupOnRecord { group, display, external_id, ..before.clone() },
            None => GroupOnRecord {
                id: GroupId::new(now, &*self.entropy),
                group,
                display,
                external_id,
                version: 1,
                size: 0,
                created: now,
                changed: now,
            },
        })
    }

    /// A name that others already belong to is no client's to take: it may mean something to service providers.
    async fn free(
        &self,
        client: &Client,
        before: Option<&GroupOnRecord>,
        group: &Group,
        manner: Manner<'_>,
    ) -> Result<(), Not> {
        let own = before.is_some_and(|before| before.group.is(group));
        let there = store::scim::groups_as_long_as(self.log.database(), group).await?;
        if own || !there.iter().any(|other| other.is(group)) {
            return Ok(());
        }
        let known = WhichGroups::Folded(folded(client, group));
        if store::scim::groups(self.log.database(), &client.name, &known, 1).await?.is_empty()
            && !manner.is_rehearsal
        {
            let why = "displayName: a group of that name is not the client's";
            self.note_refusal(Some(client.name.clone()), None, why).await?;
        }
        Err(name_taken().into())
    }

    async fn moves(
        &self,
        client: &Client,
        (before, after): (Option<&GroupOnRecord>, &GroupOnRecord),
        wanted: &Wanted,
    ) -> Result<Moves, Not> {
        let (db, name) = (self.log.database(), &client.name);
        let most = || {
            let what =
                format!("members: at most {MEMBERS_CHANGED_MAX} change at a time; send several requests");
            Refused::new(Kind::TooMany, what)
        };
        if wanted.added.len().saturating_add(wanted.removed.len()) > MEMBERS_CHANGED_MAX {
            return Err(most().into());
        }
        let group = before.map_or(&after.group, |before| &before.group);
        let named: Vec<IdentityId> = wanted.added.union(&wanted.removed).copied().collect();
        let own = store::scim::own_of(db, name, group, &named).await?;
        let known: BTreeSet<IdentityId> = own.iter().map(|(id, _)| *id).collect();
        if !wanted.added.is_subset(&known) {
            return Err(no_member().into());
        }
        let is_renamed = before.is_some_and(|before| before.group != after.group);
        let (joining, leaving): (Vec<_>, Vec<_>) = if is_renamed || wanted.is_emptied {
            let has = match before {
                Some(before) => self.all_members(client, &before.group).await?.into_iter().collect(),
                None => BTreeSet::new(),
            };
            let stays = has.iter().filter(|id| !wanted.is_emptied && !wanted.removed.contains(id)).copied();
            let will: BTreeSet<IdentityId> = stays.chain(wanted.added.iter().copied()).collect();
            if is_renamed {
                (will.into_iter().collect(), has.into_iter().collect())
            } else {
                (will.difference(&has).copied().collect(), has.difference(&will).copied().collect())
            }
        } else {
            let is = |member: bool, of: &BTreeSet<IdentityId>| {
                own.iter().filter(|(id, is)| *is == member && of.contains(id)).map(|(id, _)| *id).collect()
            };
            (is(false, &wanted.added), is(true, &wanted.removed))
        };
        if joining.len().saturating_add(leaving.len()) > 2 * MEMBERS_CHANGED_MAX {
            return Err(most().into());
        }
        Ok(Moves { joining, leaving })
    }

    async fn all_members(&self, client: &Client, group: &Group) -> Result<Vec<IdentityId>, Not> {
        let most = u32::try_from(MEMBERS_CHANGED_MAX).unwrap_or(u32::MAX);
        let all =
            store::scim::members(self.log.database(), &client.name, group, most.saturating_add(1)).await?;
        if all.len() > MEMBERS_CHANGED_MAX {
            let what = "members: too many belong to it for one request; remove some of them first";
            return Err(Refused::new(Kind::TooMany, what).into());
        }
        Ok(all)
    }

    async fn group_seen(&self, client: &Client, id: &str, manner: Manner<'_>) -> Result<GroupOnRecord, Not> {
        let found = self.group_on_record(client, id).await?.ok_or_else(Refused::not_found)?;
        as_seen(manner, &found.tag())?;
        Ok(found)
    }

    pub(super) async fn group_on_record(
        &self,
        client: &Client,
        id: &str,
    ) -> Result<Option<GroupOnRecord>, Error> {
        let Ok(id) = id.parse() else { return Ok(None) };
        let found = store::scim::groups(self.log.database(), &client.name, &WhichGroups::Id(id), 1).await?;
        Ok(found.into_iter().next())
    }

    pub(super) async fn members_told(
        &self,
        client: &Client,
        group: &GroupOnRecord,
    ) -> Answer<Vec<IdentityId>> {
        if group.size > i64::from(MEMBERS_TOLD_MAX) {
            let what = "members: too many to tell; ask with excludedAttributes=members";
            return Ok(Err(Refused::new(Kind::TooMany, what)));
        }
        let db = self.log.database();
        Ok(Ok(store::scim::members(db, &client.name, &group.group, MEMBERS_TOLD_MAX).await?))
    }
}

/// As it is looked for.
fn folded(client: &Client, group: &Group) -> String {
    let display = group.as_str().strip_prefix(&format!("{}/", client.name)).unwrap_or(group.as_str());
    display.to_lowercase()
}

fn name_taken() -> Refused {
    Refused::new(Kind::Uniqueness, "displayName: there is a group of that name; choose another")
}
