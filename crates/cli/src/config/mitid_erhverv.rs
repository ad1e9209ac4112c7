//! `[mitid_erhverv]`: where identities are registered that NemLog-in takes.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use aws_lc_rs::digest::{SHA256, digest};
use portner_directory::feed::{Brake, Hour};
use portner_domain::identity::Cvr;
use portner_domain::right::{Group, Uri};
use portner_domain::{Level, Millis};
use portner_sync::client::{BaseUrl, Pace, Pair, Settings};
use portner_sync::wire::{InvoiceMethodUuid, Quirks, RoleUuid};
use portner_sync::{BETWEEN_READINGS, DELETED_AFTER, Form, Given, Rule, Scheme, Whose};
use serde::Deserialize;
use zeroize::Zeroizing;

use super::first_line;

/// Most roles that follow from something here.
const ROLES_MAX: usize = 1_000;
/// How long after its employment an identity may be kept there at most.
const DELETED_AFTER_DAYS_MAX: u64 = 5 * 366;
/// The hours of the night in which it is read, and how many: each installation at a minute of its own.
const NIGHT_BEGINS: u64 = 2;
const NIGHT_HOURS: u64 = 3;
/// Most attempts at one call.
const ATTEMPTS_MAX: u32 = 20;
/// Longest pause between two of them, in milliseconds.
const PAUSE_MS_MAX: u64 = 600_000;

/// Where identities are registered that NemLog-in takes.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MitIdErhverv {
    /// Who vouches for people, and who logs them in.
    form: Kind,
    /// Is the organisation assessed to proof people for qualified certificates, too?
    #[serde(default)]
    qualified: bool,
    /// Where it is; production if absent.
    url: Option<String>,
    /// The organisation's system certificate, and its private key; both may be in one file. PKCS#12 if there is a password
    /// for it, otherwise PEM.
    certificate_file: PathBuf,
    key_file: Option<PathBuf>,
    password_file: Option<PathBuf>,
    /// The next one, while they change.
    next_certificate_file: Option<PathBuf>,
    next_key_file: Option<PathBuf>,
    next_password_file: Option<PathBuf>,
    /// Who vouches for the server (PEM), if not the authorities of the machine.
    ca_file: Option<PathBuf>,
    /// Who may sign: "nobody", "everybody" or a group.
    #[serde(default)]
    signing: Who,
    /// Who may use their own MitID, too.
    #[serde(default)]
    private_mitid: Who,
    /// Are people with a protected name pseudonymous there?
    #[serde(default)]
    pseudonym_if_protected: bool,
    /// How identities are paid for, if there are several ways.
    invoice_method: Option<InvoiceMethodUuid>,
    /// How long after its employment an identity is deleted there.
    deleted_after_days: Option<u64>,
    /// When it is read every night, in Danish time.
    read_at: Option<String>,
    /// How many may lose their login in a day before somebody has to look.
    #[serde(default)]
    brake: Brake,
    /// Which roles there follow from what is held here.
    #[serde(default)]
    roles: Vec<RoleThere>,
    /// How patient we are with the other side.
    #[serde(default)]
    pace: Patience,
    /// What is believed of the other side.
    #[serde(default)]
    quirks: Quirks,
}

/// How patient we are with the other side.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Patience {
    /// How often a call is made before it has failed.
    attempts: u32,
    /// The pause after the first of them, and the longest; each is twice the one before.
    first_pause_ms: u64,
    longest_pause_ms: u64,
    /// At least so long between two readings, if one is wanted because something is not clear.
    between_readings_seconds: u64,
}

impl Default for Patience {
    fn default() -> Self {
        let Pace { attempts, pause, pause_max } = Pace::default();
        Self {
            attempts,
            first_pause_ms: pause.0,
            longest_pause_ms: pause_max.0,
            between_readings_seconds: BETWEEN_READINGS.0 / 1_000,
        }
    }
}

#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Kind {
    Light,
    LightWithLocalIdp,
    Full,
}

/// Who of all.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Who {
    #[default]
    Nobody,
    Everybody,
    Group(Group),
}

/// Where a certificate and its private key are.
struct PairFiles<'a> {
    which: &'static str,
    certificate: &'a Path,
    private: Option<&'a Path>,
    password: Option<&'a Path>,
}

/// A role there, and what it follows from: a group or a right.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct RoleThere {
    role: RoleUuid,
    group: Option<Group>,
    privilege: Option<Uri>,
}

