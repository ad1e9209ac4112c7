//! The pages of whoever administers users, rights and terms.

use super::super::super::Language;
use super::super::super::pages::{
    ChangeRow, Error, Fault, Frame, GroupRow, GroupsPage, HeldRow, LetterRow, LettersPage, MemberRow,
    MembersPage, NetworkRow, NetworksPage, Options, RightsPage, Sheet, SheetPage, TermsVersionsPage, Typed,
    VersionRow,
};
use super::{CSRF, PERSON, Sample, at};

const NAME: &str = "Anna Andersen";
const GROUP: &str = "Sag og Dokument/Læsere";

/// All of them.
pub fn all(frame: &Frame<'_>) -> Result<Vec<Sample>, Error> {
    let mut samples = vec![
        ("office-rights".to_owned(), rights(frame, true)?),
        ("office-rights-none".to_owned(), rights(frame, false)?),
        ("office-groups".to_owned(), groups(frame, true)?),
        ("office-groups-none".to_owned(), groups(frame, false)?),
        ("office-members".to_owned(), members(frame, true)?),
        ("office-members-none".to_owned(), members(frame, false)?),
        ("office-terms".to_owned(), terms(frame, Some("/office/terms/new"))?),
        ("office-terms-by-file".to_owned(), terms(frame, None)?),
        ("office-letters".to_owned(), letters(frame, true)?),
        ("office-letters-none".to_owned(), letters(frame, false)?),
        ("office-networks".to_owned(), networks(frame, true)?),
        ("office-networks-none".to_owned(), networks(frame, false)?),
    ];
    for sheet in Sheet::ALL {
        samples.push((format!("office-sheet-{}", sheet.word()), asked(frame, *sheet, Vec::new())?));
    }
    samples.push(("office-sheet-preview".to_owned(), preview(frame)?));
    samples.push(("office-letter-preview".to_owned(), letter_preview(frame)?));
    samples.push(("office-problem-letter".to_owned(), letter_problems(frame)?));
    samples.push(("office-sheet-from-feed".to_owned(), from_feed(frame)?));
    samples.push(("office-problem-register".to_owned(), known(frame)?));
    samples.extend(problems(frame)?);
    Ok(samples)
}

