//! A directory as a source: read once over LDAP, written down, and then a feed like any other.
//!
//! Read is all of it, or what changed since a mark that the server itself made. A mark means nothing to another server,
//! nor to the same one after it was restored from a backup; then all is read. Only a run that read all of it can tell
//! who is gone.

use std::fs::File;

use portner_audit_log::Tx;
use portner_domain::{IdentityId, Millis, Moment};
use portner_ldap::{Connection, Servers, Subtree, Trouble};
use serde::{Deserialize, Serialize};

use super::entry::{generalized, texts, written};
use super::index::FEED_RECORDS_MAX;
use super::kept::{Kept, Writing};
use super::mapping::{Feed, Load, Mapping};
use super::place::{Changes, NAME, Place};
use super::source::Unusable;
use super::survey::Survey;
use super::{Importer, Outcome, Phase, Watch, whole};
use crate::Error;

/// How long a mark is kept: whoever has not read for so long reads all of it.
const MARK_LIFE: Millis = Millis::hours(30 * 24);
/// Times of change come from several servers, whose clocks and whose copying differ: so much is read again.
const OVERLAP: Millis = Millis::minutes(15);
/// When an entry was changed last (RFC 4512 3.4.2).
const MODIFIED: &str = "modifyTimestamp";

/// A directory to read.
#[derive(Clone, Copy)]
pub struct Reading<'a> {
    /// What it means.
    pub mapping: &'a Mapping,
    /// Where it is.
    pub servers: &'a Servers,
    /// How much of it.
    pub extent: Extent,
}

/// How much is read.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Extent {
    /// Everything, and who is gone is stopped.
    All,
    /// What changed since the last run, if the server can tell; else everything.
    Changed,
}

/// What was read.
struct Fetched<'m> {
    feed: Feed,
    kept: Kept<'m>,
    count: u64,
    mark: Option<(String, Mark)>,
}

/// Up to where a server was read.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
struct Mark {
    /// Whose numbers they are: it changes when the server is restored from a backup (MS-ADTS 3.1.1.1.9).
    whose: String,
    /// A number, or a time in milliseconds.
    at: i64,
    /// Under which mapping: with another one everybody says something else.
    mapping: String,
}

impl Importer {
    /// What a run would do. Nothing is done or written down. `spool` is an empty file that nobody else knows.
    pub async fn look_at_directory<W: Watch>(
        &self,
        reading: Reading<'_>,
        spool: File,
        watch: &mut W,
    ) -> Result<Result<Survey, Unusable>, Error> {
        match self.fetch(reading, spool, watch).await? {
            Ok(fetched) if fetched.has_nothing_new() => Ok(Ok(Survey::default())),
            Ok(mut fetched) => self.look(&fetched.feed, &mut fetched.kept, watch).await,
            Err(unusable) => Ok(Err(unusable)),
        }
    }

    /// Put on record what a directory says. `spool` is an empty file that nobody else knows; `strip` as for
    /// [`Importer::import`].
    pub async fn import_directory<W: Watch>(
        &self,
        reading: Reading<'_>,
        spool: File,
        watch: &mut W,
        strip: &impl AsyncFn(&mut Tx, IdentityId) -> Result<(), Error>,
    ) -> Result<Outcome, Error> {
        let mut fetched = match self.fetch(reading, spool, watch).await? {
            Ok(fetched) => fetched,
            Err(unusable) => return Ok(Outcome::Unusable(unusable)),
        };
        let outcome = if fetched.has_nothing_new() {
            Outcome::Unchanged
        } else {
            self.import(&fetched.feed, &mut fetched.kept, watch, strip).await?
        };
        // What was not put on record has to be read again.
        if let (Outcome::Applied(..) | Outcome::Unchanged, Some((key, mark))) = (&outcome, &fetched.mark) {
            let now = self.log.now();
            self.volatile.put(key, &crate::store::to_json(mark)?, now.plus(MARK_LIFE), now).await?;
        }
        Ok(outcome)
    }

    async fn fetch<'m, W: Watch>(
        &self,
        reading: Reading<'m>,
        spool: File,
        watch: &mut W,
    ) -> Result<Result<Fetched<'m>, Unusable>, Error> {
        let Some(place) = &reading.mapping.place else {
            let why = "the mapping has no [ldap]".to_owned();
            return Ok(Err(Unusable::Unreadable(why)));
        };
        watch.phase(Phase::Fetching);
        let (server, mut connection) = match reading.servers.reach().await {
            Ok(reached) => reached,
            Err(trouble) => return Ok(Err(unreadable(&trouble))),
        };
        let key = format!("feed/{}/mark/{server}", reading.mapping.feed.name);
        let before = match reading.extent {
            Extent::All => None,
            Extent::Changed => self.mark(&key).await?,
        };
        let fetching = Fetching { place, mapping: reading.mapping, before };
        Ok(fetching.all(&mut connection, spool, watch).await.map(|fetched| {
            let mark = fetched.mark.map(|(_, mark)| (key, mark));
            Fetched { mark, ..fetched }
        }))
    }

    async fn mark(&self, key: &str) -> Result<Option<Mark>, Error> {
        let kept = self.volatile.get(key, self.log.now()).await?;
        Ok(kept.and_then(|kept| serde_json::from_str(&kept).ok()))
    }
}

