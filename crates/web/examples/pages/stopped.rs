//! What a login stops for, and the network password.

use portner_authenticators::Weakness;
use portner_domain::{Level, Moment};
use portner_federation::OwnPage;

use super::super::pages::{
    AgreementPage, Error, Frame, NetworkPasswordPage, Notice, Own, PasswordDue, PasswordDuePage,
    TermsDeclinedPage, date_and_time,
};
use super::{CSRF, SERVICE, Sample};

/// All of them.
pub fn all(frame: &Frame<'_>) -> Result<Vec<Sample>, Error> {
    let sha256 = "0".repeat(64);
    let text = "Del aldrig din adgangskode eller dine koder med nogen, heller ikke med IT-service.";
    let terms = AgreementPage {
        action: "/login/1/accept",
        csrf: CSRF,
        service_provider: SERVICE,
        version: "2026-1",
        paragraphs: vec![text.into(), text.into(), text.into()],
        sha256: &sha256,
        knew_earlier: false,
        have_changed: false,
        decline_href: "/login/1/declined",
    };
    let again = AgreementPage { knew_earlier: true, ..terms.clone() };
    let changed = AgreementPage { have_changed: true, ..again.clone() };
    let declined = TermsDeclinedPage {
        service_provider: SERVICE,
        terms_href: "/login/1",
        return_action: "/login/1/cancel",
        csrf: CSRF,
    };
    let due = PasswordDuePage {
        service_provider: SERVICE,
        due: PasswordDue {
            why: frame.language.weakness(Weakness::TooShort, 15),
            change_by: date_and_time(frame.language, Moment(1_795_255_200_000)),
            href: "/me/password/1".into(),
        },
        action: "/login/1/continue",
        csrf: CSRF,
    };
    let network = |notice| {
        let own = Own { page: OwnPage::AdoptNetworkPassword, notice, password_chars_min: 15 };
        NetworkPasswordPage {
            own: &own,
            action: "/me/network-password",
            csrf: CSRF,
            user_name: "anna",
            level: Some(Level::Substantial),
            other_href: "/me/password",
        }
        .render(frame)
    };
    Ok(vec![
        ("terms".into(), terms.render(frame)?),
        ("terms-again".into(), again.render(frame)?),
        ("terms-changed".into(), changed.render(frame)?),
        ("terms-declined".into(), declined.render(frame)?),
        ("password-due".into(), due.render(frame)?),
        ("network-password".into(), network(None)?),
        ("network-password-weak".into(), network(Some(Notice::Weak(Weakness::TooShort)))?),
    ])
}