fn problems(frame: &Frame<'_>) -> Result<Vec<Sample>, Error> {
    let wrong = [
        (Sheet::Register, "user-name", "sheet-problem-user-name"),
        (Sheet::Register, "user-name", "sheet-problem-user-name-taken"),
        (Sheet::Register, "last-name", "sheet-problem-last-name"),
        (Sheet::Register, "email", "sheet-problem-email"),
        (Sheet::Register, "unit", "sheet-problem-unit"),
        (Sheet::Register, "unit", "sheet-problem-not-your-unit"),
        (Sheet::Register, "title", "sheet-problem-too-long"),
        (Sheet::Register, "production-unit", "sheet-problem-production-unit"),
        (Sheet::Register, "organisation", "sheet-problem-organisation"),
        (Sheet::Register, "staff", "sheet-problem-staff"),
        (Sheet::Register, "until", "sheet-problem-temporary"),
        (Sheet::Register, "cpr", "sheet-problem-cpr-taken"),
        (Sheet::Register, "cpr", "sheet-problem-other-person"),
        (Sheet::Validity, "from", "sheet-problem-no-day"),
        (Sheet::Validity, "until", "sheet-problem-backwards"),
        (Sheet::Validity, "until", "sheet-problem-day-over"),
        (Sheet::Join, "group", "sheet-problem-group"),
        (Sheet::Leave, "member-of", "sheet-problem-member-of"),
        (Sheet::Grant, "privilege", "sheet-problem-privilege"),
        (Sheet::Grant, "number", "sheet-problem-scope"),
        (Sheet::Grant, "constraints", "sheet-problem-constraints"),
        (Sheet::Withdraw, "right", "sheet-problem-right"),
        (Sheet::Terms, "version", "sheet-problem-version"),
        (Sheet::Terms, "version", "sheet-problem-terms-known"),
        (Sheet::Terms, "danish", "sheet-problem-terms-text"),
        (Sheet::Terms, "hold-for", "sheet-problem-hold-for"),
        (Sheet::AddNetwork, "range", "sheet-problem-range"),
        (Sheet::AddNetwork, "range", "sheet-problem-range-not-first"),
        (Sheet::AddNetwork, "range", "sheet-problem-range-wide"),
        (Sheet::AddNetwork, "range", "sheet-problem-network-known"),
        (Sheet::AddNetwork, "network-name", "sheet-problem-network-name"),
        (Sheet::RemoveNetwork, "network", "sheet-problem-network"),
    ];
    let general = [
        (Sheet::Erase, "sheet-problem-not-ended"),
        (Sheet::Erase, "sheet-problem-proposed-already"),
        (Sheet::Join, "sheet-problem-too-many-held"),
        (Sheet::Change, "sheet-problem-from-feed"),
        (Sheet::Change, "sheet-problem-other-identity"),
        (Sheet::Change, "sheet-problem-changed-meanwhile"),
        (Sheet::Invite, "sheet-problem-has-login"),
        (Sheet::Terms, "sheet-problem-terms-size"),
        (Sheet::Terms, "sheet-problem-not-previewed"),
        (Sheet::Letter, "sheet-problem-letter-not-previewed"),
        (Sheet::AddNetwork, "sheet-problem-too-many-networks"),
    ];
    let at_entries = wrong.into_iter().map(|(sheet, entry, key)| (sheet, key, Fault::at(entry, key)));
    let elsewhere = general.into_iter().map(|(sheet, key)| (sheet, key, Fault::general(key)));
    let sample = |(sheet, key, fault): (Sheet, &str, Fault)| {
        let name = key.trim_start_matches("sheet-");
        Ok((format!("office-{name}"), asked(frame, sheet, vec![fault])?))
    };
    at_entries.chain(elsewhere).map(sample).collect()
}

fn options(say: Language) -> Vec<Options> {
    let of = |words: &[&str], prefix: &str| -> Vec<(String, String)> {
        words.iter().map(|word| ((*word).to_owned(), say.text(&format!("{prefix}-{word}")))).collect()
    };
    let same = |text: &str| vec![(text.to_owned(), text.to_owned())];
    vec![
        ("organisation", vec![("12345678".to_owned(), "Eksempel Kommune (12345678)".to_owned())]),
        ("staff", of(&["permanent", "temporary", "robot"], "staff")),
        ("scope", of(&["cvr", "production-unit", "se-number"], "scope")),
        ("hold-for", of(&["levels", "everything"], "hold-for")),
        ("member-of", same(GROUP)),
        ("right", same("urn:dk:eksempel:sag:laes in cvr:12345678")),
        ("network", vec![("192.0.2.0/24".to_owned(), "Rådhuset (192.0.2.0/24)".to_owned())]),
    ]
}

fn typed() -> Typed {
    Typed::of([
        ("user-name", "anna"),
        ("first-name", "Anna Margrethe"),
        ("last-name", "Andersen"),
        ("email", "anna@eksempel.dk"),
        ("title", "Sygeplejerske"),
        ("unit", "Sundhed/Hjemmepleje"),
        ("organisation", "12345678"),
        ("staff", "temporary"),
        ("level", "yes"),
        ("until", "2027-06-30"),
        ("group", GROUP),
        ("member-of", GROUP),
        ("privilege", "urn:dk:eksempel:sag:laes"),
        ("scope", "cvr"),
        ("number", "12345678"),
        ("version", "2026-2"),
        ("danish", "Del aldrig din adgangskode.\n\n- Skriv den ikke ned\n- Brug den kun her"),
        ("english", "Never share your password.\n\n- Do not write it down\n- Use it only here"),
        ("mandatory", "yes"),
        ("hold-for", "levels"),
        ("danish-subject", "Dit login er ændret"),
        ("english-subject", "Your login has changed"),
        ("range", "192.0.2.0/24"),
        ("network-name", "Rådhuset"),
        ("network", "192.0.2.0/24"),
    ])
}

