//! The pages of the first time, and of codes on paper.

use portner_authenticators::Weakness;
use portner_domain::{Level, Moment};
use portner_federation::OwnPage;

use super::super::pages::{
    Error, Frame, MeansProblem, Notice, Own, PasswordChoice, RecoveryCodesMadePage, RecoveryCodesPage,
    WelcomeAppPage, WelcomeCodePage, WelcomeCodeProblem, WelcomeDevicePage, WelcomeDonePage,
    WelcomeInvalidPage, WelcomeKeyPage, WelcomePage, WelcomePasswordPage, WelcomeStep, WelcomeWays,
};
use super::Sample;

const CSRF: &str = "m3hCq0Yl2cF5r8uV";
const REFERENCE: &str = "019ab2c4-7d1e-7c3a-9f52-6b0e8d41c7aa";

/// All of them.
pub fn all(frame: &Frame<'_>) -> Result<Vec<Sample>, Error> {
    let mut samples = welcomes(frame)?;
    samples.extend(passwords(frame)?);
    samples.extend(seconds(frame)?);
    samples.extend(keys(frame)?);
    samples.extend(paper(frame)?);
    Ok(samples)
}

fn welcomes(frame: &Frame<'_>) -> Result<Vec<Sample>, Error> {
    let code = WelcomeCodePage { action: "/welcome", csrf: CSRF, problem: None };
    let wrong = |problem| WelcomeCodePage { problem: Some(problem), ..code.clone() };
    let page = WelcomePage {
        action: "/welcome/1",
        csrf: CSRF,
        user_name: "anna",
        expires: Moment(1_795_252_504_120),
    };
    let done = WelcomeDonePage {
        with: WelcomeStep::App,
        user_name: "anna",
        best: Some(Level::Substantial),
        reasons: vec![],
        login_href: "/login",
    };
    let invalid = |problem| WelcomeInvalidPage { reference: REFERENCE, code_href: "/welcome", problem };
    Ok(vec![
        ("welcome-code".into(), code.render(frame)?),
        ("welcome-code-wrong".into(), wrong(WelcomeCodeProblem::NotGood).render(frame)?),
        ("welcome-code-elsewhere".into(), wrong(WelcomeCodeProblem::Elsewhere).render(frame)?),
        ("welcome-code-too-many".into(), wrong(WelcomeCodeProblem::TooMany).render(frame)?),
        ("welcome".into(), page.render(frame)?),
        ("welcome-done".into(), done.render(frame)?),
        (
            "welcome-done-passkey".into(),
            WelcomeDonePage { with: WelcomeStep::Passkey, ..done.clone() }.render(frame)?,
        ),
        ("welcome-done-no-level".into(), WelcomeDonePage { best: None, ..done }.render(frame)?),
        ("welcome-invalid".into(), invalid(WelcomeCodeProblem::NotGood).render(frame)?),
    ])
}

fn passwords(frame: &Frame<'_>) -> Result<Vec<Sample>, Error> {
    let page = WelcomePasswordPage {
        action: "/welcome/password",
        csrf: CSRF,
        user_name: "anna",
        password_chars_min: 15,
        choice: PasswordChoice::New,
        other_href: None,
        passkey_href: Some("/welcome/passkey"),
        problems: vec![],
    };
    let with = |problems| WelcomePasswordPage { problems, ..page.clone() };
    let weak = MeansProblem::WeakPassword { why: Weakness::TooShort, minimum: 15 };
    let long = MeansProblem::PasswordTooLong { maximum: 128 };
    let either = WelcomePasswordPage { other_href: Some("/welcome/network"), ..page.clone() };
    let network = WelcomePasswordPage {
        action: "/welcome/network",
        choice: PasswordChoice::Network,
        other_href: Some("/welcome"),
        ..page.clone()
    };
    let wrong = MeansProblem::Network(Notice::NetworkWrong);
    let network_wrong = WelcomePasswordPage { problems: vec![wrong], ..network.clone() };
    Ok(vec![
        ("welcome-password".into(), page.render(frame)?),
        ("welcome-password-wrong".into(), with(vec![weak, MeansProblem::PasswordsDiffer]).render(frame)?),
        ("welcome-password-none".into(), with(vec![MeansProblem::EmptyPassword]).render(frame)?),
        ("welcome-password-long".into(), with(vec![long]).render(frame)?),
        ("welcome-password-gone".into(), with(vec![MeansProblem::PasswordGone]).render(frame)?),
        ("welcome-password-either".into(), either.render(frame)?),
        ("welcome-network".into(), network.render(frame)?),
        ("welcome-network-wrong".into(), network_wrong.render(frame)?),
    ])
}

