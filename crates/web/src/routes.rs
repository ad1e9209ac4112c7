//! Every path that is answered, as data: the router is made of this list and nothing else, so that what has to hold for
//! all forms is tested for all of them (T-CSRF-01).

use axum::routing::{get, post};

use crate::{failure, home, login, logout, saml, setup, welcome};

/// A list of paths with what answers at each: the paths for tests, and the router.
macro_rules! listed {
    ($($path:expr => $methods:expr,)*) => {
        /// The paths.
        pub const PATHS: &[&str] = &[$($path),*];

        /// What answers at them.
        pub fn routes() -> axum::Router<crate::App> {
            axum::Router::new()$(.route($path, $methods))*
        }
    };
}

pub(crate) use listed;

listed! {
    "/" => get(home::start),
    "/login" => get(home::log_in),
    "/logout" => get(logout::resume).post(logout::log_out),
    "/logout/{id}" => get(logout::show),
    "/logout/{id}/go" => post(logout::ask),
    "/logout/{id}/skip" => post(logout::skip),
    "/logout/{id}/retry" => post(logout::retry),
    "/login/{flow}" => get(login::show),
    "/login/{flow}/password" => post(login::password),
    "/login/{flow}/code" => post(login::code),
    "/login/{flow}/key" => post(login::key),
    "/login/{flow}/cancel" => post(login::cancel),
    // Link scanners send HEAD, which axum would answer with the GET handler and so use the request up.
    "/saml/sso" => get(saml::redirect).post(saml::post).head(failure::method_not_allowed),
    "/saml/slo" => get(logout::redirect).post(logout::post).head(failure::method_not_allowed),
    "/saml/metadata" => get(saml::metadata),
    "/welcome" => get(welcome::ask).post(welcome::typed),
    "/welcome/password" => post(welcome::password),
    "/welcome/app" => get(welcome::second::show),
    "/welcome/app/finish" => post(welcome::second::finish),
    "/welcome/device" => get(welcome::second::show),
    "/welcome/device/finish" => post(welcome::second::finish),
    "/welcome/security-key" => get(welcome::second::show),
    "/welcome/security-key/finish" => post(welcome::second::finish),
    "/welcome/passkey" => get(welcome::second::show),
    "/welcome/passkey/finish" => post(welcome::second::finish),
    "/welcome/{code}" => get(welcome::show).post(welcome::begin),
    "/setup/{token}" => get(setup::show).post(setup::submit),
    "/assets/{*path}" => get(home::asset),
    "/was" => get(home::accessibility_statement),
}
