//! What we believe of the IdM API without having seen it, in one place, so that it can be corrected without a new version.

use std::collections::BTreeSet;

use portner_domain::Level;
use serde::Deserialize;

use super::Asked;

/// Beliefs about the other side. The defaults are what follows from all that is known of it.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq)]
#[serde(default, deny_unknown_fields)]
pub struct Quirks {
    /// What an organisation that proofs nobody itself says of its employees' level. Left out by default: it vouches for
    /// nothing.
    pub light_registered_ial: Option<Level>,
    /// What it says of whom it vouched for before, to take that back: Low. None, to leave that as it is.
    pub light_taken_back_ial: Option<Level>,
    /// Where the identities of such an organisation are to end, once they have shown their own MitID: Substantial.
    pub light_target_ial: Level,
    /// What such an identity logs in with besides a Local IdP, if there is one: its person's own MitID.
    pub light_authenticators: Vec<Asked>,
    /// How long a token holds that does not say: an hour.
    pub token_seconds: u64,
    /// Calls believed to be allowed in a state, and doubted here: they are not made, and told of instead. None by default.
    pub doubts: BTreeSet<Doubt>,
}

impl Default for Quirks {
    fn default() -> Self {
        Self {
            light_registered_ial: None,
            light_taken_back_ial: Some(Level::Low),
            light_target_ial: Level::Substantial,
            light_authenticators: vec![Asked::PrivateNemIdMitId],
            token_seconds: 3_600,
            doubts: BTreeSet::new(),
        }
    }
}

/// A call in a state in which nobody was seen to make it. All others were seen, or are known to be refused.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Ord, PartialEq, PartialOrd)]
#[serde(rename_all = "kebab-case")]
pub enum Doubt {
    /// Suspend what has never been used.
    SuspendPending,
    /// Delete what has never been used, or was imported.
    DeletePending,
    /// Change name or e-mail of what has never been used.
    ChangePending,
    /// Change name or e-mail of what is suspended.
    ChangeSuspended,
    /// Take an authenticator from what is not in use.
    RevokeUnlessActive,
    /// Say whether what is suspended may sign.
    SigningSuspended,
    /// Assign rights to what has never been used, or take them.
    RightsPending,
    /// Assign rights to what is suspended, or take them.
    RightsSuspended,
}

#[cfg(test)]
mod tests {
    use super::{Doubt, Quirks};

    #[test]
    fn a_belief_is_corrected_by_its_name_and_no_other_name_is_taken() {
        assert_eq!(serde_json::from_str::<Quirks>("{}").unwrap(), Quirks::default());
        let corrected = r#"{"light_registered_ial": "Low", "doubts": ["rights-suspended"]}"#;
        let quirks: Quirks = serde_json::from_str(corrected).unwrap();
        assert!(quirks.doubts.contains(&Doubt::RightsSuspended) && quirks.light_registered_ial.is_some());
        assert!(serde_json::from_str::<Quirks>(r#"{"doubts": ["everything"]}"#).is_err());
        assert!(serde_json::from_str::<Quirks>(r#"{"verify": false}"#).is_err());
    }
}