impl MitIdErhverv {
    /// What is wanted, or what is wrong with it in a sentence.
    pub fn scheme(&self, cvr: &Cvr, notified: Option<Level>) -> Result<Scheme, String> {
        let wrong = |why: &str| format!("mitid_erhverv.{why}");
        let form = match self.form {
            Kind::Light => Form::Light,
            Kind::LightWithLocalIdp => Form::LightWithLocalIdp,
            Kind::Full if notified < Some(Level::Substantial) => {
                let why = "form = \"full\" is for those who are notified; set nsis.scheme_level to Substantial or High";
                return Err(wrong(why));
            }
            Kind::Full => Form::Full { qualified: self.qualified },
        };
        let days = self.deleted_after_days;
        if days.is_some_and(|days| days > DELETED_AFTER_DAYS_MAX) {
            return Err(wrong(&format!("deleted_after_days is at most {DELETED_AFTER_DAYS_MAX}")));
        }
        Ok(Scheme {
            cvr: cvr.clone(),
            form,
            notified,
            deleted_after: days.map_or(DELETED_AFTER, |days| Millis::hours(days * 24)),
            signing: whose(&self.signing),
            private_mitid: whose(&self.private_mitid),
            hides_protected: self.pseudonym_if_protected,
            invoice_method: self.invoice_method,
            roles: self.rules()?,
            between_readings: Millis::seconds(self.pace.between_readings_seconds),
            brake: self.brake.checked().map_err(|why| wrong(&why))?,
            quirks: self.quirks.clone(),
        })
    }

    /// The way there, with its files read; or what is wrong in a sentence.
    pub fn client(&self, data: &Path) -> Result<Settings, String> {
        let base = BaseUrl::parse(self.url.as_deref().unwrap_or(BaseUrl::PRODUCTION))
            .map_err(|error| format!("mitid_erhverv.url: {error}"))?;
        let pairs = self.pairs().iter().map(|it| it.read(data)).collect::<Result<Vec<_>, _>>()?;
        let authorities = self.ca_file.as_ref().map(|file| bytes(&data.join(file), "mitid_erhverv.ca_file"));
        let Patience { attempts, first_pause_ms, longest_pause_ms, .. } = self.pace;
        let pace = Pace { attempts, pause: Millis(first_pause_ms), pause_max: Millis(longest_pause_ms) };
        let token_seconds = self.quirks.token_seconds;
        let authorities = authorities.transpose()?.map(|it| it.to_vec());
        Ok(Settings { authorities, pace, token_seconds, ..Settings::new(base, pairs) })
    }

    /// When it is read every night.
    pub fn read_at(&self, entity_id: &str) -> Result<Hour, String> {
        let at = self.read_at.clone().unwrap_or_else(|| own_minute(entity_id));
        at.parse().map_err(|error| format!("mitid_erhverv.read_at = {at:?}: {error}"))
    }

    /// The files with secrets in them.
    pub fn secret_files(&self, data: &Path) -> Vec<(String, PathBuf)> {
        let mut files = Vec::new();
        for it in self.pairs() {
            files.push((it.key("key_file"), data.join(it.private.unwrap_or(it.certificate))));
            files.extend(it.password.map(|file| (it.key("password_file"), data.join(file))));
        }
        files
    }

    fn pairs(&self) -> Vec<PairFiles<'_>> {
        let first = PairFiles {
            which: "",
            certificate: &self.certificate_file,
            private: self.key_file.as_deref(),
            password: self.password_file.as_deref(),
        };
        let next = self.next_certificate_file.as_deref().map(|certificate| PairFiles {
            which: "next_",
            certificate,
            private: self.next_key_file.as_deref(),
            password: self.next_password_file.as_deref(),
        });
        std::iter::once(first).chain(next).collect()
    }

    fn rules(&self) -> Result<Vec<Rule>, String> {
        if self.roles.len() > ROLES_MAX {
            return Err(format!("mitid_erhverv.roles: there are more than {ROLES_MAX}"));
        }
        let rule = |it: &RoleThere| match (&it.group, &it.privilege) {
            (Some(group), None) => Ok(Rule { role: it.role, given: Given::With(group.clone()) }),
            (None, Some(privilege)) => Ok(Rule { role: it.role, given: Given::For(privilege.clone()) }),
            _ => {
                Err(format!("mitid_erhverv.roles: {} follows from a group or a privilege: name one", it.role))
            }
        };
        self.roles.iter().map(rule).collect()
    }
}

