//! Where the pages of a person's own are. A path leads to a page by this list only, and so does the way back from a
//! login (T-REDIR-01).

use axum::routing::get;
use portner_federation::OwnPage;

use super::{
    authenticators, block, device, identities, key, log, network, password, profile, recovery, sessions,
    terms, totp,
};
use crate::office;
use crate::routes::listed;

/// What somebody reads who has stopped everything. It is nobody's own: nobody is logged in there.
pub const BLOCKED: &str = "/me/blocked";

// The routes under `/me`. A form is sent to the page that it stands on.
listed! {
    "/me" => get(profile::show),
    "/me/authenticators" => get(authenticators::show),
    "/me/authenticators/{id}/name" => get(authenticators::ask_name).post(authenticators::rename),
    "/me/authenticators/{id}/remove" => get(authenticators::ask_to_remove).post(authenticators::remove),
    "/me/authenticators/{id}/lost" => get(authenticators::ask_whether_lost).post(authenticators::report_lost),
    "/me/totp/new" => get(totp::show).post(totp::confirm),
    "/me/code-devices/new" => get(device::show).post(device::add),
    "/me/password" => get(password::show).post(password::change),
    "/me/password/{flow}" => get(password::show).post(password::change),
    "/me/network-password" => get(network::show).post(network::adopt),
    "/me/identities" => get(identities::show).post(identities::go_over),
    "/me/sessions" => get(sessions::show).post(sessions::end),
    "/me/log" => get(log::show),
    "/me/terms" => get(terms::show).post(terms::accept),
    "/me/block" => get(block::show).post(block::block),
    BLOCKED => get(block::blocked),
    "/me/recovery-codes" => get(recovery::show).post(recovery::make),
    "/me/keys/new" => get(key::show).post(key::add),
}

/// Where a page is.
pub fn path_of(page: OwnPage) -> String {
    match page {
        OwnPage::Profile => "/me".to_owned(),
        OwnPage::Authenticators => "/me/authenticators".to_owned(),
        OwnPage::AddTotp => "/me/totp/new".to_owned(),
        OwnPage::AddCodeDevice => "/me/code-devices/new".to_owned(),
        OwnPage::ChangePassword => "/me/password".to_owned(),
        OwnPage::ChangePasswordFor(flow) => format!("/me/password/{flow}"),
        OwnPage::AdoptNetworkPassword => "/me/network-password".to_owned(),
        OwnPage::AddKey => "/me/keys/new".to_owned(),
        OwnPage::RecoveryCodes => "/me/recovery-codes".to_owned(),
        OwnPage::Rename(id) => format!("/me/authenticators/{id}/name"),
        OwnPage::Remove(id) => format!("/me/authenticators/{id}/remove"),
        OwnPage::ReportLost(id) => format!("/me/authenticators/{id}/lost"),
        OwnPage::Identities => "/me/identities".to_owned(),
        OwnPage::Sessions => "/me/sessions".to_owned(),
        OwnPage::Log => "/me/log".to_owned(),
        OwnPage::Terms => "/me/terms".to_owned(),
        OwnPage::Block => "/me/block".to_owned(),
        OwnPage::Office => office::START.to_owned(),
        OwnPage::Person(id) => office::person_path(id),
    }
}

/// The page at a path.
pub fn page_of(path: &str) -> Option<OwnPage> {
    const FIXED: [OwnPage; 13] = [
        OwnPage::Profile,
        OwnPage::Authenticators,
        OwnPage::AddTotp,
        OwnPage::AddCodeDevice,
        OwnPage::ChangePassword,
        OwnPage::AdoptNetworkPassword,
        OwnPage::AddKey,
        OwnPage::RecoveryCodes,
        OwnPage::Identities,
        OwnPage::Sessions,
        OwnPage::Log,
        OwnPage::Terms,
        OwnPage::Block,
    ];
    if let Some(page) = FIXED.into_iter().find(|page| path_of(*page) == path) {
        return Some(page);
    }
    if let Some(flow) = path.strip_prefix("/me/password/") {
        return flow.parse().ok().map(OwnPage::ChangePasswordFor);
    }
    let (id, what) = path.strip_prefix("/me/authenticators/")?.split_once('/')?;
    let id = id.parse().ok()?;
    let page = match what {
        "name" => OwnPage::Rename(id),
        "remove" => OwnPage::Remove(id),
        "lost" => OwnPage::ReportLost(id),
        _ => return None,
    };
    Some(page)
}

#[cfg(test)]
mod tests {
    use portner_domain::AuthenticatorId;
    use portner_federation::OwnPage;

    use super::{page_of, path_of};

    #[test]
    fn t_redir_01_a_path_is_a_page_of_ours_or_none() {
        let id: AuthenticatorId = "019ab2c4-7d1e-7c3a-9f52-6b0e8d41c7aa".parse().unwrap();
        for page in [
            OwnPage::Profile,
            OwnPage::Authenticators,
            OwnPage::AddTotp,
            OwnPage::AddCodeDevice,
            OwnPage::ChangePassword,
            OwnPage::ChangePasswordFor("019ab2c4-7d1e-7c3a-9f52-6b0e8d41c7ab".parse().unwrap()),
            OwnPage::AdoptNetworkPassword,
            OwnPage::AddKey,
            OwnPage::RecoveryCodes,
            OwnPage::Rename(id),
            OwnPage::Remove(id),
            OwnPage::ReportLost(id),
            OwnPage::Identities,
            OwnPage::Sessions,
            OwnPage::Log,
            OwnPage::Terms,
            OwnPage::Block,
        ] {
            assert_eq!(page_of(&path_of(page)), Some(page));
        }
        for path in [
            "",
            "/",
            "me",
            "/me/",
            "//evil.example/me",
            "https://evil.example/me",
            "/me/nothing",
            "/me/authenticators/../../evil",
            "/me/authenticators/1/remove",
            "/me/password/https://evil.example",
            "/me\\@evil.example",
        ] {
            assert_eq!(page_of(path), None, "{path}");
        }
    }
}
