//! What the service provider shows, in Danish. Every value is escaped where it is written.

use askama::Template;
use data_encoding::BASE32_NOPAD;
use portner_domain::Moment;
use portner_saml::{Attribute, LogoutResponse, ReportedFailure, ResponseRefusal, SecondStatus, TopStatus};
use serde::Serialize;
use totp_rs::{Algorithm, Builder, Totp};

use super::login::Refused;
use super::logout::{Form, Refused as LogoutRefused};
use super::visitors::Login;
use super::{ShownUser, Surroundings};

const LEVEL: &str = "https://data.gov.dk/concept/core/nsis/loa";
const FULL_NAME: &str = "https://data.gov.dk/model/core/eid/fullName";

/// What this is, who can log in, and how.
#[derive(Template)]
#[template(path = "start.html")]
pub struct StartPage<'a> {
    around: &'a Surroundings,
    rows: Vec<(&'a ShownUser, Option<Code>)>,
    logged_in: Option<&'a str>,
}

/// A one-time code at the time of the page.
struct Code {
    digits: String,
    seconds_left: u64,
}

impl<'a> StartPage<'a> {
    /// As it is now.
    pub fn new(around: &'a Surroundings, login: Option<&'a Login>, now: Moment) -> Self {
        let code = |user: &ShownUser| user.totp_secret.as_deref().and_then(|secret| Code::at(secret, now));
        Self {
            around,
            rows: around.users.iter().map(|user| (user, code(user))).collect(),
            logged_in: login.map(name),
        }
    }
}

impl Code {
    /// The code of RFC 6238 that an app would show now.
    fn at(secret: &str, now: Moment) -> Option<Self> {
        let totp: Totp = Builder::new()
            .with_algorithm(Algorithm::SHA1)
            .with_secret(BASE32_NOPAD.decode(secret.as_bytes()).ok()?)
            .build_noncompliant();
        let seconds = now.unix_seconds();
        let digits = totp.generate(seconds).to_string();
        Some(Self { digits, seconds_left: totp.next_step(seconds).saturating_sub(seconds) })
    }
}

/// What Portner has said about whoever is here.
#[derive(Template)]
#[template(path = "me.html")]
pub struct MePage<'a> {
    portner_url: &'a str,
    name: &'a str,
    name_id: &'a str,
    level: Option<&'a str>,
    attributes: &'a [Attribute],
    assertion: String,
    response: &'a str,
}

impl<'a> MePage<'a> {
    /// Of a login.
    pub fn new(login: &'a Login, portner_url: &'a str) -> Self {
        Self {
            portner_url,
            name: name(login),
            name_id: &login.assertion.name_id.value,
            level: login.assertion.value(LEVEL),
            attributes: &login.assertion.attributes,
            assertion: spelled_out(login),
            response: &login.response,
        }
    }
}

fn name(login: &Login) -> &str {
    login.assertion.value(FULL_NAME).unwrap_or("En medarbejder")
}

/// The assertion as it was read after decryption and verification: all that may be believed, and nothing else.
#[derive(Serialize)]
struct Believed<'a> {
    id: &'a str,
    issuer: &'a str,
    name_id: &'a str,
    name_id_format: &'a str,
    authn_instant: String,
    authn_context_class_ref: Option<&'a str>,
    session_index: Option<&'a str>,
    session_not_on_or_after: Option<String>,
    not_on_or_after: String,
    attributes: &'a [Attribute],
}

fn spelled_out(login: &Login) -> String {
    let it = &login.assertion;
    let believed = Believed {
        id: &it.id,
        issuer: &it.issuer,
        name_id: &it.name_id.value,
        name_id_format: it.name_id.format.uri(),
        authn_instant: it.authn_instant.to_string(),
        authn_context_class_ref: it.class_ref.as_deref(),
        session_index: it.session_index.as_deref(),
        session_not_on_or_after: it.session_not_on_or_after.map(|end| end.to_string()),
        not_on_or_after: it.not_on_or_after.to_string(),
        attributes: &it.attributes,
    };
    serde_json::to_string_pretty(&believed).unwrap_or_default()
}

/// Why nobody was logged in.
#[derive(Template)]
#[template(path = "refused.html")]
pub struct RefusedPage {
    sentence: &'static str,
    codes: Vec<String>,
    message: Option<String>,
}

