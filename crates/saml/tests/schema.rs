//! Our metadata against the schemas of OASIS, as Debian packs them for Shibboleth; judged by `xmllint`.
//!
//! The test is silent where `xmllint` or the schemas are not installed; `make test` installs them.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::path::Path;
use std::process::Command;

use portner_domain::{Entropy, Millis, Moment};
use portner_saml::{
    Binding, Certificate, Contact, ContactKind, FileKey, IdpDescription, LocalName, Logo, LogoutEndpoint,
    NameIdFormat, Organization, metadata,
};

const SCHEMAS: &str = "/usr/share/xml";
const NOW: Moment = Moment(1_795_252_504_120);

struct Sevens;

impl Entropy for Sevens {
    fn fill(&self, bytes: &mut [u8]) {
        bytes.fill(7);
    }
}

fn read(name: &str) -> Vec<u8> {
    std::fs::read(Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/testdata")).join(name)).unwrap()
}

/// Everything that our metadata can say.
fn description() -> IdpDescription {
    let slo = |binding| LogoutEndpoint {
        binding,
        location: "https://login.example.dk/saml/slo".to_owned(),
        response_location: None,
    };
    let contact = |kind| Contact {
        kind,
        company: Some("Eksempel Kommune".to_owned()),
        email: "it@example.dk".to_owned(),
        telephone: Some("+45 12 34 56 78".to_owned()),
    };
    let certificate = |name| Certificate::from_pem(&read(name)).unwrap();
    IdpDescription {
        entity_id: "https://saml.example.dk".to_owned(),
        signing: vec![certificate("idp.crt.pem"), certificate("other.crt.pem")],
        sso_redirect: "https://login.example.dk/saml/sso".to_owned(),
        sso_post: Some("https://login.example.dk/saml/sso".to_owned()),
        logout: vec![slo(Binding::Redirect), slo(Binding::Post)],
        name_id_formats: vec![NameIdFormat::Persistent, NameIdFormat::Transient],
        attributes: vec![
            ("https://data.gov.dk/model/core/specVersion".to_owned(), Some("SpecVer".to_owned())),
            ("urn:oid:2.5.4.4".to_owned(), None),
        ],
        display_name: LocalName { da: Some("Medarbejderlogin".to_owned()), en: Some("Login".to_owned()) },
        logo: Some(Logo { url: "https://login.example.dk/logo.svg".to_owned(), width: 120, height: 60 }),
        organization: Some(Organization {
            name: "Eksempel Kommune".to_owned(),
            display_name: "Eksempel Kommune".to_owned(),
            url: "https://example.dk".to_owned(),
        }),
        contacts: vec![contact(ContactKind::Technical), contact(ContactKind::Support)],
        error_url: Some("https://login.example.dk/".to_owned()),
        valid_until: Some(NOW.plus(Millis::hours(24))),
        cache_duration: Some(Millis::hours(6)),
    }
}

/// What `xmllint` says of a document; nothing where it or the schemas are missing.
fn judged(document: &str) -> Option<Result<(), String>> {
    let schemas = Path::new(SCHEMAS);
    let metadata = schemas.join("opensaml/saml-schema-metadata-2.0.xsd");
    if !metadata.exists() {
        assert!(std::env::var_os("PORTNER_TEST_ALL").is_none(), "{} is missing", metadata.display());
        return None;
    }
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str, text: &str| {
        let path = folder.path().join(name);
        std::fs::write(&path, text).unwrap();
        path
    };
    let import = |namespace: &str, file: &str| {
        let location = schemas.join(file);
        format!("<import namespace=\"{namespace}\" schemaLocation=\"{}\"/>", location.display())
    };
    let all = at(
        "all.xsd",
        &format!(
            "<schema xmlns=\"http://www.w3.org/2001/XMLSchema\">{}{}</schema>",
            import("urn:oasis:names:tc:SAML:2.0:metadata", "opensaml/saml-schema-metadata-2.0.xsd"),
            import("urn:oasis:names:tc:SAML:metadata:ui", "opensaml/sstc-saml-metadata-ui-v1.0.xsd"),
        ),
    );
    // The schemas name each other by their addresses on the web; the catalogue says where they are here.
    let here = |web: &str, file: &str| {
        format!("<system systemId=\"{web}\" uri=\"file://{}\"/>", schemas.join(file).display())
    };
    let catalog = at(
        "catalog.xml",
        &format!(
            "<catalog xmlns=\"urn:oasis:names:tc:entity:xmlns:xml:catalog\">{}{}{}{}</catalog>",
            here("http://www.w3.org/2001/xml.xsd", "xmltooling/xml.xsd"),
            here(
                "http://www.w3.org/TR/2002/REC-xmldsig-core-20020212/xmldsig-core-schema.xsd",
                "xmltooling/xmldsig-core-schema.xsd"
            ),
            here(
                "http://www.w3.org/TR/xmldsig-core/xmldsig-core-schema.xsd",
                "xmltooling/xmldsig-core-schema.xsd"
            ),
            here(
                "http://www.w3.org/TR/2002/REC-xmlenc-core-20021210/xenc-schema.xsd",
                "xmltooling/xenc-schema.xsd"
            ),
        ),
    );
    let xml = at("metadata.xml", document);
    let mut xmllint = Command::new("xmllint");
    xmllint.args(["--nonet", "--noout", "--schema"]).arg(all).arg(xml).env("XML_CATALOG_FILES", catalog);
    let said = xmllint.output().ok()?;
    let words = String::from_utf8_lossy(&said.stderr).into_owned();
    Some(if said.status.success() { Ok(()) } else { Err(words) })
}

#[test]
fn our_metadata_is_valid_by_the_schemas() {
    let description = description();
    let key = FileKey::from_pem(&read("idp.key.pem"), &read("idp.crt.pem")).unwrap();
    let plain = metadata::identity_provider(&description).unwrap();
    let signed = metadata::signed_identity_provider(&description, &key, &Sevens).unwrap();
    for document in [&plain, &signed] {
        if let Some(verdict) = judged(document) {
            verdict.unwrap_or_else(|said| unreachable!("{said}\n{document}"));
        }
    }
    let disordered =
        plain.replace("<md:Organization>", "<md:NameIDFormat>x</md:NameIDFormat><md:Organization>");
    assert_ne!(judged(&disordered), Some(Ok(())), "the judge accepts anything");
}
