//! How a letter is put together from its words: those that the organisation has chosen, or our own. What stands below them
//! all, to do if it was somebody else, is written here and nowhere else.

use portner_audit_log::Database;
use portner_domain::Moment;
use portner_domain::letter::{
    BothWords, LetterKind, Paragraph, Piece, Placeholder, Template, Wording, Words,
};

use super::letter::printable;
use crate::pages::{Site, date_and_time};
use crate::{Language, PublicUrl};

/// What a preview puts in for half of a code: it has the shape of one.
const SAMPLE_CODE: &str = "000-0000";
/// … for an address (RFC 5737).
const SAMPLE_ADDRESS: &str = "192.0.2.7";
/// … for a user name.
const SAMPLE_USER_NAME: &str = "anna";

/// What is put into a letter.
pub(super) struct Values<'a> {
    pub(super) what_happened: Vec<String>,
    pub(super) details: Vec<String>,
    pub(super) code: &'a str,
    pub(super) user_name: String,
    pub(super) address: &'a str,
    pub(super) site: &'a Site,
}

/// The letter in one language.
pub(super) struct Part {
    pub(super) tag: &'static str,
    pub(super) subject: String,
    pub(super) paragraphs: Vec<Told>,
}

/// A paragraph of it.
pub(super) enum Told {
    /// What happened.
    Happened(Vec<String>),
    List(Vec<String>),
    Lines(Vec<String>),
    Small(String),
}

/// The words that the organisation has chosen for a letter, if it has. A letter that can't be written in them any more is
/// written in our own: it leaves in any case.
pub(crate) async fn chosen(
    db: &Database,
    kind: LetterKind,
) -> Result<Option<Wording>, portner_directory::Error> {
    let Some(kept) = portner_directory::letter_wording(db, kind).await? else { return Ok(None) };
    let wording = Wording::read(kind, kept.words);
    if let Err(unfit) = &wording {
        tracing::error!(letter = kind.word(), ?unfit, "the words of a letter can't be used");
    }
    Ok(wording.ok())
}

/// Our own words, as somebody could have typed them.
pub(crate) fn own_words(kind: LetterKind) -> BothWords {
    let [danish, english] = Language::ALL.map(|say| own(kind, say));
    BothWords { danish, english }
}

fn own(kind: LetterKind, say: Language) -> Words {
    let braces = |placeholder: Placeholder| placeholder.to_string();
    let who = [
        ("user_name", braces(Placeholder::UserName).into()),
        ("organisation", braces(Placeholder::Organisation).into()),
    ];
    let at_address = |key: &str| say.about(key, "address", &braces(Placeholder::Address));
    let (subject, paragraphs) = match kind {
        LetterKind::Half => {
            let intro = say.text_with("mail-half-intro", &who);
            ("mail-half-subject", vec![intro, braces(Placeholder::Code), at_address("mail-half-how")])
        }
        _ => {
            let ours = match kind {
                LetterKind::PasswordDue => at_address("mail-change-password"),
                _ => say.text("mail-ours"),
            };
            let happened = [Placeholder::WhatHappened, Placeholder::Details].map(braces);
            let intro = say.text_with("mail-intro", &who);
            ("mail-subject", std::iter::once(intro).chain(happened).chain([ours]).collect())
        }
    };
    let text = std::iter::once(say.text("mail-greeting")).chain(paragraphs).collect::<Vec<_>>().join("\n\n");
    Words { subject: say.text(subject), text }
}

/// How a letter would read, with what it might be about: language and paragraphs, the subject first.
pub(crate) fn preview(
    wording: &Wording,
    (site, public): (&Site, &PublicUrl),
    now: Moment,
) -> Vec<(Language, Vec<String>)> {
    let kind = wording.kind();
    let address = match kind {
        LetterKind::Half => format!("{}/welcome", public.origin),
        _ => public.origin.clone(),
    };
    let read = |say: Language| {
        let values = Values {
            what_happened: vec![say.text(&format!("letter-{}", kind.word()))],
            details: vec![
                say.about("mail-when", "when", &date_and_time(say, now)),
                say.text("mail-by-you"),
                say.about("mail-from", "address", SAMPLE_ADDRESS),
            ],
            code: SAMPLE_CODE,
            user_name: SAMPLE_USER_NAME.to_owned(),
            address: &address,
            site,
        };
        let part = Part::new((kind, Some(wording)), &values, say);
        let subject = say.about("letters-subject-is", "subject", &part.subject);
        (say, std::iter::once(subject).chain(part.paragraphs.iter().map(Told::plain)).collect())
    };
    Language::ALL.map(read).to_vec()
}

