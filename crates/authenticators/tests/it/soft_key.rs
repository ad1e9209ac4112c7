//! A FIDO key in software that can be told to lie, its maker, and somebody who publishes what is known of makers.
//! The tests of other crates use it too.

use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use rcgen::{
    BasicConstraints, CertificateParams, CustomExtension, DnType, IsCa, Issuer, KeyPair, KeyUsagePurpose,
};
use serde_json::{Value, json};
use uuid::Uuid;

/// The model of keys that nobody made.
pub const NO_MODEL: Uuid = Uuid::nil();

const PRESENT: u8 = 0x01;
const VERIFIED: u8 = 0x04;
const MAY_BE_COPIED: u8 = 0x08;
const IS_COPIED: u8 = 0x10;
const HAS_CREDENTIAL: u8 = 0x40;

/// A key in software.
pub struct SoftKey {
    /// Its model.
    pub model: Uuid,
    /// Does it ask for a PIN when it may?
    pub verifies: bool,
    /// Is what it makes copied to other devices?
    pub synced: bool,
    /// Where its browser believes to be.
    pub origin: String,
    /// Who vouches for it, if anybody does.
    pub maker: Option<Maker>,
    /// How often it signed; zero for ever if it does not count.
    pub count: u32,
    credentials: Vec<Credential>,
}

struct Credential {
    id: Vec<u8>,
    pair: KeyPair,
    user_handle: Vec<u8>,
    discoverable: bool,
}

/// What a key and its browser are about to say. A test may change all of it.
pub struct Said {
    /// `webauthn.create` or `webauthn.get`.
    pub kind: String,
    /// In base64.
    pub challenge: String,
    /// Where the browser is.
    pub origin: String,
    /// Is the page inside another site's?
    pub cross_origin: bool,
    /// For whom the credential is.
    pub rp_id: String,
    /// What the key says of itself and its owner.
    pub flags: u8,
    /// How often it signed.
    pub count: u32,
    /// The credential, as it is called.
    pub id: Vec<u8>,
    /// The credential, in its other place.
    pub raw_id: Vec<u8>,
    /// Whose it says that it is.
    pub user_handle: Option<Vec<u8>>,
    /// `public-key`.
    pub credential_type: String,
    /// Are the bytes of the signature changed afterwards?
    pub signature_is_changed: bool,
}

impl Said {
    /// Nobody touched it.
    pub fn untouched(&mut self) {
        self.flags &= !PRESENT;
    }

    /// It did not ask its owner.
    pub fn unverified(&mut self) {
        self.flags &= !VERIFIED;
    }

    /// It may be copied.
    pub fn may_be_copied(&mut self) {
        self.flags |= MAY_BE_COPIED;
    }
}

impl SoftKey {
    /// One without a maker, which counts, at this site.
    pub fn new(origin: &str) -> Self {
        Self {
            model: NO_MODEL,
            verifies: true,
            synced: false,
            origin: origin.to_owned(),
            maker: None,
            count: 1,
            credentials: Vec::new(),
        }
    }

    /// One whose credentials are copied to other devices, and do not count.
    pub fn synced(origin: &str) -> Self {
        Self { synced: true, count: 0, ..Self::new(origin) }
    }

    /// One that says it is of a model, and nobody vouches for it.
    pub fn claiming(model: Uuid, origin: &str) -> Self {
        Self { model, ..Self::new(origin) }
    }

    /// One that a maker vouches for.
    pub fn made_by(maker: Maker, origin: &str) -> Self {
        Self { model: maker.model, maker: Some(maker), ..Self::new(origin) }
    }

    /// `navigator.credentials.create()`: the answer as a browser sends it.
    pub fn makes(&mut self, options: &str) -> String {
        self.makes_but(options, |_| {})
    }

    /// The same with the credential that it made last, which no key should do.
    pub fn makes_again(&mut self, options: &str) -> String {
        let pair = self.credentials.pop().unwrap().pair;
        self.makes_of(pair, options, |_| {})
    }

    /// The same, with something else said than is true.
    pub fn makes_but(&mut self, options: &str, lie: impl FnOnce(&mut Said)) -> String {
        self.makes_of(KeyPair::generate().unwrap(), options, lie)
    }

    /// What it made last, as it is called in questions.
    pub fn newest(&self) -> String {
        URL_SAFE_NO_PAD.encode(&self.credentials.last().unwrap().id)
    }

