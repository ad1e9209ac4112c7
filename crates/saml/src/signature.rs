//! XML signatures, in the one shape that SAML allows (SAML core 5.4).
//!
//! Not a general XML-DSig: one `ds:Signature`, a child of the element it signs; one reference, to that
//! element by its unique ID; the enveloped-signature transform and exclusive canonicalisation, nothing else.
//! Keys are given by the caller, from metadata. `KeyInfo` is never read.

use std::collections::HashSet;

use aws_lc_rs::digest;
use roxmltree::{Document, Node};

use crate::key::{Algorithm, Certificate, Signer};
use crate::names;
use crate::response::BuildError;
use crate::xml::{self, Unprefixed as _, c14n, writer::Writer};

/// What is wrong with a signature.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub(crate) enum SignatureFault {
    #[error("there is no signature")]
    Missing,
    #[error("the signature has not the one shape that SAML allows")]
    NotTheProfile,
    #[error("the signature uses an algorithm that is not allowed")]
    AlgorithmNotAllowed,
    #[error("the signature is not by any key that metadata gives the sender")]
    Wrong,
}

/// Signed bytes and a signature of the right shape, whose signer is still to be established.
pub(crate) struct Sealed {
    signed: Vec<u8>,
    algorithm: Algorithm,
    value: Vec<u8>,
}

impl Sealed {
    pub(crate) fn new(signed: Vec<u8>, algorithm: Algorithm, value: Vec<u8>) -> Self {
        Self { signed, algorithm, value }
    }

    /// The proof that one of these keys signed. Any of them may: peers roll keys by publishing two.
    pub(crate) fn is_by(&self, keys: &[Certificate]) -> Result<(), SignatureFault> {
        let by = |key: &Certificate| key.public_key().verifies(self.algorithm, &self.signed, &self.value);
        if keys.iter().any(by) { Ok(()) } else { Err(SignatureFault::Wrong) }
    }
}

/// Take the signature of `element` apart and compare its digest; `element` and its document hold no other.
pub(crate) fn examine(element: Node<'_, '_>) -> Result<Sealed, SignatureFault> {
    let document = element.document();
    let signature = the_signature(document, element)?;
    let id = unique_id(document, element)?;
    let [signed_info, value] = match *elements(signature)?.as_slice() {
        [signed_info, value] => [signed_info, value],
        [signed_info, value, key_info] if xml::is(key_info, names::DS, "KeyInfo") => [signed_info, value],
        _ => return Err(SignatureFault::NotTheProfile),
    };
    let &[canonicalization, method, reference] = elements(expect(signed_info, "SignedInfo")?)?.as_slice()
    else {
        return Err(SignatureFault::NotTheProfile);
    };
    let info_prefixes = exclusive_prefixes(expect(canonicalization, "CanonicalizationMethod")?)?;
    let algorithm = Algorithm::from_uri(algorithm(expect(method, "SignatureMethod")?)?);
    nothing_inside(method)?;
    check_reference(expect(reference, "Reference")?, element, signature, id)?;
    Ok(Sealed {
        signed: c14n::exclusive(signed_info, None, &info_prefixes),
        algorithm: algorithm.ok_or(SignatureFault::AlgorithmNotAllowed)?,
        value: bytes(expect(value, "SignatureValue")?)?,
    })
}

fn the_signature<'a, 'i>(
    document: &'a Document<'i>,
    element: Node<'a, 'i>,
) -> Result<Node<'a, 'i>, SignatureFault> {
    let mut all = document.descendants().filter(|node| xml::is(*node, names::DS, "Signature"));
    match (all.next(), all.next()) {
        (None, _) => Err(SignatureFault::Missing),
        (Some(only), None) if only.parent() == Some(element) => Ok(only),
        _ => Err(SignatureFault::NotTheProfile),
    }
}

/// The element's ID, and no ID occurs twice in the document: whoever looks it up finds the same element.
fn unique_id<'a>(document: &'a Document<'_>, element: Node<'a, '_>) -> Result<&'a str, SignatureFault> {
    let is_id = |name: &str| name.eq_ignore_ascii_case("id");
    let attributes = document.descendants().flat_map(|node| node.attributes());
    let mut seen = HashSet::new();
    for id in attributes.filter(|attribute| is_id(attribute.name())) {
        if !seen.insert(id.value()) {
            return Err(SignatureFault::NotTheProfile);
        }
    }
    element.unprefixed("ID").filter(|id| !id.is_empty()).ok_or(SignatureFault::NotTheProfile)
}

fn check_reference(
    reference: Node<'_, '_>,
    element: Node<'_, '_>,
    signature: Node<'_, '_>,
    id: &str,
) -> Result<(), SignatureFault> {
    if reference.unprefixed("URI").and_then(|uri| uri.strip_prefix('#')) != Some(id) {
        return Err(SignatureFault::NotTheProfile);
    }
    let &[transforms, method, value] = elements(reference)?.as_slice() else {
        return Err(SignatureFault::NotTheProfile);
    };
    let &[enveloped, canonical] = elements(expect(transforms, "Transforms")?)?.as_slice() else {
        return Err(SignatureFault::NotTheProfile);
    };
    if algorithm(expect(enveloped, "Transform")?)? != names::ENVELOPED {
        return Err(SignatureFault::NotTheProfile);
    }
    nothing_inside(enveloped)?;
    let prefixes = exclusive_prefixes(expect(canonical, "Transform")?)?;
    let hash = match algorithm(expect(method, "DigestMethod")?)? {
        names::SHA256 => &digest::SHA256,
        names::SHA384 => &digest::SHA384,
        names::SHA512 => &digest::SHA512,
        _ => return Err(SignatureFault::AlgorithmNotAllowed),
    };
    nothing_inside(method)?;
    let covered = c14n::exclusive(element, Some(signature.id()), &prefixes);
    let claimed = bytes(expect(value, "DigestValue")?)?;
    let fits = !covered.is_empty() && digest::digest(hash, &covered).as_ref() == claimed.as_slice();
    if fits { Ok(()) } else { Err(SignatureFault::Wrong) }
}

