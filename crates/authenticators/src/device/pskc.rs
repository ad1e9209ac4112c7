//! Seeds in PSKC (RFC 6030): plain, or encrypted with AES-CBC under a key shared beforehand, and then with a MAC.

use aws_lc_rs::cipher::{AES_128, AES_256, DecryptionContext, PaddedBlockDecryptingKey, UnboundCipherKey};
use aws_lc_rs::hmac;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use roxmltree::{Document, Node, ParsingOptions};
use zeroize::Zeroizing;

use super::NewDevice;
use super::import::{BadSeedFile, SEED_FILE_DEVICES_MAX};
use crate::totp::{CodeAlgorithm, CodeShape, TotpSecret};

const PSKC: &str = "urn:ietf:params:xml:ns:keyprov:pskc";
const XENC: &str = "http://www.w3.org/2001/04/xmlenc#";
const TOTP: &str = "urn:ietf:params:xml:ns:keyprov:pskc:totp";
/// Elements, attributes and texts of a file: some fifty for each device.
const NODES_MAX: u32 = 100 * 20_000;
const BLOCK_BYTES: usize = 16;

/// The devices in the file.
pub fn read(text: &str, key: Option<&[u8]>) -> Result<Vec<NewDevice>, BadSeedFile> {
    let whole = |what| BadSeedFile { at: None, what };
    // A document with a DTD is refused.
    let options = ParsingOptions { allow_dtd: false, nodes_limit: NODES_MAX, ..ParsingOptions::default() };
    let document =
        Document::parse_with_options(text, options).map_err(|_| whole("it is no XML that can be read"))?;
    let root = document.root_element();
    if !root.has_tag_name((PSKC, "KeyContainer")) {
        return Err(whole("it is no KeyContainer of RFC 6030"));
    }
    let opener = Opener::of(root, key).map_err(whole)?;
    let packages: Vec<_> = root.children().filter(|node| node.has_tag_name((PSKC, "KeyPackage"))).collect();
    if packages.len() > SEED_FILE_DEVICES_MAX {
        return Err(whole("more devices than 20,000; split the file"));
    }
    (1_usize..)
        .zip(packages)
        .map(|(number, package)| {
            device(package, &opener)
                .map_err(|what| BadSeedFile { at: Some(format!("device number {number}")), what })
        })
        .collect()
}

fn device(package: Node<'_, '_>, opener: &Opener) -> Result<NewDevice, &'static str> {
    let key = child(package, "Key").ok_or("it has no Key")?;
    if unprefixed(key, "Algorithm") != Some(TOTP) {
        return Err("its key is not for time-based codes");
    }
    let serial = child(package, "DeviceInfo").and_then(|info| child(info, "SerialNo"));
    let serial = serial.and_then(|node| node.text()).ok_or("it has no SerialNo")?;
    let serial = serial.parse().map_err(|_| "the serial number is not letters, digits, dots and hyphens")?;
    let data = child(key, "Data").ok_or("it has no Data")?;
    let secret = opener.value(child(data, "Secret").ok_or("it has no Secret")?)?;
    let begins = child(data, "Time").and_then(|time| child(time, "PlainValue")).and_then(|node| node.text());
    if begins.is_some_and(|text| text.trim() != "0") {
        return Err("its steps are not counted from 1970");
    }
    let shape = shape(key, data)?;
    let seed = TotpSecret::from_bytes(&secret).map_err(|_| "the secret is not 20 to 64 bytes")?;
    Ok(NewDevice { serial, seed, shape })
}

fn shape(key: Node<'_, '_>, data: Node<'_, '_>) -> Result<CodeShape, &'static str> {
    let parameters = child(key, "AlgorithmParameters");
    let format = parameters.and_then(|it| child(it, "ResponseFormat")).ok_or("it has no ResponseFormat")?;
    if unprefixed(format, "Encoding") != Some("DECIMAL") {
        return Err("its codes are not decimal");
    }
    let digits =
        unprefixed(format, "Length").and_then(|text| text.parse().ok()).ok_or("its codes have no length")?;
    let suite = parameters.and_then(|it| child(it, "Suite")).and_then(|node| node.text());
    let algorithm = suite.map_or(Ok(CodeAlgorithm::Sha1), str::parse);
    let algorithm = algorithm.map_err(|()| "the algorithm is neither SHA1 nor SHA256")?;
    let interval = child(data, "TimeInterval").and_then(|it| child(it, "PlainValue"));
    let interval = interval.and_then(|node| node.text());
    let period = interval.map_or(Some(CodeShape::APP.period_seconds), |text| text.trim().parse().ok());
    let period = period.ok_or("its period is no number")?;
    CodeShape::new(digits, period, algorithm)
        .ok_or("a code has 6 or 8 digits and is shown for 30 or 60 seconds")
}