    fn makes_of(&mut self, pair: KeyPair, options: &str, lie: impl FnOnce(&mut Said)) -> String {
        let options: Value = serde_json::from_str(options).unwrap();
        let options = &options["publicKey"];
        let id = digest(&SHA256, pair.public_key_raw()).as_ref().to_vec();
        let discoverable = options["authenticatorSelection"]["residentKey"] == "required";
        let wanted = options["authenticatorSelection"]["userVerification"].as_str().unwrap();
        let site = options["rp"]["id"].as_str().unwrap();
        let mut said = self.would_say("webauthn.create", options, site, wanted);
        (said.id, said.raw_id) = (id.clone(), id.clone());
        said.flags |= HAS_CREDENTIAL;
        lie(&mut said);
        let client_data = said.client_data();
        let mut auth_data = said.auth_data();
        auth_data.extend(self.model.as_bytes());
        auth_data.extend(u16::try_from(said.id.len()).unwrap().to_be_bytes());
        auth_data.extend(&id);
        auth_data.extend(cose_key(&pair));
        let statement = self.statement(&said, &auth_data, &client_data);
        let object = cbor_map(&[
            (cbor_text("fmt"), cbor_text(if self.maker.is_some() { "packed" } else { "none" })),
            (cbor_text("attStmt"), statement),
            (cbor_text("authData"), cbor_bytes(&auth_data)),
        ]);
        let user_handle = decoded(&options["user"]["id"]);
        if self.count > 0 {
            self.count += 1;
        }
        self.credentials.push(Credential { id, pair, user_handle, discoverable });
        json!({
            "id": URL_SAFE_NO_PAD.encode(&said.id),
            "rawId": URL_SAFE_NO_PAD.encode(&said.raw_id),
            "type": said.credential_type,
            "response": {
                "clientDataJSON": URL_SAFE_NO_PAD.encode(&client_data),
                "attestationObject": URL_SAFE_NO_PAD.encode(object),
                "transports": ["usb"],
            },
            "clientExtensionResults": { "credProps": { "rk": discoverable } },
        })
        .to_string()
    }

    /// `navigator.credentials.get()`: the answer as a browser sends it; nothing if there is no such credential.
    pub fn answers(&mut self, options: &str) -> Option<String> {
        self.answers_but(options, |_| {})
    }

    /// The same, with something else said than is true.
    pub fn answers_but(&mut self, options: &str, lie: impl FnOnce(&mut Said)) -> Option<String> {
        let options: Value = serde_json::from_str(options).unwrap();
        let options = &options["publicKey"];
        let allowed = options["allowCredentials"].as_array().unwrap();
        let fits = |it: &&Credential| match allowed.as_slice() {
            [] => it.discoverable,
            some => some.iter().any(|one| decoded(&one["id"]) == it.id),
        };
        let credential = self.credentials.iter().rev().find(fits)?;
        let wanted = options["userVerification"].as_str().unwrap();
        let site = options["rpId"].as_str().unwrap();
        let mut said = self.would_say("webauthn.get", options, site, wanted);
        (said.id, said.raw_id) = (credential.id.clone(), credential.id.clone());
        said.user_handle = credential.discoverable.then(|| credential.user_handle.clone());
        lie(&mut said);
        let (client_data, auth_data) = (said.client_data(), said.auth_data());
        let mut signature = signed(&credential.pair, &auth_data, &client_data);
        if said.signature_is_changed {
            let last = signature.len() - 1;
            signature[last] ^= 1;
        }
        if self.count > 0 {
            self.count += 1;
        }
        Some(
            json!({
                "id": URL_SAFE_NO_PAD.encode(&said.id),
                "rawId": URL_SAFE_NO_PAD.encode(&said.raw_id),
                "type": said.credential_type,
                "response": {
                    "clientDataJSON": URL_SAFE_NO_PAD.encode(&client_data),
                    "authenticatorData": URL_SAFE_NO_PAD.encode(&auth_data),
                    "signature": URL_SAFE_NO_PAD.encode(&signature),
                    "userHandle": said.user_handle.as_ref().map(|it| URL_SAFE_NO_PAD.encode(it)),
                },
                "clientExtensionResults": {},
            })
            .to_string(),
        )
    }

