//! Every path that is answered, as data: the router is made of this list and nothing else, so that what has to hold for
//! all forms is tested for all of them (T-CSRF-01).

use axum::routing::{get, post};

use crate::{failure, home, login, logout, saml, setup, stopped, welcome};

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
    "/login/{flow}/identity" => post(login::identity),
    "/login/{flow}/cancel" => post(login::cancel),
    "/login/{flow}/accept" => post(stopped::accept),
    "/login/{flow}/declined" => get(stopped::decline),
    "/login/{flow}/continue" => post(stopped::go_on),
    // Link scanners send HEAD, which axum would answer with the GET handler and so use the request up.
    "/saml/sso" => get(saml::redirect).post(saml::post).head(failure::method_not_allowed),
    "/saml/slo" => get(logout::redirect).post(logout::post).head(failure::method_not_allowed),
    "/saml/metadata" => get(saml::metadata),
    "/welcome" => get(welcome::ask).post(welcome::typed),
    "/welcome/password" => post(welcome::password),
    "/welcome/network" => get(welcome::ask_network).post(welcome::network),
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

#[cfg(test)]
mod tests {
    use std::path::Path;

    /// How often something is routed in the files of a folder, but for the management listener, which takes no forms.
    fn routed(folder: &Path) -> usize {
        let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
        let count = |path: std::path::PathBuf| match path.is_dir() {
            true => routed(&path),
            false if path.ends_with("management.rs") => 0,
            false => {
                std::fs::read_to_string(path).unwrap_or_default().matches(concat!(".route", "(")).count()
            }
        };
        entries.map(count).sum()
    }

    #[test]
    fn t_csrf_01_nothing_is_routed_past_the_lists() {
        assert_eq!(
            routed(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src")),
            2,
            "in the macro, and from the table of the office"
        );
    }
}
