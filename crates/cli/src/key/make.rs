//! New signing keys: announced, asked a certificate for, brought, or put in the place of all in an emergency.

use std::path::Path;
use std::process::ExitCode;

use portner_audit_log::KeyOrigin;
use portner_domain::Clock as _;
use portner_domain::signing_key::{ANNOUNCED_MIN, announce as may_announce};
use portner_federation::Edition;
use portner_federation::keys::life::{announce, note_made, replace_all};
use portner_federation::keys::{Made, Place, PrivateHalves};
use portner_federation::registry::all;
use portner_saml::Certificate;
use portner_saml::generate::{Subject, certificate_request, public_key_of, self_signed};

use super::{Office, say_steps};
use crate::args::NewKey;
use crate::done;
use crate::init::key_name;
use crate::node::private_halves;
use crate::problem::Problem;
use crate::real::{RealClock, RealEntropy};
use crate::say::{printable, say};

/// The folder of metadata files, seen from the data folder.
const METADATA_FOLDER: &str = "metadata";

impl Office<'_> {
    pub(super) async fn make_next(&self, wish: &NewKey) -> Result<ExitCode, Problem> {
        // Said before a key is made that nobody wants.
        may_announce(&self.record().await?.lives(), "")?;
        let Made { place, key } = make(&private_halves(self.config)?, wish)?;
        let certificate = self.certified(&*key)?;
        self.announce(&certificate, &place, KeyOrigin::Made).await
    }

    pub(super) async fn request(&self, wish: &NewKey) -> Result<ExitCode, Problem> {
        let Made { place, key } = make(&private_halves(self.config)?, wish)?;
        let organisation = &self.config.organisation;
        let subject = Subject {
            name: key_name(&organisation.name),
            organisation: organisation.name.clone(),
            cvr: organisation.cvr.as_str().to_owned(),
        };
        let request = certificate_request(&subject, &*key)?;
        let mut tx = self.begin().await?;
        note_made(&mut tx, public_key_of(&*key)?.id(), &place);
        tx.commit().await?;
        // Nothing but the request on standard output, so that it can be sent to a file.
        Ok(done(request.trim_end()))
    }

    pub(super) async fn import(&self, certificate: &Path, key: Option<&Path>) -> Result<ExitCode, Problem> {
        may_announce(&self.record().await?.lives(), "")?;
        let halves = private_halves(self.config)?;
        let read = |path: &Path| std::fs::read(path).map_err(|error| Problem::file("the file", path, &error));
        let parsed = Certificate::from_pem(&read(certificate)?)
            .map_err(|error| Problem::new(format!("{}: {error}", certificate.display())))?;
        let (place, origin) = match key {
            Some(key) => (halves.bring(&read(key)?, &RealEntropy)?, KeyOrigin::Brought),
            None => (halves.find(&parsed)?, KeyOrigin::Made),
        };
        halves.open(&place, parsed.clone())?;
        self.announce(&parsed, &place, origin).await
    }

    async fn announce(
        &self,
        certificate: &Certificate,
        place: &Place,
        origin: KeyOrigin,
    ) -> Result<ExitCode, Problem> {
        let mut tx = self.begin().await?;
        let from = tx.now().plus(ANNOUNCED_MIN);
        announce(self.log.database(), &mut tx, (certificate, place), origin).await??;
        tx.commit().await?;
        say(&format!("the next key is {} until {}", certificate.key_id(), certificate.not_after()));
        say_where(self.config.storage.data.as_path(), place);
        say("it is in /saml/metadata from now on; whoever takes a file is given a new one:");
        say("  MitID Erhverv   portner key metadata --for mitid-erhverv --out FILE");
        say("  anybody else    portner key metadata --for upload --out FILE");
        Ok(done(&format!("`portner key activate --dry-run` says what then happens; it may sign from {from}")))
    }

    pub(super) async fn emergency(&self, wish: &NewKey) -> Result<ExitCode, Problem> {
        let Made { place, key } = make(&private_halves(self.config)?, wish)?;
        let certificate = self.certified(&*key)?;
        let mut tx = self.begin().await?;
        let steps = replace_all(self.log.database(), &mut tx, (&certificate, &place)).await?;
        tx.commit().await?;
        say(&format!("{} signs from now on, on every node within two seconds", certificate.key_id()));
        say_steps(&steps);
        say_where(self.config.storage.data.as_path(), &place);
        self.say_what_to_upload().await
    }

    /// Metadata files, and who has to be given which.
    async fn say_what_to_upload(&self) -> Result<ExitCode, Problem> {
        let folder = self.config.storage.data.join(METADATA_FOLDER);
        std::fs::create_dir_all(&folder).map_err(|error| Problem::file("the folder", &folder, &error))?;
        let publication = self.publication().await?;
        for edition in [Edition::Upload, Edition::MitidErhverv, Edition::Kombit] {
            let path = folder.join(format!("{}.xml", edition.word()));
            let text = publication.edition(edition).await?;
            std::fs::write(&path, &*text).map_err(|error| Problem::file("the file", &path, &error))?;
        }
        say("nobody trusts the new key until they have our metadata; call first whoever takes a file:");
        for sp in all(self.log.database()).await? {
            let edition =
                if sp.policy.profile == "nemlog-in" { Edition::MitidErhverv } else { Edition::Upload };
            let file = folder.join(format!("{}.xml", edition.word()));
            let name = printable(&sp.metadata.entity_id);
            say(&match edition {
                Edition::MitidErhverv => format!(
                    "  {name}: upload {} in MitID Erhverv, Indstillinger, Lokal IdP, Upload metadata",
                    file.display()
                ),
                _ => format!(
                    "  {name}: reads {}/saml/metadata, or is given {}",
                    self.config.public_url,
                    file.display()
                ),
            });
        }
        Ok(done("ask the issuer of the old certificates to revoke them; then look at `portner key list`"))
    }

    fn certified(&self, key: &dyn portner_saml::generate::BareKey) -> Result<Certificate, Problem> {
        let name = key_name(&self.config.organisation.name);
        let pem = self_signed(&name, key, RealClock.now(), &RealEntropy)?;
        Ok(Certificate::from_pem(pem.as_bytes())?)
    }
}

fn make(halves: &PrivateHalves, wish: &NewKey) -> Result<Made, Problem> {
    Ok(if wish.in_token { halves.make_in_token(&RealEntropy)? } else { halves.make_in_file(&RealEntropy)? })
}

fn say_where(data: &Path, place: &Place) {
    say(&match place {
        Place::File(path) => format!(
            "its private half is {}; every other node needs a copy in the same place before it can sign",
            data.join(path).display()
        ),
        Place::Token(name) => format!("its private half is in the token, under the name {name}"),
    });
}
