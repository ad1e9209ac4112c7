//! Certificates end. Who keeps the keys hears of it in time, once per threshold in the whole installation.

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::sync::PoisonError;
use std::time::Duration;

use portner_audit_log::{Actor, AuditLog, Event};
use portner_domain::ServiceProviderId;
use portner_domain::signing_key::{KeyState, days_left, warning_due};
use portner_saml::Certificate;

use super::life::Record;
use super::store;
use crate::registry::{self, SpState};
use crate::{Error, Registered};

/// How often certificates are looked at.
pub const CERTIFICATES_WATCHED_EVERY: Duration = Duration::from_secs(60 * 60);

const DAYS_LEFT: &str = "portner_certificate_days_left";
/// Our own, in metrics.
const OURS: &str = "portner";

/// A certificate somebody relies on.
struct Watched {
    /// What it is for, in metrics.
    purpose: &'static str,
    /// Whose it is; ours if absent.
    owner: Option<(ServiceProviderId, String)>,
    certificate: Certificate,
}

/// Look at certificates every hour until `stop`. Several nodes may; each shows its metrics.
pub async fn watch_certificates(log: AuditLog, stop: impl Future<Output = ()>) {
    let watching = async {
        loop {
            if let Err(error) = look_at_certificates(&log).await {
                let error = &error as &dyn std::error::Error;
                tracing::error!(error, "certificates can't be looked at");
            }
            tokio::time::sleep(CERTIFICATES_WATCHED_EVERY).await;
        }
    };
    tokio::select! { () = stop => {}, () = watching => {} }
}

/// Show how long each certificate has left, and warn of those that end soon. How many warnings were given.
pub async fn look_at_certificates(log: &AuditLog) -> Result<usize, Error> {
    let watched = all_watched(log).await?;
    let now = log.now();
    show(watched.iter().map(|it| {
        let owner = it.owner.as_ref().map_or(OURS, |(_, entity_id)| entity_id);
        ((it.purpose, owner.to_owned()), days_left(it.certificate.not_after(), now))
    }));
    let mut given = 0;
    for it in &watched {
        let left = days_left(it.certificate.not_after(), now);
        if let Some(within_days) = warning_due(left) {
            given += usize::from(warn(log, it, within_days).await?);
        }
    }
    Ok(given)
}

async fn all_watched(log: &AuditLog) -> Result<Vec<Watched>, Error> {
    let record = Record::read(log.database()).await?;
    let published = record.keys.into_iter().filter(|key| key.life.state != KeyState::Retired);
    let ours = published.map(|key| Watched { purpose: "signing", owner: None, certificate: key.certificate });
    let mut watched: Vec<_> = ours.collect();
    for sp in registry::all(log.database()).await? {
        if sp.state == SpState::Enabled {
            watched.extend(of_service_provider(&sp));
        }
    }
    Ok(watched)
}

fn of_service_provider(sp: &Registered) -> Vec<Watched> {
    let owner = Some((sp.id, sp.metadata.entity_id.clone()));
    let watched = |purpose, certificate: &Certificate| Watched {
        purpose,
        owner: owner.clone(),
        certificate: certificate.clone(),
    };
    let signing = sp.metadata.signing_keys.iter().map(|key| watched("sp-signing", key));
    let encryption =
        sp.metadata.encryption_keys.iter().map(|key| watched("sp-encryption", key.certificate()));
    signing.chain(encryption).collect()
}

/// Once for a certificate and threshold, whichever node is first. One that serves two purposes is told once.
async fn warn(log: &AuditLog, it: &Watched, within_days: u32) -> Result<bool, Error> {
    // Nearly always somebody was first: that costs no write.
    let name = it.certificate.key_id();
    let guard = it.owner.as_ref().map_or_else(|| name.to_owned(), |(sp, _)| format!("{name} {sp}"));
    if store::is_warned(log.database(), &guard, within_days).await? {
        return Ok(false);
    }
    let mut tx = log.begin(Actor::system("certificates")).await?;
    let (now, not_after) = (tx.now(), it.certificate.not_after());
    let event = Event::CertificateEndsSoon {
        key_id: name.to_owned(),
        service_provider: it.owner.as_ref().map(|(sp, _)| *sp),
        within_days,
        not_after,
    };
    if !store::insert_warning(tx.write(event), &guard, within_days, now).await? {
        return Ok(false);
    }
    tx.commit().await?;
    let owner = it.owner.as_ref().map_or(OURS, |(_, entity_id)| entity_id.as_str());
    tracing::warn!(key_id = name, owner, purpose = it.purpose, %not_after, within_days, "a certificate ends soon");
    Ok(true)
}

/// What the last look showed: a series whose certificate is gone would otherwise stand for ever.
static SHOWN: Mutex<BTreeMap<(&'static str, String), i64>> = Mutex::new(BTreeMap::new());

/// The shortest for each purpose and owner.
fn show(left: impl Iterator<Item = ((&'static str, String), i64)>) {
    let mut soonest = BTreeMap::new();
    for (series, days) in left {
        let known = soonest.entry(series).or_insert(days);
        *known = days.min(*known);
    }
    let mut shown = SHOWN.lock().unwrap_or_else(PoisonError::into_inner);
    let set = |(purpose, owner): &(&'static str, String), days: f64| {
        metrics::gauge!(DAYS_LEFT, "use" => *purpose, "of" => owner.clone()).set(days);
    };
    for gone in shown.keys().filter(|series| !soonest.contains_key(*series)) {
        set(gone, f64::NAN);
    }
    for (series, days) in &soonest {
        set(series, i32::try_from(*days).map_or(f64::NAN, f64::from));
    }
    *shown = soonest;
}