/// Child elements with nothing but white space between them.
fn elements<'a, 'i>(node: Node<'a, 'i>) -> Result<Vec<Node<'a, 'i>>, SignatureFault> {
    let blank = |child: &Node<'_, '_>| child.is_text() && child.text().is_none_or(|t| t.trim().is_empty());
    let children: Vec<_> = node.children().filter(|child| !blank(child)).collect();
    let all = children.iter().all(Node::is_element);
    if all { Ok(children) } else { Err(SignatureFault::NotTheProfile) }
}

fn expect<'a, 'i>(node: Node<'a, 'i>, name: &str) -> Result<Node<'a, 'i>, SignatureFault> {
    if xml::is(node, names::DS, name) { Ok(node) } else { Err(SignatureFault::NotTheProfile) }
}

fn algorithm<'a>(node: Node<'a, '_>) -> Result<&'a str, SignatureFault> {
    node.unprefixed("Algorithm").ok_or(SignatureFault::NotTheProfile)
}

/// No `HMACOutputLength`, no XPath, no parameters of any kind.
fn nothing_inside(node: Node<'_, '_>) -> Result<(), SignatureFault> {
    if elements(node)?.is_empty() { Ok(()) } else { Err(SignatureFault::NotTheProfile) }
}

/// Each is looked for at every element; real messages list one or two.
const PREFIXES_MAX: usize = 16;

/// The prefixes that exclusive canonicalisation treats inclusively; any other method is refused.
fn exclusive_prefixes<'a>(node: Node<'a, '_>) -> Result<Vec<&'a str>, SignatureFault> {
    if algorithm(node)? != names::EXC_C14N {
        return Err(SignatureFault::NotTheProfile);
    }
    match *elements(node)?.as_slice() {
        [] => Ok(Vec::new()),
        [list] if xml::is(list, names::EXC_C14N, "InclusiveNamespaces") => {
            nothing_inside(list)?;
            let listed = list.unprefixed("PrefixList").unwrap_or_default().split_ascii_whitespace();
            let prefixes: Vec<&str> = listed.take(PREFIXES_MAX + 1).collect();
            if prefixes.len() > PREFIXES_MAX { Err(SignatureFault::NotTheProfile) } else { Ok(prefixes) }
        }
        _ => Err(SignatureFault::NotTheProfile),
    }
}

fn bytes(node: Node<'_, '_>) -> Result<Vec<u8>, SignatureFault> {
    let text = xml::text(node).map_err(|_| SignatureFault::NotTheProfile)?;
    xml::base64(text).filter(|bytes| !bytes.is_empty()).ok_or(SignatureFault::NotTheProfile)
}

/// A document in canonical form, and the place in it that waits for its signature.
pub(crate) struct Unsigned {
    pub(crate) canonical: String,
    /// Behind the issuer, where the schemas want it.
    pub(crate) place: usize,
}

/// The document with its signature in place: the digest is over the bytes written, and RSA works once.
pub(crate) fn sign(unsigned: Unsigned, id: &str, signer: &dyn Signer) -> Result<String, BuildError> {
    let digest = digest::digest(&digest::SHA256, unsigned.canonical.as_bytes());
    let reference = format!("#{id}");
    // Canonically SignedInfo declares its namespace itself; inside Signature it inherits the declaration.
    let signed = signed_info(&reference, digest.as_ref(), Some(names::DS))?;
    let value = signer.sign(signed.as_bytes())?;
    let mut w = Writer::with_capacity(3_072);
    w.open("ds:Signature").attribute("xmlns:ds", names::DS);
    w.canonical(&signed_info(&reference, digest.as_ref(), None)?);
    w.open("ds:SignatureValue").base64(&value).close();
    key_info(&mut w, signer.certificate());
    let mut document = unsigned.canonical;
    document.insert_str(unsigned.place, &w.finish()?);
    Ok(document)
}

/// A `ds:KeyInfo` with this certificate; the caller has declared the prefix.
pub(crate) fn key_info(w: &mut Writer, certificate: &Certificate) {
    w.open("ds:KeyInfo").open("ds:X509Data").open("ds:X509Certificate");
    w.base64(certificate.der()).close().close().close();
}

fn signed_info(reference: &str, digest: &[u8], namespace: Option<&str>) -> Result<String, BuildError> {
    let mut w = Writer::with_capacity(768);
    w.open("ds:SignedInfo").optional("xmlns:ds", namespace);
    empty(&mut w, "ds:CanonicalizationMethod", names::EXC_C14N);
    empty(&mut w, "ds:SignatureMethod", names::RSA_SHA256);
    w.open("ds:Reference").attribute("URI", reference).open("ds:Transforms");
    empty(&mut w, "ds:Transform", names::ENVELOPED);
    empty(&mut w, "ds:Transform", names::EXC_C14N);
    w.close();
    empty(&mut w, "ds:DigestMethod", names::SHA256);
    w.open("ds:DigestValue").base64(digest);
    Ok(w.finish()?)
}

fn empty(w: &mut Writer, name: &'static str, algorithm: &str) {
    w.open(name).attribute("Algorithm", algorithm).close();
}