/// What somebody has written for a letter, and what can be put into it.
fn letter_typed(danish: &str) -> Typed {
    let english = "Hello {user-name}\n\n{what-happened}\n\n{details}";
    typed().with("danish", danish).with("english", english).with("seen", "1")
}

fn letter_known(frame: &Frame<'_>) -> Vec<(String, String)> {
    let means = |word: &str| frame.language.text(&format!("placeholder-{word}"));
    let needed = |word: &str| frame.language.about("placeholder-needed", "means", &means(word));
    vec![
        ("{what-happened}".to_owned(), needed("what-happened")),
        ("{details}".to_owned(), needed("details")),
        ("{address}".to_owned(), means("address")),
        ("{user-name}".to_owned(), means("user-name")),
    ]
}

fn letter_preview(frame: &Frame<'_>) -> Result<String, Error> {
    let typed = letter_typed("Hej {user-name}\n\n{what-happened}\n\n{details}");
    let read = |say: Language| {
        let happened = format!("- {}", say.text("letter-locked"));
        let never = say.text("mail-never");
        let subject = say.about("letters-subject-is", "subject", &say.text("mail-subject"));
        (say, vec![subject, say.text("mail-greeting"), happened, say.text("mail-by-you"), never])
    };
    let page = sheet_page(Sheet::Letter, "/office/letters/locked", &typed);
    let preview = Language::ALL.map(read).to_vec();
    page.with(|page| {
        (page.preview, page.known) = (preview, letter_known(frame));
        page.name = Some(frame.language.text("letter-locked"));
    })
    .render(frame)
}

fn letter_problems(frame: &Frame<'_>) -> Result<String, Error> {
    let typed = letter_typed("Hej {navn}, se https://eksempel.dk");
    let naming = |at, key, name: &str| Fault::at(at, key).naming(name.to_owned());
    let faults = vec![
        naming("danish-subject", "sheet-problem-letter-too-long", "100"),
        naming("danish", "sheet-problem-letter-unknown", "{navn}"),
        naming("english-subject", "sheet-problem-letter-not-in-subject", "{details}"),
        naming("english", "sheet-problem-letter-missing", "{details}"),
    ];
    let page = sheet_page(Sheet::Letter, "/office/letters/locked", &typed);
    page.with(|page| {
        (page.faults, page.known) = (faults, letter_known(frame));
        page.name = Some(frame.language.text("letter-locked"));
    })
    .render(frame)
}

fn letters(frame: &Frame<'_>, has_changed: bool) -> Result<String, Error> {
    const WHEN: &str = "21. november 2026 kl. 10.15";
    let say = frame.language;
    let row = |word: &str, is_own: bool| LetterRow {
        href: format!("/office/letters/{word}"),
        name: say.text(&format!("letter-{word}")),
        since: (!is_own).then(|| WHEN.to_owned()),
    };
    let change = |word: &str, texts| ChangeRow {
        at: WHEN.to_owned(),
        by: "sine".to_owned(),
        letter: say.text(&format!("letter-{word}")),
        texts,
    };
    let text = |language: Language, key: &str| {
        (language, language.text("mail-subject"), typed().get(key).to_owned())
    };
    let texts = vec![text(Language::Danish, "danish"), text(Language::English, "english")];
    let page = LettersPage {
        frame: &at("/office/letters", None),
        rows: vec![row("bound", true), row("locked", !has_changed), row("half", true)],
        changes: if has_changed {
            vec![change("locked", texts), change("half", Vec::new())]
        } else {
            Vec::new()
        },
        newest_href: has_changed.then_some("/office/letters"),
        older_href: has_changed.then(|| "/office/letters?before=1".to_owned()),
    };
    page.render(frame)
}