/// What is wrong with it.
pub fn problems(of: &MitIdErhverv, data: &Path, cvr: &Cvr, notified: Option<Level>) -> Vec<String> {
    let mut problems = Vec::new();
    problems.extend(of.scheme(cvr, notified).err());
    problems.extend(of.client(data).err());
    problems.extend(of.read_at("").err());
    if !(1..=ATTEMPTS_MAX).contains(&of.pace.attempts) {
        problems.push(format!("mitid_erhverv.pace: attempts is between 1 and {ATTEMPTS_MAX}"));
    }
    let Patience { first_pause_ms, longest_pause_ms, between_readings_seconds, .. } = of.pace;
    if first_pause_ms > longest_pause_ms || longest_pause_ms > PAUSE_MS_MAX || between_readings_seconds == 0 {
        problems.push(format!(
            "mitid_erhverv.pace: first_pause_ms is at most longest_pause_ms, that at most {PAUSE_MS_MAX}, and \
             between_readings_seconds at least 1"
        ));
    }
    let is_next = of.next_certificate_file.is_some();
    if !is_next && (of.next_key_file.is_some() || of.next_password_file.is_some()) {
        problems.push(
            "mitid_erhverv: there is no next_certificate_file that the next key or password is for"
                .to_owned(),
        );
    }
    let twice: BTreeSet<_> = of.roles.iter().map(|it| (it.role, &it.group, &it.privilege)).collect();
    if twice.len() < of.roles.len() {
        problems.push("mitid_erhverv.roles: one is named twice".to_owned());
    }
    problems
}

fn whose(who: &Who) -> Whose {
    match who {
        Who::Nobody => Whose::Nobodys,
        Who::Everybody => Whose::Everybodys,
        Who::Group(group) => Whose::Members(group.clone()),
    }
}

impl PairFiles<'_> {
    fn read(&self, data: &Path) -> Result<Pair, String> {
        let key = self.key("certificate_file");
        let certificate = bytes(&data.join(self.certificate), &key)?;
        let pair = match (self.private, self.password) {
            (Some(_), Some(_)) => {
                let (one, other) = (self.key("key_file"), self.key("password_file"));
                return Err(format!("{one} and {other}: PKCS#12 has its key in it, and PEM no password"));
            }
            (None, Some(file)) => {
                let password = first_line(&self.key("password_file"), &data.join(file))?;
                Pair::from_pkcs12(&certificate, &password)
            }
            (None, None) => Pair::from_pem(&certificate, &certificate),
            (Some(file), None) => {
                Pair::from_pem(&certificate, &bytes(&data.join(file), &self.key("key_file"))?)
            }
        };
        pair.map_err(|error| format!("{key}: {error}"))
    }

    fn key(&self, name: &str) -> String {
        format!("mitid_erhverv.{}{name}", self.which)
    }
}

fn bytes(file: &Path, key: &str) -> Result<Zeroizing<Vec<u8>>, String> {
    let read = std::fs::read(file).map(Zeroizing::new);
    read.map_err(|error| format!("{key} {} can't be read: {error}", file.display()))
}

/// The same for one installation always, and for each another.
fn own_minute(entity_id: &str) -> String {
    let sum = digest(&SHA256, entity_id.as_bytes());
    let number = sum.as_ref().iter().take(4).fold(0_u64, |number, byte| (number << 8) | u64::from(*byte));
    let minute = NIGHT_BEGINS * 60 + number % (NIGHT_HOURS * 60);
    format!("{:02}:{:02}", minute / 60, minute % 60)
}

#[cfg(test)]
mod tests {
    use portner_domain::Level;

    use super::{MitIdErhverv, problems};

    #[test]
    fn what_cannot_work_is_said_with_the_remedy() {
        let folder = tempfile::tempdir().unwrap();
        for (name, text) in [("idm.p12", "0\u{1}"), ("password", "secret\n"), ("empty", "\n")] {
            std::fs::write(folder.path().join(name), text).unwrap();
        }
        let said = |text: &str| {
            let section: MitIdErhverv = toml::from_str(&format!("form = \"full\"\n{text}")).unwrap();
            let cvr = "12345678".parse().unwrap();
            problems(&section, folder.path(), &cvr, Some(Level::Substantial)).join("\n")
        };
        let check = |text: &str, parts: &[&str]| {
            let said = said(text);
            assert!(
                parts.iter().all(|part| said.contains(part)) && !said.contains("secret"),
                "{text}: {said}"
            );
        };
        let p12 = "certificate_file = \"idm.p12\"\n";
        check("certificate_file = \"no\"", &["mitid_erhverv.certificate_file", "can't be read"]);
        check(p12, &["mitid_erhverv.certificate_file", "opened with its password"]);
        check(&format!("{p12}password_file = \"no\""), &["mitid_erhverv.password_file", "can't be read"]);
        check(&format!("{p12}password_file = \"empty\""), &["mitid_erhverv.password_file", "is empty"]);
        check(&format!("{p12}password_file = \"password\""), &["can't be opened with this password"]);
        let both = format!("{p12}password_file = \"password\"\nkey_file = \"idm.p12\"");
        check(&both, &["mitid_erhverv.key_file and mitid_erhverv.password_file"]);
        check(&format!("{p12}next_password_file = \"password\""), &["there is no next_certificate_file"]);
        check(&format!("{p12}read_at = \"25:00\""), &["mitid_erhverv.read_at"]);
        check(&format!("{p12}deleted_after_days = 9999"), &["deleted_after_days is at most"]);
    }
}