    fn would_say(&self, kind: &str, options: &Value, site: &str, wanted: &str) -> Said {
        let mut flags = PRESENT;
        if self.verifies && wanted != "discouraged" {
            flags |= VERIFIED;
        }
        if self.synced {
            flags |= MAY_BE_COPIED | IS_COPIED;
        }
        Said {
            kind: kind.to_owned(),
            challenge: options["challenge"].as_str().unwrap().to_owned(),
            origin: self.origin.clone(),
            cross_origin: false,
            rp_id: site.to_owned(),
            flags,
            count: self.count,
            id: Vec::new(),
            raw_id: Vec::new(),
            user_handle: None,
            credential_type: "public-key".to_owned(),
            signature_is_changed: false,
        }
    }

    /// `packed` if somebody vouches for it (WebAuthn 8.2), and else nothing.
    fn statement(&self, said: &Said, auth_data: &[u8], client_data: &[u8]) -> Vec<u8> {
        let Some(maker) = &self.maker else { return cbor_map(&[]) };
        let mut signature = signed(&maker.pair, auth_data, client_data);
        if said.signature_is_changed {
            let last = signature.len() - 1;
            signature[last] ^= 1;
        }
        let mut chain = vec![0x81];
        chain.extend(cbor_bytes(&maker.certificate));
        cbor_map(&[
            (cbor_text("alg"), vec![0x26]),
            (cbor_text("sig"), cbor_bytes(&signature)),
            (cbor_text("x5c"), chain),
        ])
    }
}

impl Said {
    fn client_data(&self) -> Vec<u8> {
        json!({
            "type": self.kind,
            "challenge": self.challenge,
            "origin": self.origin,
            "crossOrigin": self.cross_origin,
        })
        .to_string()
        .into_bytes()
    }

    fn auth_data(&self) -> Vec<u8> {
        let mut data = digest(&SHA256, self.rp_id.as_bytes()).as_ref().to_vec();
        data.push(self.flags);
        data.extend(self.count.to_be_bytes());
        data
    }
}

/// Whoever makes keys of one model, and vouches for them.
pub struct Maker {
    /// The model.
    pub model: Uuid,
    /// The certificate that all of its own lead to.
    pub root: Vec<u8>,
    pair: KeyPair,
    certificate: Vec<u8>,
}

impl Maker {
    /// Of this model.
    pub fn of(model: Uuid) -> Self {
        let authority = Authority::new("Nøglefabrik");
        let mut params = CertificateParams::new(Vec::<String>::new()).unwrap();
        for (kind, value) in [
            (DnType::CountryName, "DK"),
            (DnType::OrganizationName, "Nøglefabrik"),
            (DnType::OrganizationalUnitName, "Authenticator Attestation"),
            (DnType::CommonName, "Nøgle"),
        ] {
            params.distinguished_name.push(kind, value);
        }
        params.is_ca = IsCa::ExplicitNoCa;
        // id-fido-gen-ce-aaguid (WebAuthn 8.2.1): an octet string in an octet string.
        let content = [&[0x04, 0x10], model.as_bytes().as_slice()].concat();
        let extension = CustomExtension::from_oid_content(&[1, 3, 6, 1, 4, 1, 45724, 1, 1, 4], content);
        params.custom_extensions.push(extension);
        let pair = KeyPair::generate().unwrap();
        let certificate = authority.certifies(params, &pair);
        Self { model, root: authority.certificate, pair, certificate }
    }

    /// What FIDO publishes of such a model: keys in hardware, and a PIN.
    pub fn entry(&self, status: &str) -> Value {
        json!({
            "aaguid": self.model,
            "statusReports": [{ "status": status, "effectiveDate": "2025-01-01" }],
            "metadataStatement": {
                "attestationRootCertificates": [STANDARD.encode(&self.root)],
                "keyProtection": ["hardware", "secure_element"],
                "userVerificationDetails": [[{ "userVerificationMethod": "passcode_external" }]],
            },
        })
    }
}

/// Who publishes what is known of models, with the certificate of a public authority.
pub struct Publisher {
    /// The authority's certificate (PEM).
    pub root_pem: String,
    pair: KeyPair,
    certificate: Vec<u8>,
}

impl Publisher {
    /// FIDO.
    pub fn fido() -> Self {
        Self::named("mds.fidoalliance.org")
    }

