//! The pages on which services are added, their policies changed, and a login is worked through.

use portner_federation::office::PolicySeen;
use portner_federation::policy::{Policy, Usual, changes};

use super::super::super::pages::{
    DraftPage, Error, Frame, NewProviderPage, PolicyPage, Said, SeenMetadata, TrialPage, TrialShown, Typed,
};
use super::{CSRF, Sample, at};

const PROVIDER: &str = "/office/service-providers/019ab2c4-7d1e-7c3a-9f52-6b0e8d41c7aa";
const FINGERPRINT: &str = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08";

/// All of them.
pub fn all(frame: &Frame<'_>) -> Result<Vec<Sample>, Error> {
    Ok(vec![
        ("office-provider-new".to_owned(), new(frame, None, None)?),
        ("office-provider-new-seen".to_owned(), new(frame, Some(seen(frame, None)), None)?),
        ("office-provider-new-known".to_owned(), new(frame, Some(seen(frame, Some(true))), None)?),
        ("office-provider-new-same".to_owned(), new(frame, Some(seen(frame, Some(false))), None)?),
        ("office-problem-provider-new".to_owned(), new(frame, None, Some("metadata"))?),
        ("office-draft-new".to_owned(), draft(frame, true)?),
        ("office-draft-policy".to_owned(), draft(frame, false)?),
        ("office-policy".to_owned(), policy(frame, "", None)?),
        ("office-policy-loosens".to_owned(), policy(frame, "name_id = \"email\"", None)?),
        ("office-policy-tightens".to_owned(), policy(frame, "required_level = \"Substantial\"", None)?),
        ("office-problem-policy".to_owned(), policy(frame, "", Some("policy"))?),
        ("office-trial".to_owned(), trial(frame, None, None)?),
        ("office-trial-yes".to_owned(), trial(frame, Some(worked_through(frame, false)), None)?),
        ("office-trial-no".to_owned(), trial(frame, Some(worked_through(frame, true)), None)?),
        ("office-problem-trial".to_owned(), trial(frame, None, Some(Said::NoSuchUser))?),
    ])
}

fn seen(frame: &Frame<'_>, differs: Option<bool>) -> SeenMetadata {
    let say = frame.language;
    let arguments = [("fingerprint", FINGERPRINT.into()), ("until", "1. maj 2028 kl. 12.00".into())];
    let certificate = say.text_with("office-provider-certificate", &arguments);
    let fact = |key: &str, value: &str| (say.text(key), vec![value.to_owned()]);
    let change = |what: &str, concern: Option<&str>| (what.to_owned(), concern.map(str::to_owned));
    let all = vec![
        change("the key that signs", Some("nobody who is known vouches for the key")),
        change("the name", None),
    ];
    SeenMetadata {
        facts: vec![
            fact("office-entity-id", "https://sag.example.dk"),
            fact("office-name", "Sags- og Dokumentsystemet"),
            fact("office-provider-signs", &certificate),
            fact("office-provider-encrypts", &certificate),
            fact("office-provider-answers", "https://sag.example.dk/saml/acs"),
            fact("office-provider-logout", "https://sag.example.dk/saml/slo"),
            fact("office-provider-asks-for", "https://data.gov.dk/model/core/eid/fullName"),
        ],
        doubts: vec![
            say.text("office-doubt-no-logout"),
            say.text("office-doubt-no-encryption"),
            say.about("office-doubt-until", "until", "1. maj 2028 kl. 12.00"),
            say.about("office-doubt-certificate-over", "fingerprint", FINGERPRINT),
            say.text_with("office-doubt-certificate-ends", &arguments),
        ],
        differs: differs.map(|some| if some { all } else { Vec::new() }),
    }
}

fn profiles(frame: &Frame<'_>) -> Vec<(String, String)> {
    let text = |name: &str| frame.language.text(&format!("office-profile-{name}"));
    Policy::profile_names().map(|name| (name.to_owned(), text(name))).collect()
}