fn ways(current: WelcomeStep) -> WelcomeWays {
    WelcomeWays { all: vec![WelcomeStep::App, WelcomeStep::Device, WelcomeStep::SecurityKey], current }
}

fn seconds(frame: &Frame<'_>) -> Result<Vec<Sample>, Error> {
    let app = WelcomeAppPage {
        action: "/welcome/app/finish",
        csrf: CSRF,
        ways: ways(WelcomeStep::App),
        secret: "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP",
        otpauth_url: "otpauth://totp/Eksempel:anna?secret=JBSWY3DPEHPK3PXP&issuer=Eksempel",
        problem: None,
    };
    let app_with = |problem| WelcomeAppPage { problem: Some(problem), ..app.clone() };
    let device = WelcomeDevicePage {
        action: "/welcome/device/finish",
        csrf: CSRF,
        ways: ways(WelcomeStep::Device),
        serial: "",
        problem: None,
    };
    let device_with =
        |problem| WelcomeDevicePage { serial: "1234567", problem: Some(problem), ..device.clone() };
    Ok(vec![
        ("welcome-app".into(), app.render(frame)?),
        ("welcome-app-wrong".into(), app_with(MeansProblem::WrongCode).render(frame)?),
        ("welcome-app-none".into(), app_with(MeansProblem::EmptyCode).render(frame)?),
        ("welcome-app-new".into(), app_with(MeansProblem::NewSecret).render(frame)?),
        ("welcome-device".into(), device.render(frame)?),
        ("welcome-device-none".into(), device_with(MeansProblem::DeviceIncomplete).render(frame)?),
        ("welcome-device-wrong".into(), device_with(MeansProblem::DeviceWrong).render(frame)?),
        ("welcome-device-too-many".into(), device_with(MeansProblem::DeviceTooMany).render(frame)?),
    ])
}

fn keys(frame: &Frame<'_>) -> Result<Vec<Sample>, Error> {
    let key = |step| WelcomeKeyPage {
        action: "/welcome/security-key/finish",
        csrf: CSRF,
        ways: ways(step),
        options: super::QUESTION,
        problem: None,
    };
    let problems = [
        ("name", MeansProblem::KeyNeedsName),
        ("late", MeansProblem::KeyTooLate),
        ("unfit", MeansProblem::KeyUnfit),
        ("taken", MeansProblem::KeyTaken),
        ("model", MeansProblem::KeyModel),
        ("no-passkey", MeansProblem::KeyNoPasskey),
    ];
    let mut samples = vec![
        ("welcome-key".into(), key(WelcomeStep::SecurityKey).render(frame)?),
        ("welcome-passkey".into(), key(WelcomeStep::Passkey).render(frame)?),
    ];
    for (name, problem) in problems {
        let page = WelcomeKeyPage { problem: Some(problem), ..key(WelcomeStep::Passkey) };
        samples.push((format!("welcome-passkey-{name}"), page.render(frame)?));
    }
    Ok(samples)
}

fn paper(frame: &Frame<'_>) -> Result<Vec<Sample>, Error> {
    let own = Own { page: OwnPage::RecoveryCodes, notice: None, password_chars_min: 15 };
    let page = |left| RecoveryCodesPage {
        own: &own,
        action: "/me/recovery-codes",
        csrf: CSRF,
        left,
        back_href: "/me/authenticators",
    };
    let code = |n: u8| format!("{n}7K2M-9QX4D-WT8H{n}").into();
    let made = RecoveryCodesMadePage {
        own: &own,
        user_name: "anna",
        codes: (0..10).map(code).collect(),
        back_href: "/me/authenticators",
    };
    Ok(vec![
        ("recovery-none".into(), page(None).render(frame)?),
        ("recovery".into(), page(Some(7)).render(frame)?),
        ("recovery-out".into(), page(Some(0)).render(frame)?),
        ("recovery-made".into(), made.render(frame)?),
    ])
}