    /// Somebody else with a certificate of the same kind.
    pub fn named(host: &str) -> Self {
        let authority = Authority::new("Rod");
        let mut params = CertificateParams::new(vec![host.to_owned()]).unwrap();
        params.is_ca = IsCa::ExplicitNoCa;
        let pair = KeyPair::generate().unwrap();
        let certificate = authority.certifies(params, &pair);
        Self { root_pem: authority.pem, pair, certificate }
    }

    /// The signed file.
    pub fn publishes(&self, number: u64, next_update: &str, entries: &[Value]) -> String {
        let part = |it: &Value| URL_SAFE_NO_PAD.encode(it.to_string());
        let header = json!({ "alg": "ES256", "typ": "JWT", "x5c": [STANDARD.encode(&self.certificate)] });
        let payload = json!({ "no": number, "nextUpdate": next_update, "entries": entries });
        let signed = format!("{}.{}", part(&header), part(&payload));
        let signature = fixed(&rcgen::SigningKey::sign(&self.pair, signed.as_bytes()).unwrap());
        format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature))
    }
}

struct Authority {
    issuer: Issuer<'static, KeyPair>,
    certificate: Vec<u8>,
    pem: String,
}

impl Authority {
    fn new(name: &str) -> Self {
        let mut params = CertificateParams::new(Vec::<String>::new()).unwrap();
        params.distinguished_name.push(DnType::CommonName, name);
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign];
        let pair = KeyPair::generate().unwrap();
        let certificate = params.self_signed(&pair).unwrap();
        let (der, pem) = (certificate.der().to_vec(), certificate.pem());
        Self { issuer: Issuer::new(params, pair), certificate: der, pem }
    }

    fn certifies(&self, params: CertificateParams, pair: &KeyPair) -> Vec<u8> {
        params.signed_by(pair, &self.issuer).unwrap().der().to_vec()
    }
}

/// ECDSA over what the key says and the hash of what the browser says.
fn signed(pair: &KeyPair, auth_data: &[u8], client_data: &[u8]) -> Vec<u8> {
    let message = [auth_data, digest(&SHA256, client_data).as_ref()].concat();
    rcgen::SigningKey::sign(pair, &message).unwrap()
}

/// An ECDSA signature as two numbers of 32 bytes instead of DER (RFC 7518 3.4).
fn fixed(der: &[u8]) -> Vec<u8> {
    let mut rest = &der[2..];
    let mut both = Vec::new();
    for _ in 0..2 {
        let (number, after) = rest[2..].split_at(usize::from(rest[1]));
        let number = number.strip_prefix(&[0]).unwrap_or(number);
        both.extend(vec![0; 32 - number.len()]);
        both.extend(number);
        rest = after;
    }
    both
}

/// An ES256 public key (RFC 9053 7.1.1).
fn cose_key(pair: &KeyPair) -> Vec<u8> {
    let point = pair.public_key_raw();
    let mut key = vec![0xa5, 0x01, 0x02, 0x03, 0x26, 0x20, 0x01, 0x21];
    key.extend(cbor_bytes(&point[1..33]));
    key.push(0x22);
    key.extend(cbor_bytes(&point[33..65]));
    key
}

fn cbor_head(major: u8, length: usize) -> Vec<u8> {
    match u8::try_from(length) {
        Ok(short) if short < 24 => vec![major << 5 | short],
        Ok(byte) => vec![major << 5 | 24, byte],
        Err(_) => {
            let mut head = vec![major << 5 | 25];
            head.extend(u16::try_from(length).unwrap().to_be_bytes());
            head
        }
    }
}

fn cbor_bytes(bytes: &[u8]) -> Vec<u8> {
    [cbor_head(2, bytes.len()), bytes.to_vec()].concat()
}

fn cbor_text(text: &str) -> Vec<u8> {
    [cbor_head(3, text.len()), text.as_bytes().to_vec()].concat()
}

fn cbor_map(pairs: &[(Vec<u8>, Vec<u8>)]) -> Vec<u8> {
    let mut map = cbor_head(5, pairs.len());
    map.extend(pairs.iter().flat_map(|(key, value)| [key.as_slice(), value].concat()));
    map
}

fn decoded(text: &Value) -> Vec<u8> {
    URL_SAFE_NO_PAD.decode(text.as_str().unwrap()).unwrap()
}
