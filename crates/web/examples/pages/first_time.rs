//! The pages of the first time, and of codes on paper.

use portner_authenticators::Weakness;
use portner_domain::{Level, Moment};
use portner_federation::OwnPage;

use super::super::pages::{
    Error, Frame, MeansProblem, Notice, Own, PasswordChoice, RecoveryCodesMadePage, RecoveryCodesPage,
    WelcomeCodePage, WelcomeCodeProblem, WelcomeDonePage, WelcomeInvalidPage, WelcomeMeansPage, WelcomePage,
};
use super::Sample;

const CSRF: &str = "m3hCq0Yl2cF5r8uV";
const REFERENCE: &str = "019ab2c4-7d1e-7c3a-9f52-6b0e8d41c7aa";

/// All of them.
pub fn all(frame: &Frame<'_>) -> Result<Vec<Sample>, Error> {
    let mut samples = welcomes(frame)?;
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
    let means = WelcomeMeansPage {
        action: "/welcome/finish",
        csrf: CSRF,
        user_name: "anna",
        password_chars_min: 15,
        choice: PasswordChoice::New,
        other_href: None,
        secret: "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP",
        otpauth_url: "otpauth://totp/Eksempel:anna?secret=JBSWY3DPEHPK3PXP&issuer=Eksempel",
        problems: vec![],
    };
    let every = vec![
        MeansProblem::WeakPassword { why: Weakness::TooShort, minimum: 15 },
        MeansProblem::PasswordsDiffer,
        MeansProblem::WrongCode,
    ];
    let others = vec![MeansProblem::EmptyPassword, MeansProblem::EmptyCode];
    let third = vec![MeansProblem::PasswordTooLong { maximum: 128 }, MeansProblem::NewSecret];
    let network = WelcomeMeansPage {
        choice: PasswordChoice::Network,
        other_href: Some("/welcome"),
        problems: vec![MeansProblem::Network(Notice::NetworkWrong)],
        ..means.clone()
    };
    let either = WelcomeMeansPage { other_href: Some("/welcome/network"), ..means.clone() };
    let means_with = |problems| WelcomeMeansPage { problems, ..means.clone() };
    let done = WelcomeDonePage {
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
        ("welcome-means".into(), means.render(frame)?),
        ("welcome-network-wrong".into(), network.render(frame)?),
        ("welcome-means-either".into(), either.render(frame)?),
        ("welcome-means-wrong".into(), means_with(every).render(frame)?),
        ("welcome-means-other".into(), means_with(others).render(frame)?),
        ("welcome-means-third".into(), means_with(third).render(frame)?),
        ("welcome-done".into(), done.render(frame)?),
        ("welcome-done-no-level".into(), WelcomeDonePage { best: None, ..done }.render(frame)?),
        ("welcome-invalid".into(), invalid(WelcomeCodeProblem::NotGood).render(frame)?),
    ])
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
