//! The words the stories are told in.

mod browser;
mod domain_controller;
mod erhverv;
mod html;
mod node_saml;
mod portner;
mod post;
mod process;
mod request;
mod service_providers;
mod throw_away_sp;
mod totp;
mod visitor;

pub use browser::{Browser, Language, axe_file};
pub use domain_controller::DomainController;
pub use erhverv::{Call, Employee, Erhverv};
pub use node_saml::NodeSaml;
pub use portner::{Demo, Portner, Storage, User, press};
pub use post::Post;
pub use process::{built, eventually, folder, run, tests_folder};
pub use request::AuthnRequest;
pub use service_providers::ServiceProviders;
pub use throw_away_sp::{ThrowAwaySp, signing_certificate};
pub use totp::code_ahead;
pub use visitor::{Page, SamlResponse, Visitor, redirect_of};

/// What an OIOSAML service provider asks for when it wants two factors and a proofed person.
pub const SUBSTANTIAL: &str = "https://data.gov.dk/concept/core/nsis/loa/Substantial";
