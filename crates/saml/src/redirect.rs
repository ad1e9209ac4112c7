//! The HTTP-Redirect binding: a message in a query, signed as the query was written (SAML bindings 3.4.4.1).

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use miniz_oxide::deflate::compress_to_vec;
use miniz_oxide::inflate::{TINFLStatus, decompress_to_vec_with_limit};

use crate::key::{Algorithm, SignError, Signer};
use crate::metadata::Binding;
use crate::names;
use crate::refusal::Refusal;
use crate::request::Received;
use crate::signature::Sealed;
use crate::xml::{self, Kind};

/// What web servers allow in a request line, too.
const QUERY_BYTES_MAX: usize = 16 * 1024;
/// A query of that size holds no honest message larger than this.
const INFLATED_BYTES_MAX: usize = 128 * 1024;
/// Of ten: where more makes messages hardly shorter.
const DEFLATE_EFFORT: u8 = 6;
/// The specification says 80; several Danish service providers send more.
pub(crate) const RELAY_STATE_BYTES_MAX: usize = 1024;

/// Read a request from the query, exactly as the browser sent it.
pub fn receive(raw_query: &str) -> Result<Received, Refusal> {
    let opened = open(raw_query)?;
    if opened.carried != Carried::Request {
        return Err(Refusal::NoMessage);
    }
    let document = xml::parse(&opened.text, Kind::Message)?;
    Received::new(document.root_element(), opened.sealed, Binding::Redirect, opened.relay_state)
}

/// Which of the two a query carries.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Carried {
    /// Somebody is to do something.
    Request,
    /// How it went.
    Response,
}

impl Carried {
    /// What the parameter is called.
    const fn parameter(self) -> &'static str {
        match self {
            Self::Request => "SAMLRequest",
            Self::Response => "SAMLResponse",
        }
    }
}

/// A message out of a query, whose signer is still to be established.
pub(crate) struct Opened {
    pub(crate) carried: Carried,
    pub(crate) text: String,
    pub(crate) sealed: Sealed,
    pub(crate) relay_state: Option<String>,
}

/// Take a query apart, exactly as the browser sent it.
pub(crate) fn open(raw_query: &str) -> Result<Opened, Refusal> {
    let query = Query::parse(raw_query)?;
    let (carried, message) = query.message()?;
    Ok(Opened {
        carried,
        sealed: query.sealed(carried, message)?,
        text: inflate(&decoded_base64(message)?)?,
        relay_state: query.relay_state.map(decoded).transpose()?,
    })
}

/// The address that carries a signed message to `endpoint`.
pub fn signed_url(
    endpoint: &str,
    carried: Carried,
    xml: &str,
    relay_state: Option<&str>,
    signer: &dyn Signer,
) -> Result<String, SignError> {
    let mut query = format!(
        "{}={}",
        carried.parameter(),
        escaped(&STANDARD.encode(compress_to_vec(xml.as_bytes(), DEFLATE_EFFORT)))
    );
    if let Some(state) = relay_state {
        query.push_str("&RelayState=");
        query.push_str(&escaped(state));
    }
    query.push_str("&SigAlg=");
    query.push_str(&escaped(names::RSA_SHA256));
    let signature = escaped(&STANDARD.encode(signer.sign(query.as_bytes())?));
    let separator = if endpoint.contains('?') { '&' } else { '?' };
    Ok(format!("{endpoint}{separator}{query}&Signature={signature}"))
}

/// The XML of the first message in a query, whatever else is wrong with the query.
pub(crate) fn message(raw_query: &str) -> Option<String> {
    if raw_query.len() > QUERY_BYTES_MAX {
        return None;
    }
    let mut parameters = raw_query.split('&').filter_map(|parameter| parameter.split_once('='));
    let (_, value) = parameters.find(|(name, _)| matches!(*name, "SAMLRequest" | "SAMLResponse"))?;
    inflate(&decoded_base64(value).ok()?).ok()
}

/// The parameters that count, still escaped: the signature is over them as they are (T-RED-01).
#[derive(Default)]
struct Query<'q> {
    request: Option<&'q str>,
    response: Option<&'q str>,
    relay_state: Option<&'q str>,
    algorithm: Option<&'q str>,
    signature: Option<&'q str>,
    encoding: Option<&'q str>,
}

impl<'q> Query<'q> {
    fn parse(raw: &'q str) -> Result<Self, Refusal> {
        if raw.len() > QUERY_BYTES_MAX {
            return Err(Refusal::TooLarge);
        }
        let mut query = Self::default();
        for parameter in raw.split('&').filter(|parameter| !parameter.is_empty()) {
            let (name, value) = parameter.split_once('=').unwrap_or((parameter, ""));
            let Some(place) = query.place(name)? else { continue };
            if place.replace(value).is_some() {
                return Err(Refusal::DuplicateParameter);
            }
        }
        match query.encoding.map(decoded).transpose()? {
            Some(encoding) if encoding != names::ENCODING_DEFLATE => Err(Refusal::Undecodable),
            _ => Ok(query),
        }
    }