fn new(frame: &Frame<'_>, seen: Option<SeenMetadata>, wrong: Option<&'static str>) -> Result<String, Error> {
    let typed = Typed::of([
        ("url", "https://sag.example.dk/saml/metadata"),
        ("metadata", "<EntityDescriptor xmlns=\"urn:oasis:names:tc:SAML:2.0:metadata\" …>"),
        ("profile", "plain"),
    ]);
    let why = "the document is not an EntityDescriptor";
    let wrong = wrong.map(|at| (Some(at), frame.language.about("office-provider-not-taken", "why", why)));
    let page = NewProviderPage {
        frame: &at("/office/service-providers/new", None),
        action: "/office/service-providers/new",
        csrf: CSRF,
        back_href: "/office/service-providers",
        typed: &typed,
        profiles: profiles(frame),
        seen,
        wrong,
    };
    page.render(frame)
}

fn draft(frame: &Frame<'_>, is_new: bool) -> Result<String, Error> {
    let say = frame.language;
    let page = DraftPage {
        frame: &at("/office/service-providers/drafts/1", None),
        seen: is_new.then(|| seen(frame, None)),
        policy: if is_new {
            "profile = \"plain\"\n"
        } else {
            "- name_id = \"transient\"\n+ name_id = \"email\"\n"
        },
        notes: vec![say.text(if is_new { "office-provider-by-hand" } else { "office-draft-policy" })],
        back_href: "/office/proposals",
    };
    page.render(frame)
}

fn policy(frame: &Frame<'_>, change: &str, wrong: Option<&'static str>) -> Result<String, Error> {
    let after = Policy::from_toml(&format!("profile = \"plain\"\n{change}"));
    // A page without anything on it is found out by whoever looks at all of them.
    let (Ok(before), Ok(after)) = (Policy::of_profile("plain"), after) else { return Ok(String::new()) };
    let arguments = [("line", "3".into()), ("why", "unknown field `nameid`".into())];
    let wrong = wrong.map(|at| (Some(at), frame.language.text_with("office-policy-wrong-at", &arguments)));
    let looked = PolicySeen {
        changes: changes(&before.to_toml(), &after.to_toml()),
        needs_second: !after.only_tightens(&before),
        was: FINGERPRINT.to_owned(),
        policy: after.clone(),
    };
    let attributes = before.attributes.iter().enumerate().map(|(place, release)| {
        (format!("keep-{place}"), release.friendly_name.clone().unwrap_or_default(), place != 1)
    });
    let page = PolicyPage {
        frame: &at(PROVIDER, None),
        name: "Sags- og Dokumentsystemet",
        action: "/office/service-providers/1/policy",
        csrf: CSRF,
        back_href: PROVIDER,
        profiles: profiles(frame),
        usual: &Usual::of(&after),
        attributes: attributes.collect(),
        text: &after.to_toml(),
        seen: (!change.is_empty()).then_some(&looked),
        seen_sha256: FINGERPRINT,
        why: "",
        wrong,
    };
    page.render(frame)
}

fn worked_through(frame: &Frame<'_>, is_stopped: bool) -> TrialShown {
    let say = frame.language;
    let obstacles = [
        "trial-disabled",
        "trial-metadata-expired",
        "trial-locked",
        "trial-in-no-group",
        "trial-in-excluded-group",
        "trial-nothing-to-log-in-with",
        "trial-terms",
        "trial-no-encryption",
    ];
    let told = [
        ("givenName", if is_stopped { say.text("trial-withheld") } else { "Anna".to_owned() }),
        ("mail", say.text("trial-no-value")),
        ("cvr", say.text(if is_stopped { "trial-withheld" } else { "trial-not-requested" })),
    ];
    let because = vec![say.explain(&portner_domain::assurance::Reason::NotProofed)];
    TrialShown {
        obstacles: if is_stopped { obstacles.map(|key| say.text(key)).to_vec() } else { Vec::new() },
        is_protected: is_stopped,
        demands: say.text("office-level-none-short"),
        combinations: vec![(
            say.kind(portner_domain::authenticator::Kind::Password),
            say.text("trial-enough"),
            because,
        )],
        name_id: say.text("trial-not-assigned"),
        attributes: told.map(|(name, value)| (name.to_owned(), value)).to_vec(),
    }
}

fn trial(frame: &Frame<'_>, shown: Option<TrialShown>, problem: Option<Said>) -> Result<String, Error> {
    let page = TrialPage {
        frame: &at(PROVIDER, None),
        service: "Sags- og Dokumentsystemet",
        action: "/office/service-providers/1/test",
        csrf: CSRF,
        back_href: PROVIDER,
        user: "anna",
        shown,
        problem,
    };
    page.render(frame)
}