impl Part {
    pub(super) fn new(
        (kind, chosen): (LetterKind, Option<&Wording>),
        values: &Values<'_>,
        say: Language,
    ) -> Self {
        // Our own words are words that can be used, as a test shows; without them a letter still says what it is about.
        let own = Wording::read(kind, own_words(kind)).ok();
        let template = chosen.or(own.as_ref()).map(|wording| match say {
            Language::Danish => wording.danish(),
            Language::English => wording.english(),
        });
        let (subject, mut paragraphs) = match template {
            Some(Template { subject, text }) => {
                (values.line(subject), text.iter().map(|it| values.paragraph(it)).collect())
            }
            None => (say.text("mail-subject"), values.bare()),
        };
        paragraphs.extend(ending(kind, values, say));
        Self { tag: say.tag(), subject, paragraphs }
    }

    pub(super) fn plain(&self) -> String {
        self.paragraphs.iter().map(Told::plain).collect::<Vec<_>>().join("\n\n") + "\n"
    }
}

/// What to do if it was somebody else, whom to ask, and what we never do: no wording takes its place.
fn ending(kind: LetterKind, values: &Values<'_>, say: Language) -> Vec<Told> {
    let support = &values.site.support;
    if kind == LetterKind::Half {
        return vec![Told::Lines(vec![say.about("mail-half-not-you", "support", &support.name)])];
    }
    let call = [
        support.phone.as_ref().map(|phone| say.about("mail-phone", "phone", phone)),
        support.email.as_ref().map(|email| say.about("mail-email", "email", email)),
    ];
    let call: Vec<String> = call.into_iter().flatten().collect();
    let whom = [("address", values.address.into()), ("support", support.name.as_str().into())];
    let not_ours = say.text_with("mail-not-ours", &whom);
    let call = (!call.is_empty()).then(|| call.join(", "));
    vec![Told::Lines(std::iter::once(not_ours).chain(call).collect()), Told::Small(say.text("mail-never"))]
}

impl Values<'_> {
    fn line(&self, pieces: &[Piece]) -> String {
        pieces
            .iter()
            .map(|piece| match piece {
                Piece::Text(text) => text.clone(),
                Piece::Of(placeholder) => printable(self.of(*placeholder)),
            })
            .collect()
    }

    fn of(&self, placeholder: Placeholder) -> &str {
        match placeholder {
            Placeholder::Code => self.code,
            Placeholder::UserName => &self.user_name,
            Placeholder::Organisation => &self.site.organisation,
            Placeholder::Service => &self.site.service_name,
            Placeholder::Support => &self.site.support.name,
            Placeholder::Address => self.address,
            // They stand alone, and are no part of any line.
            Placeholder::WhatHappened | Placeholder::Details => "",
        }
    }

    fn paragraph(&self, paragraph: &Paragraph) -> Told {
        match paragraph {
            Paragraph::Alone(Placeholder::WhatHappened) => Told::Happened(self.what_happened.clone()),
            Paragraph::Alone(Placeholder::Details) => Told::Lines(self.details.clone()),
            Paragraph::Alone(other) => Told::Lines(vec![self.of(*other).to_owned()]),
            Paragraph::Words(pieces) => {
                let lines: Vec<String> = self.line(pieces).lines().map(str::to_owned).collect();
                let items: Option<Vec<String>> =
                    lines.iter().map(|line| line.strip_prefix("- ").map(str::to_owned)).collect();
                items.map_or(Told::Lines(lines), Told::List)
            }
        }
    }

    fn bare(&self) -> Vec<Told> {
        let code = Told::Lines(vec![self.code.to_owned()]);
        vec![Told::Happened(self.what_happened.clone()), Told::Lines(self.details.clone()), code]
    }
}