impl RefusedPage {
    /// In a sentence, with the codes that say it exactly.
    pub fn new(refused: &Refused) -> Self {
        match refused {
            Refused::Response(ResponseRefusal::Failed(failure)) => Self {
                sentence: said_no(failure),
                codes: std::iter::once(&failure.top).chain(&failure.second).cloned().collect(),
                message: failure.message.clone(),
            },
            Refused::Response(refusal) => Self {
                sentence: "Svaret kan ikke godtages, så ingen er logget ind.",
                codes: vec![refusal.code().to_owned()],
                message: Some(refusal.to_string()),
            },
            Refused::NotAwaited => Self {
                sentence: "Denne browser venter ikke på det svar. Måske er det allerede brugt, eller måske blev log ind begyndt i en anden browser.",
                codes: vec!["not-awaited".to_owned()],
                message: Some(refused.to_string()),
            },
        }
    }
}

fn said_no(failure: &ReportedFailure) -> &'static str {
    let is = |status: SecondStatus| failure.second.as_deref() == Some(status.uri());
    if !failure.signed {
        "Svaret siger nej, men det er ikke underskrevet, så det kan komme fra hvem som helst."
    } else if is(SecondStatus::NoAuthnContext) {
        "Det sikringsniveau, som tjenesten bad om, kan ikke nås."
    } else if is(SecondStatus::NoPassive) {
        "Portner skulle have spurgt om noget for at logge ind, og tjenesten havde bedt om, at det ikke skete."
    } else if is(SecondStatus::AuthnFailed) {
        "Ingen blev logget ind. Måske blev der afbrudt undervejs."
    } else if is(SecondStatus::RequestDenied) {
        "Portner afviste at logge ind i denne tjeneste."
    } else {
        "Portner meldte en fejl, så ingen er logget ind."
    }
}

/// A logout message that sends itself, or is sent by hand.
#[derive(Template)]
#[template(path = "hand_over.html")]
pub struct HandOverPage {
    /// What it carries.
    pub form: Form,
}

/// How logging out went.
#[derive(Template)]
#[template(path = "logout.html")]
pub struct LogoutPage {
    word: &'static str,
    heading: &'static str,
    sentence: &'static str,
    codes: Vec<String>,
    message: Option<String>,
}

impl LogoutPage {
    /// Portner was not asked.
    pub fn here_only() -> Self {
        Self {
            word: "logout-here",
            heading: "Du er ikke logget ind her",
            sentence: "Portner er ikke spurgt, så du kan stadig være logget ind der og i andre tjenester.",
            codes: Vec::new(),
            message: None,
        }
    }

    /// What Portner has answered.
    pub fn outcome(response: &LogoutResponse) -> Self {
        let (word, heading, sentence) = if response.is_complete() {
            let sentence = "Du er logget ud her, hos Portner og i de andre tjenester, du var logget ind i.";
            ("logout-complete", "Du er logget ud alle steder", sentence)
        } else if response.status.top == TopStatus::Success {
            let sentence = "Du er logget ud her og hos Portner, men mindst én anden tjeneste kunne ikke logge dig ud. Luk browseren, hvis andre kan bruge den.";
            ("logout-partial", "Du er ikke logget ud alle steder", sentence)
        } else {
            let sentence =
                "Portner meldte, at det ikke lykkedes at logge ud. Luk browseren, hvis andre kan bruge den.";
            ("logout-failed", "Du er kun logget ud her", sentence)
        };
        let second = response.status.second.map(|code| code.uri().to_owned());
        let top = response.status.top.uri().to_owned();
        let codes = std::iter::once(top).chain(second).chain(response.unknown_second.clone());
        let message = response.status.message.as_deref().map(str::to_owned);
        Self { word, heading, sentence, codes: codes.collect(), message }
    }

    /// Nothing follows from what came.
    pub fn refused(refused: &LogoutRefused) -> Self {
        let code = match refused {
            LogoutRefused::NotAwaited => "not-awaited",
            LogoutRefused::Message(refusal) => refusal.code(),
            LogoutRefused::NoWayBack => "no-way-back",
            LogoutRefused::Unanswered(_) => "unanswered",
        };
        Self {
            word: "logout-refused",
            heading: "Beskeden kan ikke godtages",
            sentence: "Den handler om at logge ud, men tjenesten kan ikke gøre, som den siger.",
            codes: vec![code.to_owned()],
            message: Some(refused.to_string()),
        }
    }
}

#[cfg(test)]
mod tests {
    use portner_domain::Moment;

    use super::Code;

    /// RFC 6238, appendix B, the last six of its eight digits.
    #[test]
    fn codes_are_those_of_the_specification() {
        let code = Code::at("GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ", Moment(1_111_111_111_000)).unwrap();
        assert_eq!((code.digits.as_str(), code.seconds_left), ("050471", 29));
    }
}