fn networks(frame: &Frame<'_>, has_any: bool) -> Result<String, Error> {
    let row = |name: &str, range: &str| NetworkRow {
        name: name.to_owned(),
        range: range.to_owned(),
        remove_href: "/office/networks/remove?network=x".to_owned(),
    };
    let rows = vec![row("Rådhuset", "192.0.2.0/24"), row("Skolerne", "2001:db8:4f00:1234::/64")];
    let page = NetworksPage {
        frame: &at("/office/networks", None),
        rows: if has_any { rows } else { Vec::new() },
        new_href: "/office/networks/new",
        address: "192.0.2.7",
        here: has_any.then_some("Rådhuset"),
        services: if has_any { vec!["Intranettet".to_owned()] } else { Vec::new() },
    };
    page.render(frame)
}

fn asked(frame: &Frame<'_>, sheet: Sheet, faults: Vec<Fault>) -> Result<String, Error> {
    let (typed, action) = (typed(), format!("{PERSON}/{}", sheet.word()));
    sheet_page(sheet, &action, &typed).with(|page| page.faults = faults).render(frame)
}

fn preview(frame: &Frame<'_>) -> Result<String, Error> {
    let typed = typed();
    let read = |language, key: &str| {
        let text = typed.get(key).split("\n\n").map(str::to_owned).collect();
        (language, text)
    };
    let texts = vec![read(Language::Danish, "danish"), read(Language::English, "english")];
    let page = sheet_page(Sheet::Terms, "/office/terms/new", &typed);
    page.with(|page| page.preview = texts).render(frame)
}

fn from_feed(frame: &Frame<'_>) -> Result<String, Error> {
    let (typed, action) = (typed(), format!("{PERSON}/change"));
    let note = frame.language.about("sheet-from-feed", "feed", "løn");
    let page = sheet_page(Sheet::Change, &action, &typed);
    page.with(|page| (page.notes, page.is_open) = (vec![note], false)).render(frame)
}

fn known(frame: &Frame<'_>) -> Result<String, Error> {
    let typed = typed();
    let say = frame.language;
    let note = say.text_with("sheet-known", &[("name", NAME.into()), ("user_name", "anna".into())]);
    let faults = vec![Fault::at("same", "sheet-problem-cpr-known")];
    let page = sheet_page(Sheet::Register, "/office/people/new", &typed);
    page.with(|page| (page.notes, page.asks, page.faults) = (vec![note], true, faults)).render(frame)
}

/// What a page is made of; the frame around it lives as long as it is written.
struct Made<'a> {
    sheet: Sheet,
    action: &'a str,
    typed: &'a Typed,
    notes: Vec<String>,
    is_open: bool,
    asks: bool,
    faults: Vec<Fault>,
    preview: Vec<(Language, Vec<String>)>,
    known: Vec<(String, String)>,
    name: Option<String>,
}

fn sheet_page<'a>(sheet: Sheet, action: &'a str, typed: &'a Typed) -> Made<'a> {
    let (notes, faults, preview) = (Vec::new(), Vec::new(), Vec::new());
    let known = Vec::new();
    Made { sheet, action, typed, notes, is_open: true, asks: false, faults, preview, known, name: None }
}

impl Made<'_> {
    fn with(mut self, change: impl FnOnce(&mut Self)) -> Self {
        change(&mut self);
        self
    }

    fn render(self, frame: &Frame<'_>) -> Result<String, Error> {
        let page = SheetPage {
            frame: &at(self.action, None),
            sheet: self.sheet,
            name: self.name.as_deref().unwrap_or(NAME),
            action: self.action,
            csrf: CSRF,
            back_href: PERSON,
            notes: self.notes,
            is_open: self.is_open,
            asks: self.asks,
            typed: self.typed,
            options: options(frame.language),
            faults: self.faults,
            preview: self.preview,
            known: self.known,
        };
        page.render(frame)
    }
}