impl Told {
    fn plain(&self) -> String {
        match self {
            Self::Happened(items) | Self::List(items) => {
                items.iter().map(|item| format!("- {item}")).collect::<Vec<_>>().join("\n")
            }
            Self::Lines(lines) => lines.join("\n"),
            Self::Small(text) => text.clone(),
        }
    }
}

#[cfg(test)]
mod tests {
    use portner_domain::Moment;
    use portner_domain::letter::{BothWords, LetterKind, Wording, Words};

    use super::{Part, Told, Values, own_words, preview};
    use crate::pages::{Site, Support};
    use crate::{Language, PublicUrl};

    const HOSTILE: &str = "{code} {details} <b>{user-name}</b>\r\nBcc: mallory@evil.example";

    fn site() -> Site {
        Site {
            organisation: HOSTILE.to_owned(),
            service_name: HOSTILE.to_owned(),
            support: Support {
                name: "IT-service".to_owned(),
                phone: Some("70 10 20 30".to_owned()),
                email: None,
            },
            accessibility_url: None,
        }
    }

    /// The least that a letter of this kind can say, with every name that it knows.
    fn least(kind: LetterKind) -> Wording {
        let text: Vec<String> = kind.knows().iter().map(ToString::to_string).collect();
        let words = Words::typed("{organisation} {service}", &text.join("\n\n"));
        Wording::read(kind, BothWords { danish: words.clone(), english: words }).unwrap()
    }

    #[test]
    fn our_own_words_are_words_of_every_letter() {
        for kind in LetterKind::ALL {
            Wording::read(*kind, own_words(*kind)).unwrap();
        }
    }

    #[test]
    fn t_letter_01_no_wording_takes_the_warning_away_and_no_name_is_a_placeholder() {
        let site = site();
        for kind in LetterKind::ALL {
            let wording = least(*kind);
            for say in Language::ALL {
                let values = Values {
                    what_happened: vec!["it happened".to_owned()],
                    details: vec!["just now".to_owned()],
                    code: "CODE",
                    user_name: "anna".to_owned(),
                    address: "https://login.example.dk",
                    site: &site,
                };
                let part = Part::new((*kind, Some(&wording)), &values, say);
                let plain = part.plain();
                let (warning, means) = match kind {
                    LetterKind::Half => (say.about("mail-half-not-you", "support", "IT-service"), "CODE"),
                    _ => (say.text("mail-never"), "it happened"),
                };
                assert!(plain.trim_end().ends_with(&warning), "{kind:?}: {plain}");
                assert!(plain.contains(means), "{kind:?}: {plain}");
                // What a name says in braces stays what it says, and begins no line.
                assert!(plain.contains("{code} {details} <b>{user-name}</b>Bcc:"), "{plain}");
                assert!(!part.subject.contains(['\r', '\n']) && part.subject.contains("{code}"));
                if *kind != LetterKind::Half {
                    assert!(plain.contains("IT-service") && plain.contains("70 10 20 30"), "{plain}");
                    assert!(matches!(part.paragraphs.last(), Some(Told::Small(_))));
                }
            }
        }
    }

    #[test]
    fn a_preview_is_the_letter_with_its_subject_and_its_warning() {
        let public = PublicUrl { origin: "https://login.example.dk".into(), host: "login.example.dk".into() };
        for kind in LetterKind::ALL {
            let shown = preview(&least(*kind), (&site(), &public), Moment(0));
            assert_eq!(shown.len(), 2);
            for (say, paragraphs) in shown {
                let first = say.about("letters-subject-is", "subject", "");
                assert!(paragraphs.first().unwrap().starts_with(first.trim_end()), "{paragraphs:?}");
                // The subject, what the letter knows, and what stands below it.
                assert!(paragraphs.len() > kind.knows().len() + 1, "{paragraphs:?}");
            }
        }
    }
}
