//! What somebody types into the field for codes: from an app, from a device, or from paper.
//!
//! One field for all of them, told apart by their form, and one count of wrong ones for all of them: whoever has
//! several does not get several times as many guesses.

use portner_audit_log::Tx;
use portner_domain::authenticator::{Authenticator, Kind};
use portner_domain::{IdentityId, Moment};

use crate::device::Owned;
use crate::recovery::{PaperCode, left, number_of};
use crate::totp::TotpSecret;
use crate::{Authenticators, Error, store};

/// A code that fits something of its owner's, and what using it up means.
pub struct Fitting {
    /// What it fits.
    pub authenticator: Authenticator,
    spending: Spending,
}

enum Spending {
    Step(u64),
    DeviceStep(Owned, u64, i64),
    Paper { number: i64, left: u64 },
}

impl Authenticators {
    /// What of this identity's, and of these kinds, has this code, whether it was used before or not.
    pub(crate) async fn fitting(
        &self,
        identity: IdentityId,
        kinds: &[Kind],
        typed: &str,
        now: Moment,
    ) -> Result<Option<Fitting>, Error> {
        if let Some(code) = PaperCode::typed(typed).filter(|_| kinds.contains(&Kind::RecoveryCode)) {
            return self.fitting_paper(identity, &code).await;
        }
        let app = match kinds.contains(&Kind::Totp) {
            true => self.fitting_app(identity, typed, now).await?,
            false => None,
        };
        if app.is_some() || !kinds.contains(&Kind::TotpDevice) {
            return Ok(app);
        }
        self.fitting_device(identity, typed, now).await
    }

    /// Use it up, in the transaction in which it is accepted. False if somebody did before.
    pub(crate) async fn spend_in(
        &self,
        tx: &mut Tx,
        identity: IdentityId,
        fitting: &Fitting,
        accepted: portner_audit_log::Event,
    ) -> Result<bool, Error> {
        let now = tx.now();
        let conn = tx.write(accepted);
        store::touch(&mut *conn, fitting.authenticator.id, now).await?;
        match &fitting.spending {
            Spending::Step(step) => store::spend_step(conn, fitting.authenticator.id, *step).await,
            Spending::DeviceStep(owned, step, drift) => {
                store::device::spend_step(conn, owned, *step, *drift).await
            }
            Spending::Paper { number, left } => {
                Self::spend_recovery_code(tx, (identity, fitting.authenticator.id), *number, *left).await
            }
        }
    }

    async fn fitting_app(
        &self,
        identity: IdentityId,
        typed: &str,
        now: Moment,
    ) -> Result<Option<Fitting>, Error> {
        let Some(bound) = store::bound(self.log.database(), identity, Kind::Totp).await? else {
            return Ok(None);
        };
        let place = bound.authenticator.id.to_string();
        let secret = self.envelope.open(&store::place(&place), &bound.verifier)?;
        let secret =
            TotpSecret::from_bytes(&secret).map_err(|_| Error::Corrupt("a one-time code secret".into()))?;
        let (authenticator, step) = (bound.authenticator, secret.step_of(typed, now));
        Ok(step.map(|step| Fitting { authenticator, spending: Spending::Step(step) }))
    }

    async fn fitting_device(
        &self,
        identity: IdentityId,
        typed: &str,
        now: Moment,
    ) -> Result<Option<Fitting>, Error> {
        let Some(bound) = store::bound(self.log.database(), identity, Kind::TotpDevice).await? else {
            return Ok(None);
        };
        let authenticator = bound.authenticator;
        let found = self.step_of_device(authenticator.id, typed, now).await?;
        Ok(found.map(|(owned, step, drift)| Fitting {
            authenticator,
            spending: Spending::DeviceStep(owned, step, drift),
        }))
    }

    async fn fitting_paper(&self, identity: IdentityId, code: &PaperCode) -> Result<Option<Fitting>, Error> {
        let db = self.log.database();
        let Some(bound) = store::bound(db, identity, Kind::RecoveryCode).await? else { return Ok(None) };
        let authenticator = bound.authenticator;
        let codes = store::recovery::of(db, authenticator.id).await?;
        let left = left(&codes).saturating_sub(1);
        let number = number_of(code, authenticator.id, &codes);
        Ok(number.map(|number| Fitting { authenticator, spending: Spending::Paper { number, left } }))
    }
}