fn rights(frame: &Frame<'_>, has_any: bool) -> Result<String, Error> {
    let right = frame.language.text_with(
        "rights-right-within",
        &[
            ("privilege", "urn:dk:eksempel:sag:laes".into()),
            ("scope", format!("{} 12345678", frame.language.text("scope-cvr")).into()),
            ("constraints", "urn:dk:eksempel:kle=27.39".into()),
        ],
    );
    let row = |what: &str, href: Option<&str>| HeldRow {
        what: what.to_owned(),
        href: href.map(str::to_owned),
        take_href: format!("{PERSON}/leave?group=x"),
    };
    let page = RightsPage {
        frame: &at(&format!("{PERSON}/rights"), None),
        name: NAME,
        groups: if has_any { vec![row(GROUP, Some("/office/groups?group=x"))] } else { Vec::new() },
        rights: if has_any { vec![row(&right, None)] } else { Vec::new() },
        join_href: &format!("{PERSON}/join"),
        grant_href: &format!("{PERSON}/grant"),
        back_href: PERSON,
    };
    page.render(frame)
}

fn groups(frame: &Frame<'_>, has_any: bool) -> Result<String, Error> {
    let more = frame.language.text_with("groups-more-than", &[("count", 1_000.into())]);
    let row = |name: &str, members: &str| GroupRow {
        href: "/office/groups?group=x".to_owned(),
        name: name.to_owned(),
        members: members.to_owned(),
    };
    let page = GroupsPage {
        frame: &at("/office/groups", None),
        action: "/office/groups",
        sought: "",
        rows: if has_any { vec![row("Alle", &more), row(GROUP, "17")] } else { Vec::new() },
        next_href: has_any.then(|| "/office/groups?after=x".to_owned()),
        is_first: !has_any,
    };
    page.render(frame)
}

fn members(frame: &Frame<'_>, has_any: bool) -> Result<String, Error> {
    let row = |name: Option<&str>, user_name: &str, act: &str| MemberRow {
        href: PERSON.to_owned(),
        name: name.map(str::to_owned),
        user_name: user_name.to_owned(),
        unit: Some("Sundhed/Hjemmepleje".to_owned()),
        act_href: format!("{PERSON}/{act}?group=x"),
    };
    let rows = vec![row(Some(NAME), "anna", "leave"), row(None, "xyz123", "leave")];
    let found = vec![row(Some("Bo Bendtsen"), "bo", "join"), row(None, "abc987", "join")];
    let page = MembersPage {
        frame: &at("/office/groups", None),
        group: GROUP,
        action: "/office/groups",
        sought: "",
        rows: if has_any { rows } else { Vec::new() },
        adding: "bo",
        found: if has_any { found } else { Vec::new() },
        next_href: has_any.then(|| "/office/groups?group=x&after=1".to_owned()),
        first_href: has_any.then(|| "/office/groups?group=x".to_owned()),
    };
    page.render(frame)
}

fn terms(frame: &Frame<'_>, new_href: Option<&str>) -> Result<String, Error> {
    let row = |version: &str, agreed| VersionRow {
        version: version.to_owned(),
        at: "21. november 2026 kl. 10.15".to_owned(),
        agreed,
    };
    let text = typed().get("danish").split("\n\n").map(str::to_owned).collect();
    let is_empty = new_href.is_none();
    let page = TermsVersionsPage {
        frame: &at("/office/terms", None),
        rows: if is_empty { Vec::new() } else { vec![row("2026-2", 17), row("2026-1", 4_211)] },
        new_href,
        paragraphs: if is_empty { Vec::new() } else { text },
    };
    page.render(frame)
}
