//! The directory's tables.

use portner_audit_log::Database;
use portner_domain::identity::{Cvr, Identity, Life, UserName};
use portner_domain::life::Validity;
use portner_domain::proofing::Proofing;
use portner_domain::right::{Group, Holdings, Right};
use portner_domain::terms::HoldFor;
use portner_domain::{IdentityId, Moment, PersonId, ProofingId};
use sqlx::any::AnyRow;
use sqlx::{AnyConnection, Row};

use self::person::Findable;
use crate::{Again, Duty, Error, NewEmployee, Published, Terms, TermsVersion};

pub mod feed;
pub mod feed_run;
pub mod letter;
pub mod life;
pub mod list;
pub mod meeting;
pub mod organisation;
pub mod person;
pub mod personal;
pub mod registered;
pub mod role;
pub mod scim;
pub mod waiting;

pub const IDENTITY_COLUMNS: &str = "i.id, i.person, i.user_name, p.first_name, p.last_name, i.email, i.cvr, \
     o.name AS organisation, i.employment, i.state, i.sessions_ended, i.valid_from, i.valid_until, i.admission, \
     p.reopened_at";
pub const IDENTITY_TABLES: &str =
    "identity i JOIN person p ON p.id = i.person JOIN organisation o ON o.cvr = i.cvr";

pub async fn organisation_name(db: &Database, cvr: &Cvr) -> Result<Option<String>, Error> {
    let row = sqlx::query("SELECT name FROM organisation WHERE cvr = $1")
        .bind(cvr.as_str())
        .fetch_optional(db.reader())
        .await?;
    row.map(|row| Ok(row.try_get("name")?)).transpose()
}

pub async fn organisations(db: &Database) -> Result<Vec<(Cvr, String)>, Error> {
    let rows =
        sqlx::query("SELECT cvr, name FROM organisation ORDER BY name, cvr").fetch_all(db.reader()).await?;
    rows.iter().map(|row| Ok((read(row, "cvr")?, row.try_get("name")?))).collect()
}

pub async fn name_organisation(conn: &mut AnyConnection, cvr: &Cvr, name: &str) -> Result<(), Error> {
    sqlx::query("INSERT INTO organisation (cvr, name) VALUES ($1, $2) ON CONFLICT (cvr) DO UPDATE SET name = excluded.name")
        .bind(cvr.as_str())
        .bind(name)
        .execute(conn)
        .await?;
    Ok(())
}

pub async fn insert_person(
    conn: &mut AnyConnection,
    id: PersonId,
    employee: &NewEmployee,
    now: Moment,
) -> Result<(), Error> {
    sqlx::query("INSERT INTO person (id, first_name, last_name, registered_at) VALUES ($1, $2, $3, $4)")
        .bind(id.to_string())
        .bind(&employee.first_name)
        .bind(&employee.last_name)
        .bind(now.0)
        .execute(conn)
        .await?;
    Ok(())
}

