//! What is said with a step: made of what is desired when it is said, never kept in a plan.

use super::desired::{Bond, Desired, Lack, Model};
use crate::wire::{
    Asked, Authenticating, Changed, Create, NewProfile, Profile, Quirks, RegisteredAt, Status,
};

/// To make it.
pub fn create(desired: &Desired, quirks: &Quirks) -> Result<Create, Vec<Lack>> {
    let Changed { given_name, surname, cpr_number, email_address } = changed(desired)?;
    Ok(Create {
        identity_profile: NewProfile {
            status: Status::Pending,
            registered_ial: desired.model.registered_ial(quirks),
            target_ial: desired.model.target_ial(quirks),
            given_name,
            surname,
            email_address,
            cpr_number,
            rid: None,
            pseudonym: desired.may.be_pseudonymous,
            allow_qualified_certificate_issuance: matches!(
                desired.model,
                Model::Full { qualified: true, .. }
            ) && desired.may.sign,
        },
        identity_organization_profile: RegisteredAt { invoice_method_uuid: desired.invoice_method },
        identity_authenticators: Authenticating {
            authenticator_types: authenticators(desired, quirks),
            subject_name_id: desired.local_name().map(str::to_owned),
        },
    })
}

/// To say who it is.
pub fn profile(desired: &Desired, quirks: &Quirks) -> Result<Profile, Vec<Lack>> {
    // What is left out stays as it was: what was vouched for before is taken back by saying something less.
    let is_vouched_for = matches!(&desired.bond, Bond::With { agreed, .. } if agreed.vouches());
    let nothing = quirks.light_taken_back_ial.filter(|_| is_vouched_for);
    Ok(Profile {
        registered_ial: desired.model.registered_ial(quirks).or(nothing),
        target_ial: desired.model.target_ial(quirks),
        changed: changed(desired)?,
    })
}

fn changed(desired: &Desired) -> Result<Changed, Vec<Lack>> {
    let told = desired.told()?;
    Ok(Changed {
        given_name: told.given_name.to_owned(),
        surname: told.surname.to_owned(),
        cpr_number: told.cpr.clone(),
        email_address: told.email.to_owned(),
    })
}

fn authenticators(desired: &Desired, quirks: &Quirks) -> Vec<Asked> {
    let local = desired.model.has_local_idp().then_some(Asked::LocalIdentityProvider);
    let others = match desired.model {
        Model::Light | Model::LightWithLocalIdp => quirks.light_authenticators.clone(),
        Model::Full { .. } if desired.may.use_private_mitid => vec![Asked::PrivateNemIdMitId],
        Model::Full { .. } => Vec::new(),
    };
    local.into_iter().chain(others).collect()
}