    /// Where the value of a parameter goes; `None` for parameters that are not SAML's.
    ///
    /// A name that becomes one of these only after decoding, or in another case, is refused: somebody else
    /// might read it.
    fn place(&mut self, name: &str) -> Result<Option<&mut Option<&'q str>>, Refusal> {
        match name {
            "SAMLRequest" => Ok(Some(&mut self.request)),
            "SAMLResponse" => Ok(Some(&mut self.response)),
            "RelayState" => Ok(Some(&mut self.relay_state)),
            "SigAlg" => Ok(Some(&mut self.algorithm)),
            "Signature" => Ok(Some(&mut self.signature)),
            "SAMLEncoding" => Ok(Some(&mut self.encoding)),
            _ => {
                let lower = name.to_ascii_lowercase();
                let alike = matches!(lower.as_str(), "relaystate" | "sigalg" | "signature");
                let disguised =
                    name.contains(|c: char| matches!(c, '%' | '+' | '[') || !c.is_ascii_graphic());
                let refused = alike || disguised || lower.starts_with("saml");
                if refused { Err(Refusal::UnknownParameter) } else { Ok(None) }
            }
        }
    }

    /// The one message: of two, somebody else might read the other.
    fn message(&self) -> Result<(Carried, &'q str), Refusal> {
        match (self.request, self.response) {
            (Some(message), None) => Ok((Carried::Request, message)),
            (None, Some(message)) => Ok((Carried::Response, message)),
            (Some(_), Some(_)) => Err(Refusal::TwoMessages),
            (None, None) => Err(Refusal::NoMessage),
        }
    }

    /// The signature over the parameters in the order the binding prescribes, in the sender's own spelling.
    fn sealed(&self, carried: Carried, message: &str) -> Result<Sealed, Refusal> {
        let (algorithm, signature) = self.algorithm.zip(self.signature).ok_or(Refusal::Unsigned)?;
        let mut signed = format!("{}={message}", carried.parameter());
        if let Some(state) = self.relay_state {
            signed.push_str("&RelayState=");
            signed.push_str(state);
        }
        signed.push_str("&SigAlg=");
        signed.push_str(algorithm);
        let algorithm = Algorithm::from_uri(&decoded(algorithm)?).ok_or(Refusal::AlgorithmNotAllowed)?;
        let value = decoded_base64(signature)?;
        if value.is_empty() {
            return Err(Refusal::Unsigned);
        }
        Ok(Sealed::new(signed.into_bytes(), algorithm, value))
    }
}

/// Base64 in a query. A plus that was not escaped is a plus: base64 has no spaces.
fn decoded_base64(value: &str) -> Result<Vec<u8>, Refusal> {
    let text = percent_decoded(value, b'+')?;
    STANDARD.decode(text).map_err(|_| Refusal::Undecodable)
}

fn decoded(value: &str) -> Result<String, Refusal> {
    if value.len() > RELAY_STATE_BYTES_MAX * 3 {
        return Err(Refusal::TooLarge);
    }
    let text = String::from_utf8(percent_decoded(value, b' ')?).map_err(|_| Refusal::Undecodable)?;
    if text.len() > RELAY_STATE_BYTES_MAX { Err(Refusal::TooLarge) } else { Ok(text) }
}

fn percent_decoded(value: &str, plus: u8) -> Result<Vec<u8>, Refusal> {
    let mut bytes = value.bytes();
    let mut out = Vec::with_capacity(value.len());
    while let Some(byte) = bytes.next() {
        out.push(match byte {
            b'%' => hex_digit(bytes.next())? << 4 | hex_digit(bytes.next())?,
            b'+' => plus,
            other => other,
        });
    }
    Ok(out)
}

fn hex_digit(byte: Option<u8>) -> Result<u8, Refusal> {
    let digit = byte.and_then(|byte| char::from(byte).to_digit(16)).ok_or(Refusal::Undecodable)?;
    u8::try_from(digit).map_err(|_| Refusal::Undecodable)
}

fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 64);
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b'~') {
            out.push(char::from(byte));
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
    out
}

/// T-DOS-01: inflating stops at the limit, not after it.
fn inflate(bytes: &[u8]) -> Result<String, Refusal> {
    let out = decompress_to_vec_with_limit(bytes, INFLATED_BYTES_MAX + 1);
    let out = out.map_err(|error| match error.status {
        TINFLStatus::HasMoreOutput => Refusal::TooLarge,
        _ => Refusal::Undecodable,
    })?;
    if out.len() > INFLATED_BYTES_MAX {
        return Err(Refusal::TooLarge);
    }
    String::from_utf8(out).map_err(|_| Refusal::Undecodable)
}