/// False if the user name is taken.
pub async fn insert_identity(
    conn: &mut AnyConnection,
    id: IdentityId,
    person: PersonId,
    employee: &NewEmployee,
    now: Moment,
) -> Result<bool, Error> {
    let findable = Findable::new(
        (&employee.first_name, &employee.last_name),
        None,
        employee.user_name.as_str(),
        employee.email.as_deref(),
    );
    let done = sqlx::query(
        "INSERT INTO identity (id, person, cvr, user_name, email, employment, state, sessions_ended, registered_at, \
         admission, changed_at, sort_name, words) \
         VALUES ($1, $2, $3, $4, $5, $6, 'active', 0, $7, $8, $7, $9, $10) ON CONFLICT (user_name) DO NOTHING",
    )
    .bind(id.to_string())
    .bind(person.to_string())
    .bind(employee.cvr.as_str())
    .bind(employee.user_name.as_str())
    .bind(employee.email.as_deref())
    .bind(to_json(&employee.employment)?)
    .bind(now.0)
    .bind(employee.admission.word())
    .bind(findable.sort_name)
    .bind(findable.words)
    .execute(conn)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Those of a person's proofings that were not withdrawn.
pub async fn proofings_in_force(
    conn: &mut AnyConnection,
    person: PersonId,
) -> Result<Vec<ProofingId>, Error> {
    let rows = sqlx::query("SELECT id FROM proofing WHERE person = $1 AND withdrawn_at IS NULL ORDER BY id")
        .bind(person.to_string())
        .fetch_all(conn)
        .await?;
    rows.iter().map(|row| read(row, "id")).collect()
}

/// False if it was before.
pub async fn withdraw_proofing(conn: &mut AnyConnection, id: ProofingId, now: Moment) -> Result<bool, Error> {
    let done = sqlx::query("UPDATE proofing SET withdrawn_at = $2 WHERE id = $1 AND withdrawn_at IS NULL")
        .bind(id.to_string())
        .bind(now.0)
        .execute(conn)
        .await?;
    Ok(done.rows_affected() == 1)
}

/// With it, the person is who was proofed: nothing is open any more.
pub async fn insert_proofing(conn: &mut AnyConnection, proofing: &Proofing) -> Result<(), Error> {
    sqlx::query("UPDATE person SET reopened_at = NULL WHERE id = $1")
        .bind(proofing.person.to_string())
        .execute(&mut *conn)
        .await?;
    sqlx::query("INSERT INTO proofing (id, person, evidence, at) VALUES ($1, $2, $3, $4)")
        .bind(proofing.id.to_string())
        .bind(proofing.person.to_string())
        .bind(to_json(&proofing.evidence)?)
        .bind(proofing.at.0)
        .execute(conn)
        .await?;
    Ok(())
}

pub async fn end_sessions(conn: &mut AnyConnection, id: IdentityId, now: Moment) -> Result<bool, Error> {
    let done = sqlx::query("UPDATE identity SET sessions_ended = $2 WHERE id = $1")
        .bind(id.to_string())
        .bind(now.0)
        .execute(conn)
        .await?;
    Ok(done.rows_affected() == 1)
}

pub async fn identity(conn: &mut AnyConnection, id: IdentityId) -> Result<Option<Identity>, Error> {
    let sql = identities("i.id = $1");
    let row = sqlx::query(sqlx::AssertSqlSafe(sql)).bind(id.to_string()).fetch_optional(conn).await?;
    row.as_ref().map(read_identity).transpose()
}

pub async fn identity_in(db: &Database, id: IdentityId) -> Result<Option<Identity>, Error> {
    identity(&mut *db.reader().acquire().await?, id).await
}

pub async fn identity_by_user_name(db: &Database, name: &UserName) -> Result<Option<Identity>, Error> {
    let sql = identities("i.user_name = $1");
    let row = sqlx::query(sqlx::AssertSqlSafe(sql)).bind(name.as_str()).fetch_optional(db.reader()).await?;
    row.as_ref().map(read_identity).transpose()
}

pub async fn insert_setup_link(conn: &mut AnyConnection, hash: &str, expires: Moment) -> Result<(), Error> {
    sqlx::query("INSERT INTO setup_link (token_hash, expires_at) VALUES ($1, $2)")
        .bind(hash)
        .bind(expires.0)
        .execute(conn)
        .await?;
    Ok(())
}

pub async fn setup_link_works(db: &Database, hash: &str, now: Moment) -> Result<bool, Error> {
    let row =
        sqlx::query("SELECT 1 FROM setup_link WHERE token_hash = $1 AND expires_at > $2 AND used_at IS NULL")
            .bind(hash)
            .bind(now.0)
            .fetch_optional(db.reader())
            .await?;
    Ok(row.is_some())
}

/// One conditional update, so that of two who try at once one wins.
pub async fn use_setup_link(conn: &mut AnyConnection, hash: &str, now: Moment) -> Result<bool, Error> {
    let done = sqlx::query(
        "UPDATE setup_link SET used_at = $2 WHERE token_hash = $1 AND expires_at > $2 AND used_at IS NULL",
    )
    .bind(hash)
    .bind(now.0)
    .execute(conn)
    .await?;
    Ok(done.rows_affected() == 1)
}

fn identities(condition: &str) -> String {
    format!("SELECT {IDENTITY_COLUMNS} FROM {IDENTITY_TABLES} WHERE {condition}")
}

pub fn read_identity(row: &AnyRow) -> Result<Identity, Error> {
    Ok(Identity {
        id: read(row, "id")?,
        person: read(row, "person")?,
        user_name: read(row, "user_name")?,
        first_name: row.try_get("first_name")?,
        last_name: row.try_get("last_name")?,
        email: row.try_get("email")?,
        cvr: read(row, "cvr")?,
        organisation: row.try_get("organisation")?,
        employment: from_json(row.try_get("employment")?)?,
        state: read(row, "state")?,
        sessions_ended: Moment(row.try_get("sessions_ended")?),
        life: Life {
            validity: Validity { from: moment(row, "valid_from")?, until: moment(row, "valid_until")? },
            admission: read(row, "admission")?,
            reopened: moment(row, "reopened_at")?,
        },
    })
}

/// Nothing where the join found no proofing.
pub fn read_proofing(row: &AnyRow) -> Result<Option<Proofing>, Error> {
    if row.try_get::<Option<String>, _>("proofing")?.is_none() {
        return Ok(None);
    }
    Ok(Some(Proofing {
        id: read(row, "proofing")?,
        person: read(row, "person")?,
        evidence: from_json(row.try_get("evidence")?)?,
        at: Moment(row.try_get("at")?),
        withdrawn: row.try_get::<Option<i64>, _>("withdrawn_at")?.map(Moment),
    }))
}

/// False if it is a member already.
pub async fn insert_member(
    conn: &mut AnyConnection,
    identity: IdentityId,
    group: &Group,
    now: Moment,
) -> Result<bool, Error> {
    let done = sqlx::query(
        "INSERT INTO group_member (identity, name, joined_at) VALUES ($1, $2, $3) ON CONFLICT (identity, name) DO NOTHING",
    )
    .bind(identity.to_string())
    .bind(group.as_str())
    .bind(now.0)
    .execute(conn)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// False if it is no member.
pub async fn delete_member(
    conn: &mut AnyConnection,
    identity: IdentityId,
    group: &Group,
) -> Result<bool, Error> {
    let done = sqlx::query("DELETE FROM group_member WHERE identity = $1 AND name = $2")
        .bind(identity.to_string())
        .bind(group.as_str())
        .execute(conn)
        .await?;
    Ok(done.rows_affected() == 1)
}

/// False if it is held already.
pub async fn insert_right(
    conn: &mut AnyConnection,
    identity: IdentityId,
    right: &Right,
    now: Moment,
) -> Result<bool, Error> {
    let done = sqlx::query(
        "INSERT INTO right_held (identity, privilege, scope, constraints, granted_at) VALUES ($1, $2, $3, $4, $5) \
         ON CONFLICT (identity, privilege, scope, constraints) DO NOTHING",
    )
    .bind(identity.to_string())
    .bind(right.privilege.as_str())
    .bind(right.scope.to_string())
    .bind(to_json(&right.constraints)?)
    .bind(now.0)
    .execute(conn)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// False if it is not held.
pub async fn delete_right(
    conn: &mut AnyConnection,
    identity: IdentityId,
    right: &Right,
) -> Result<bool, Error> {
    let done = sqlx::query(
        "DELETE FROM right_held WHERE identity = $1 AND privilege = $2 AND scope = $3 AND constraints = $4",
    )
    .bind(identity.to_string())
    .bind(right.privilege.as_str())
    .bind(right.scope.to_string())
    .bind(to_json(&right.constraints)?)
    .execute(conn)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// What an identity belongs to and may do.
pub async fn holdings_of(db: &Database, identity: IdentityId) -> Result<Holdings, Error> {
    let row = sqlx::query("SELECT member_of, rights_held FROM standing WHERE id = $1 LIMIT 1")
        .bind(identity.to_string())
        .fetch_optional(db.reader())
        .await?;
    row.as_ref().map_or_else(|| Ok(Holdings::default()), read_holdings)
}

/// How many groups and rights an identity has.
pub async fn count_holdings(conn: &mut AnyConnection, identity: IdentityId) -> Result<(i64, i64), Error> {
    let row = sqlx::query(
        "SELECT (SELECT COUNT(*) FROM group_member WHERE identity = $1) AS groups_held, \
         (SELECT COUNT(*) FROM right_held WHERE identity = $1) AS rights_held",
    )
    .bind(identity.to_string())
    .fetch_one(conn)
    .await?;
    Ok((row.try_get("groups_held")?, row.try_get("rights_held")?))
}

pub fn read_holdings(row: &AnyRow) -> Result<Holdings, Error> {
    let lines = |column: &str| -> Result<Vec<String>, Error> {
        let text: Option<String> = row.try_get(column)?;
        Ok(text.unwrap_or_default().lines().map(str::to_owned).collect())
    };
    let corrupt = |line: &str| Error::Corrupt(format!("a group or right {line:?}"));
    let group = |line: &String| line.parse().map_err(|_| corrupt(line));
    let right = |line: &String| read_right(line).ok_or_else(|| corrupt(line));
    let mut groups = lines("member_of")?.iter().map(group).collect::<Result<Vec<_>, _>>()?;
    let mut rights = lines("rights_held")?.iter().map(right).collect::<Result<Vec<_>, _>>()?;
    // The engines would sort them each in its own way.
    groups.sort();
    rights.sort();
    Ok(Holdings { groups, rights })
}

fn read_right(line: &str) -> Option<Right> {
    let mut parts = line.splitn(3, ' ');
    let (privilege, scope) = (parts.next()?.parse().ok()?, parts.next()?.parse().ok()?);
    Some(Right { privilege, scope, constraints: from_json(parts.next()?).ok()? })
}

fn moment(row: &AnyRow, column: &str) -> Result<Option<Moment>, Error> {
    Ok(row.try_get::<Option<i64>, _>(column)?.map(Moment))
}

fn read_optional<T: std::str::FromStr>(row: &AnyRow, column: &str) -> Result<Option<T>, Error> {
    let text: Option<String> = row.try_get(column)?;
    let parsed = text.as_ref().map(|text| text.parse()).transpose();
    parsed.map_err(|_| Error::Corrupt(format!("{column} {text:?}")))
}

fn read<T: std::str::FromStr>(row: &AnyRow, column: &str) -> Result<T, Error> {
    let text: String = row.try_get(column)?;
    text.parse().map_err(|_| Error::Corrupt(format!("{column} {text:?}")))
}

pub(crate) fn to_json<T: serde::Serialize>(value: &T) -> Result<String, Error> {
    serde_json::to_string(value).map_err(|error| Error::Corrupt(error.to_string()))
}

fn from_json<T: serde::de::DeserializeOwned>(text: &str) -> Result<T, Error> {
    serde_json::from_str(text).map_err(|error| Error::Corrupt(error.to_string()))
}

const TERMS: &str =
    "SELECT version, danish, english, mandatory, accept_again, hold_for, published_at FROM terms";

pub async fn terms(db: &Database, version: &str) -> Result<Option<Published>, Error> {
    let sql = format!("{TERMS} WHERE version = $1");
    let row = sqlx::query(sqlx::AssertSqlSafe(sql)).bind(version).fetch_optional(db.reader()).await?;
    row.as_ref().map(read_terms).transpose()
}

pub async fn terms_in_force(db: &Database) -> Result<Option<Published>, Error> {
    let sql = format!("{TERMS} ORDER BY published_at DESC, version DESC LIMIT 1");
    let row = sqlx::query(sqlx::AssertSqlSafe(sql)).fetch_optional(db.reader()).await?;
    row.as_ref().map(read_terms).transpose()
}

/// The newest versions, without their texts, and how many agreed to each.
pub async fn terms_versions(db: &Database, most: u32) -> Result<Vec<TermsVersion>, Error> {
    let rows = sqlx::query(
        "SELECT t.version, t.published_at, (SELECT COUNT(*) FROM terms_accepted a WHERE a.version = t.version) \
         AS agreed FROM terms t ORDER BY t.published_at DESC, t.version DESC LIMIT $1",
    )
    .bind(i64::from(most))
    .fetch_all(db.reader())
    .await?;
    let version = |row: &AnyRow| {
        Ok(TermsVersion {
            version: row.try_get("version")?,
            at: Moment(row.try_get("published_at")?),
            agreed: u64::try_from(row.try_get::<i64, _>("agreed")?).unwrap_or(0),
        })
    };
    rows.iter().map(version).collect()
}

/// Do they still have to agree to the version in force? The same view says so to a login.
pub async fn has_terms_due(db: &Database, identity: IdentityId) -> Result<bool, Error> {
    let row = sqlx::query("SELECT 1 FROM terms_due WHERE identity = $1")
        .bind(identity.to_string())
        .fetch_optional(db.reader())
        .await?;
    Ok(row.is_some())
}

/// Nothing where no terms are due.
pub fn read_terms_due(row: &AnyRow) -> Result<Option<HoldFor>, Error> {
    let word: Option<String> = row.try_get("terms_due")?;
    word.map(|word| hold_for(&word)).transpose()
}

fn hold_for(word: &str) -> Result<HoldFor, Error> {
    word.parse().map_err(|()| Error::Corrupt("hold_for".to_owned()))
}

fn read_terms(row: &AnyRow) -> Result<Published, Error> {
    let is = |column: &str| -> Result<bool, Error> { Ok(row.try_get::<i64, _>(column)? == 1) };
    let terms = Terms {
        version: row.try_get("version")?,
        danish: row.try_get("danish")?,
        english: row.try_get("english")?,
        duty: if is("mandatory")? { Duty::Mandatory } else { Duty::Voluntary },
        again: if is("accept_again")? { Again::Everybody } else { Again::Newcomers },
        hold_for: hold_for(&row.try_get::<String, _>("hold_for")?)?,
    };
    Ok(Published { terms, at: Moment(row.try_get("published_at")?) })
}

pub async fn insert_terms(
    conn: &mut AnyConnection,
    terms: &Terms,
    (danish_sha256, english_sha256): (&str, &str),
    now: Moment,
) -> Result<(), Error> {
    sqlx::query(
        "INSERT INTO terms (version, danish, english, danish_sha256, english_sha256, mandatory, accept_again, \
         hold_for, published_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
    )
    .bind(&terms.version)
    .bind(&terms.danish)
    .bind(&terms.english)
    .bind(danish_sha256)
    .bind(english_sha256)
    .bind(i64::from(terms.duty == Duty::Mandatory))
    .bind(i64::from(terms.again == Again::Everybody))
    .bind(terms.hold_for.word())
    .bind(now.0)
    .execute(conn)
    .await?;
    Ok(())
}

/// Newest first.
pub async fn accepted_terms(db: &Database, identity: IdentityId) -> Result<Vec<(String, Moment)>, Error> {
    let rows = sqlx::query(
        "SELECT version, accepted_at FROM terms_accepted WHERE identity = $1 ORDER BY accepted_at DESC, version DESC",
    )
    .bind(identity.to_string())
    .fetch_all(db.reader())
    .await?;
    rows.iter().map(|row| Ok((row.try_get("version")?, Moment(row.try_get("accepted_at")?)))).collect()
}

/// False if they did before.
pub async fn accept_terms(
    conn: &mut AnyConnection,
    identity: IdentityId,
    version: &str,
    now: Moment,
) -> Result<bool, Error> {
    let done = sqlx::query(
        "INSERT INTO terms_accepted (identity, version, accepted_at) VALUES ($1, $2, $3) \
         ON CONFLICT (identity, version) DO NOTHING",
    )
    .bind(identity.to_string())
    .bind(version)
    .bind(now.0)
    .execute(conn)
    .await?;
    Ok(done.rows_affected() == 1)
}