/// What opens the values of a file: nothing, or a key and the key of the MAC.
struct Opener(Option<(Zeroizing<Vec<u8>>, hmac::Key)>);

impl Opener {
    /// The key of the MAC is in the file, encrypted with the key that is not (RFC 6030, 6.1.1).
    fn of(root: Node<'_, '_>, key: Option<&[u8]>) -> Result<Self, &'static str> {
        let Some(key) = key else { return Ok(Self(None)) };
        let method = child(root, "MACMethod").ok_or("it is encrypted without a MAC, and can't be trusted")?;
        let algorithm = match unprefixed(method, "Algorithm") {
            Some("http://www.w3.org/2000/09/xmldsig#hmac-sha1") => hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY,
            Some("http://www.w3.org/2001/04/xmldsig-more#hmac-sha256") => hmac::HMAC_SHA256,
            _ => return Err("its MAC is neither HMAC-SHA1 nor HMAC-SHA256"),
        };
        let sealed = ciphertext(child(method, "MACKey").ok_or("it has no MACKey")?)?;
        let mac_key = decrypted(key, &sealed)?;
        Ok(Self(Some((Zeroizing::new(key.to_vec()), hmac::Key::new(algorithm, &mac_key)))))
    }

    /// A value, read only if its MAC is right.
    fn value(&self, node: Node<'_, '_>) -> Result<Zeroizing<Vec<u8>>, &'static str> {
        match (&self.0, child(node, "PlainValue"), child(node, "EncryptedValue")) {
            (None, Some(plain), None) => base64(plain),
            (None, ..) => Err("its secret is encrypted; give the maker's key with --key-file"),
            (Some((key, mac)), None, Some(sealed)) => {
                let sealed = ciphertext(sealed)?;
                let tag =
                    base64(child(node, "ValueMAC").ok_or("its secret has no MAC, and can't be trusted")?)?;
                let wrong = "its MAC is wrong: another key, or somebody changed the file";
                hmac::verify(mac, &sealed, &tag).map_err(|_| wrong)?;
                decrypted(key, &sealed)
            }
            (Some(_), ..) => Err("its secret is not encrypted, though there is a key"),
        }
    }
}

fn ciphertext(node: Node<'_, '_>) -> Result<Zeroizing<Vec<u8>>, &'static str> {
    let data = node.children().find(|it| it.has_tag_name((XENC, "CipherData")));
    let value = data.and_then(|it| it.children().find(|it| it.has_tag_name((XENC, "CipherValue"))));
    let method = node.children().find(|it| it.has_tag_name((XENC, "EncryptionMethod")));
    let cbc = [format!("{XENC}aes128-cbc"), format!("{XENC}aes256-cbc")];
    if !method.and_then(|it| unprefixed(it, "Algorithm")).is_some_and(|it| cbc.iter().any(|cbc| cbc == it)) {
        return Err("it is encrypted with something else than AES-128-CBC or AES-256-CBC");
    }
    base64(value.ok_or("it has no CipherValue")?)
}

/// AES-CBC with the vector in front (XML Encryption 5.2).
fn decrypted(key: &[u8], sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>, &'static str> {
    let wrong = "it does not open with this key";
    let algorithm = match key.len() {
        16 => &AES_128,
        32 => &AES_256,
        _ => return Err("the key is not 16 or 32 bytes"),
    };
    let (vector, rest) = sealed.split_first_chunk::<BLOCK_BYTES>().ok_or(wrong)?;
    let key = UnboundCipherKey::new(algorithm, key).map_err(|_| wrong)?;
    let key = PaddedBlockDecryptingKey::cbc_iso10126(key).map_err(|_| wrong)?;
    let mut bytes = Zeroizing::new(rest.to_vec());
    let length =
        key.decrypt(&mut bytes, DecryptionContext::Iv128((*vector).into())).map_err(|_| wrong)?.len();
    bytes.truncate(length);
    Ok(bytes)
}

fn base64(node: Node<'_, '_>) -> Result<Zeroizing<Vec<u8>>, &'static str> {
    let text: Zeroizing<String> =
        Zeroizing::new(node.text().unwrap_or_default().split_whitespace().collect());
    STANDARD.decode(text.as_bytes()).map(Zeroizing::new).map_err(|_| "a value is not in base64")
}

/// An attribute without a prefix: a bare name would find one with any (T-PARSE-01).
fn unprefixed<'a>(node: Node<'a, '_>, name: &str) -> Option<&'a str> {
    let mut attributes = node.attributes().filter(|it| it.namespace().is_none() && it.name() == name);
    attributes.next().map(|it| it.value())
}

fn child<'a, 'i>(node: Node<'a, 'i>, name: &str) -> Option<Node<'a, 'i>> {
    node.children().find(|it| it.has_tag_name((PSKC, name)))
}

#[cfg(test)]
mod tests;
