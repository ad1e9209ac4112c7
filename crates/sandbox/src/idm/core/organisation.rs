//! An organisation: what it has agreed with MitID Erhverv, where it works, and what it may assign.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::groups::Group;
use super::people::People;

/// Who proofs identities, and who logs them in.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Mode {
    /// MitID Erhverv proofs and logs in.
    Light,
    /// MitID Erhverv proofs, a local IdP logs in.
    LightWithLocalIdp,
    /// The organisation proofs, and its local IdP logs in.
    Full,
}

/// How sure somebody is of an identity.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Ord, PartialEq, PartialOrd, Serialize)]
pub enum Ial {
    /// Low.
    Low,
    /// Substantial.
    Substantial,
    /// High.
    High,
}

/// How invoices are sent.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
pub enum InvoiceChannel {
    /// In a way that needs nothing of the API.
    #[default]
    Other,
    /// Through NemHandel: each identity has a method, or the organisation has one for all.
    NemHandel,
}

/// Somewhere people work.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ProductionUnit {
    /// Ten digits, as a number.
    pub p_number: u64,
    /// What it is called.
    pub name: String,
    /// Its street.
    pub street_name: String,
    /// Its house number.
    pub street_building_identifier: String,
}

/// A role that can be assigned.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Role {
    /// Its identifier.
    pub uuid: String,
    /// What it is called.
    pub name: String,
    /// What it lets somebody do.
    pub description: String,
    /// Does everybody get it?
    #[serde(default)]
    pub is_basic_package: bool,
}

/// What is set in the portal and by contract.
#[expect(clippy::struct_excessive_bools, reason = "each is a tick in the portal, and is set by its name")]
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// Its number in the business register, which is also the tenant.
    pub cvr: String,
    /// Who proofs and who logs in.
    pub mode: Mode,
    /// Has it agreed to use the API at all?
    pub agreement: bool,
    /// The most that it may claim of an identity.
    pub ial: Ial,
    /// Was it assessed for qualified certificates?
    pub eidas_assessed: bool,
    /// May identities be anonymous?
    pub allow_pseudonym: bool,
    /// May people use their private MitID?
    pub allow_private_mitid: bool,
    /// How invoices are sent.
    pub invoice_channel: InvoiceChannel,
    /// Methods that may be named.
    pub invoice_methods: Vec<String>,
    /// The method of whoever names none.
    pub default_invoice_method: Option<String>,
    /// Where people work.
    pub production_units: Vec<ProductionUnit>,
    /// Its numbers for tax.
    pub se_numbers: Vec<String>,
    /// What can be assigned.
    pub roles: Vec<Role>,
}

impl Settings {
    /// Those of a made-up organisation with two places of work and three roles.
    pub fn example(cvr: &str, mode: Mode) -> Self {
        let role = |digit: u8, name: &str| Role {
            uuid: format!("{digit}0000000-0000-4000-8000-000000000000"),
            name: name.to_owned(),
            description: format!("{name} for an example"),
            is_basic_package: false,
        };
        let unit = |p_number, name: &str| ProductionUnit {
            p_number,
            name: name.to_owned(),
            street_name: "Eksempelvej".to_owned(),
            street_building_identifier: "1".to_owned(),
        };
        Self {
            cvr: cvr.to_owned(),
            mode,
            agreement: true,
            ial: if mode == Mode::Full { Ial::Substantial } else { Ial::Low },
            eidas_assessed: false,
            allow_pseudonym: false,
            allow_private_mitid: true,
            invoice_channel: InvoiceChannel::Other,
            invoice_methods: Vec::new(),
            default_invoice_method: None,
            production_units: vec![unit(1_000_000_001, "Rådhuset"), unit(1_000_000_002, "Skolen")],
            se_numbers: vec!["90000001".to_owned()],
            roles: vec![role(1, "Indberetter"), role(2, "Læser"), role(3, "Godkender")],
        }
    }

    /// Does it have a local IdP?
    pub fn has_local_idp(&self) -> bool {
        self.mode != Mode::Light
    }
}

/// An organisation with everybody in it.
#[derive(Clone, Debug)]
pub struct Organisation {
    /// What is set in the portal.
    pub settings: Settings,
    /// Its identities.
    pub people: People,
    /// Its groups, by identifier.
    pub groups: BTreeMap<String, Group>,
}

impl Organisation {
    /// With nobody in it.
    pub fn new(settings: Settings) -> Self {
        Self { settings, people: People::default(), groups: BTreeMap::new() }
    }
}