impl Fetched<'_> {
    fn has_nothing_new(&self) -> bool {
        self.feed.load == Load::Delta && self.count == 0
    }
}

struct Fetching<'m> {
    place: &'m Place,
    mapping: &'m Mapping,
    before: Option<Mark>,
}

impl<'m> Fetching<'m> {
    async fn all<W: Watch>(
        &self,
        connection: &mut Connection,
        spool: File,
        watch: &mut W,
    ) -> Result<Fetched<'m>, Unusable> {
        // What changes while it is read is after this mark, and read again.
        let position = self.position(connection).await.map_err(|trouble| unreadable(&trouble))?;
        let since = self.before.clone().filter(|mark| {
            let same = position.as_ref().is_some_and(|now| now.whose == mark.whose && now.at >= mark.at);
            same && mark.mapping == self.mapping.text_digest()
        });
        let filter = match &since {
            Some(mark) => format!("(&{}{})", self.place.filter, self.changed_since(mark)),
            None => self.place.filter.clone(),
        };
        let (writing, latest) = self.pages(connection, &filter, spool, watch).await?;
        let load = if since.is_some() { Load::Delta } else { self.mapping.feed.load };
        let at = match self.place.changes {
            Some(Changes::ModifyTimestamp) => latest.map(|at| at.0).max(since.map(|mark| mark.at)),
            Some(Changes::Usn) | None => position.as_ref().map(|now| now.at),
        };
        let mark = position.zip(at).map(|(now, at)| (String::new(), Mark { at, ..now }));
        let count = writing.count();
        let feed = Feed { load, ..self.mapping.feed.clone() };
        Ok(Fetched { feed, kept: writing.kept(self.mapping), count, mark })
    }

    async fn pages<W: Watch>(
        &self,
        connection: &mut Connection,
        filter: &str,
        spool: File,
        watch: &mut W,
    ) -> Result<(Writing, Option<Moment>), Unusable> {
        let mut attributes: Vec<&str> = self.mapping.columns.values().map(String::as_str).collect();
        attributes.retain(|name| !name.eq_ignore_ascii_case(NAME));
        let by_time = self.place.changes == Some(Changes::ModifyTimestamp);
        attributes.extend(by_time.then_some(MODIFIED));
        let elsewhere = connection.elsewhere().await.map_err(|trouble| unreadable(&trouble))?;
        let what = Subtree { base: &self.place.base, filter, attributes: &attributes, elsewhere };
        let (mut writing, mut latest, mut after) = (Writing::new(spool), None, None);
        loop {
            let page = connection.page(&what, after).await.map_err(|trouble| unreadable(&trouble))?;
            for entry in &page.entries {
                let changed =
                    entry.values(MODIFIED).first().and_then(|value| std::str::from_utf8(value).ok());
                latest = latest.max(changed.and_then(generalized));
                writing.add(texts(self.place, &self.mapping.columns, entry))?;
            }
            if writing.count() > whole(FEED_RECORDS_MAX) {
                return Err(Unusable::TooMany);
            }
            watch.progress(writing.count(), 0);
            match page.next {
                Some(next) => after = Some(next),
                None => return Ok((writing, latest)),
            }
        }
    }

    /// Where the server is now, if the mapping says how it tells.
    async fn position(&self, connection: &mut Connection) -> Result<Option<Mark>, Trouble> {
        let mapping = self.mapping.text_digest();
        let (whose, at) = match self.place.changes {
            None => return Ok(None),
            Some(Changes::ModifyTimestamp) => ("time".to_owned(), i64::MAX),
            Some(Changes::Usn) => usn(connection).await?,
        };
        Ok(Some(Mark { whose, at, mapping }))
    }

    /// Of numbers and signs of ours alone: nothing that anybody said becomes part of a filter.
    fn changed_since(&self, mark: &Mark) -> String {
        match self.place.changes {
            Some(Changes::ModifyTimestamp) => {
                format!("({MODIFIED}>={})", written(Moment(mark.at).minus(OVERLAP)))
            }
            Some(Changes::Usn) | None => format!("(uSNChanged>={})", mark.at.saturating_add(1)),
        }
    }
}

/// The number of the last change at this server, and whose number it is (MS-ADTS 3.1.1.3.2.9).
async fn usn(connection: &mut Connection) -> Result<(String, i64), Trouble> {
    let odd = || Trouble::Answer("no number of changes; is it Active Directory? Set ldap.changes".to_owned());
    let itself = connection.entry("", &["highestCommittedUSN", "dsServiceName"]).await?;
    let text = |value: Option<&Vec<u8>>| value.and_then(|value| String::from_utf8(value.clone()).ok());
    let number = text(itself.values("highestCommittedUSN").first()).and_then(|number| number.parse().ok());
    let service = text(itself.values("dsServiceName").first()).ok_or_else(odd)?;
    let settings = connection.entry(&service, &["invocationId"]).await?;
    let whose = settings.values("invocationId").first().map(hex::encode);
    whose.zip(number).ok_or_else(odd)
}

fn unreadable(trouble: &Trouble) -> Unusable {
    Unusable::Unreadable(trouble.to_string())
}
