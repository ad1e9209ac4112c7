//! Reading metadata.

use core::net::{Ipv4Addr, Ipv6Addr};

use portner_domain::{Millis, Moment};
use roxmltree::{Document, Node};

use super::{
    AssertionConsumer, Binding, ENTITY_ID_CHARS_MAX, IdentityProvider, LocalName, LogoutEndpoint,
    MetadataError, NameIdFormat, RequestedAttribute, ServiceProvider,
};
use crate::encryption::{EncryptionKey, EncryptionMethod};
use crate::key::Certificate;
use crate::names::{BINDING_POST, BINDING_REDIRECT, DS, MD, MDUI, SAMLP, XENC11};
use crate::refusal::Refusal;
use crate::signature;
use crate::xml::{self, Kind, Unprefixed as _, XmlFault};

type Read<T> = Result<T, MetadataError>;

pub(super) fn service_provider(bytes: &[u8]) -> Read<ServiceProvider> {
    let text = std::str::from_utf8(bytes).map_err(|_| XmlFault::Encoding)?;
    service_provider_in(&xml::parse(text, Kind::Metadata)?)
}

/// What is read is what the signature covers: all of the one tree.
pub(super) fn signed_service_provider(bytes: &[u8], keys: &[Certificate]) -> Read<ServiceProvider> {
    let text = std::str::from_utf8(bytes).map_err(|_| XmlFault::Encoding)?;
    let document = xml::parse(text, Kind::Metadata)?;
    let sealed = signature::examine(document.root_element());
    sealed
        .and_then(|sealed| sealed.is_by(keys))
        .map_err(|fault| MetadataError::NotSignedByThem(Refusal::from(fault)))?;
    service_provider_in(&document)
}

fn service_provider_in(document: &Document<'_>) -> Read<ServiceProvider> {
    let entity = entity(document.root_element())?;
    let role = role(entity, "SPSSODescriptor")?;
    let service = default_attribute_service(role)?;
    let provider = ServiceProvider {
        entity_id: entity_id(entity)?,
        display_name: display_name(entity, role, service)?,
        signing_keys: signing_keys(role)?,
        encryption_keys: encryption_keys(role)?,
        assertion_consumers: assertion_consumers(role)?,
        logout: logout_endpoints(role)?,
        name_id_formats: name_id_formats(role)?,
        requested_attributes: requested_attributes(service)?,
        authn_requests_signed: flag(role, "AuthnRequestsSigned")?.unwrap_or(false),
        want_assertions_signed: flag(role, "WantAssertionsSigned")?.unwrap_or(false),
        valid_until: earliest_end(entity, role)?,
        cache_duration: [entity, role].into_iter().filter_map(cache_duration).min(),
    };
    if provider.assertion_consumers.is_empty() {
        return Err(MetadataError::NoAssertionConsumer);
    }
    Ok(provider)
}

pub(super) fn identity_provider(bytes: &[u8]) -> Read<IdentityProvider> {
    let text = std::str::from_utf8(bytes).map_err(|_| XmlFault::Encoding)?;
    let document = xml::parse(text, Kind::Metadata)?;
    let entity = entity(document.root_element())?;
    let role = role(entity, "IDPSSODescriptor")?;
    let sso = xml::children(role, MD, "SingleSignOnService")
        .find(|endpoint| endpoint.unprefixed("Binding") == Some(BINDING_REDIRECT))
        .ok_or(MetadataError::NoSingleSignOn)?;
    Ok(IdentityProvider {
        entity_id: entity_id(entity)?,
        sso_redirect: location(sso, "Location")?.ok_or(MetadataError::NoSingleSignOn)?,
        signing_keys: signing_keys(role)?,
        logout: logout_endpoints(role)?,
        want_authn_requests_signed: flag(role, "WantAuthnRequestsSigned")?.unwrap_or(false),
    })
}

fn entity<'a, 'i>(root: Node<'a, 'i>) -> Read<Node<'a, 'i>> {
    if xml::is(root, MD, "EntitiesDescriptor") {
        Err(MetadataError::SeveralEntities)
    } else if xml::is(root, MD, "EntityDescriptor") {
        Ok(root)
    } else {
        Err(MetadataError::NotMetadata)
    }
}

fn entity_id(entity: Node<'_, '_>) -> Read<String> {
    let id = entity.unprefixed("entityID").unwrap_or_default();
    let clean = !id.is_empty() && !id.contains(|c: char| c.is_whitespace() || c.is_control());
    if clean && id.chars().count() <= ENTITY_ID_CHARS_MAX {
        Ok(id.to_owned())
    } else {
        Err(MetadataError::BadEntityId)
    }
}

fn role<'a, 'i>(entity: Node<'a, 'i>, name: &'static str) -> Read<Node<'a, 'i>> {
    let speaks_saml_2 = |role: &Node<'_, '_>| {
        let protocols = role.unprefixed("protocolSupportEnumeration").unwrap_or_default();
        protocols.split_ascii_whitespace().any(|protocol| protocol == SAMLP)
    };
    let mut roles = xml::children(entity, MD, name).filter(speaks_saml_2);
    match (roles.next(), roles.next()) {
        (Some(role), None) => Ok(role),
        _ => Err(MetadataError::WrongRole(name)),
    }
}

/// The certificates of the key descriptors for a use. A descriptor without `use` is for every use; one for
/// another use is for no other (T-MD-01).
fn keys<'a, 'i: 'a>(
    role: Node<'a, 'i>,
    usage: &'static str,
) -> impl Iterator<Item = Read<(Node<'a, 'i>, Certificate)>> {
    xml::children(role, MD, "KeyDescriptor")
        .filter(move |key| key.unprefixed("use").is_none_or(|of| of == usage))
        .filter_map(|key| certificate(key).transpose().map(|found| found.map(|it| (key, it))))
}

/// The certificate of a key descriptor; a key published in another way is passed over.
fn certificate(descriptor: Node<'_, '_>) -> Read<Option<Certificate>> {
    let Some(info) = xml::child(descriptor, DS, "KeyInfo")? else { return Ok(None) };
    let mut found =
        xml::children(info, DS, "X509Data").flat_map(|data| xml::children(data, DS, "X509Certificate"));
    match (found.next(), found.next()) {
        (None, _) => Ok(None),
        (Some(one), None) => {
            let der = xml::base64(xml::text(one)?).ok_or(crate::KeyError::BadCertificate)?;
            Ok(Some(Certificate::from_der(&der)?))
        }
        _ => Err(MetadataError::SeveralCertificates),
    }
}

fn signing_keys(role: Node<'_, '_>) -> Read<Vec<Certificate>> {
    let keys: Vec<_> =
        keys(role, "signing").map(|key| key.map(|(_, certificate)| certificate)).collect::<Read<_>>()?;
    if keys.is_empty() { Err(MetadataError::NoSigningKey) } else { Ok(keys) }
}

fn encryption_keys(role: Node<'_, '_>) -> Read<Vec<EncryptionKey>> {
    let mut found = Vec::new();
    for key in keys(role, "encryption") {
        let (descriptor, certificate) = key?;
        let methods = xml::children(descriptor, MD, "EncryptionMethod").map(encryption_method).collect();
        found.extend(EncryptionKey::new(certificate, methods));
    }
    if found.is_empty() { Err(MetadataError::NoEncryptionKey) } else { Ok(found) }
}

fn encryption_method(node: Node<'_, '_>) -> EncryptionMethod {
    let algorithm = |node: Node<'_, '_>| node.unprefixed("Algorithm").unwrap_or_default().to_owned();
    EncryptionMethod {
        algorithm: algorithm(node),
        digests: xml::children(node, DS, "DigestMethod").map(algorithm).collect(),
        masks: xml::children(node, XENC11, "MGF").map(algorithm).collect(),
    }
}

fn assertion_consumers(role: Node<'_, '_>) -> Read<Vec<AssertionConsumer>> {
    xml::children(role, MD, "AssertionConsumerService")
        .filter(|endpoint| endpoint.unprefixed("Binding") == Some(BINDING_POST))
        .map(|endpoint| {
            let index = endpoint.unprefixed("index").map(str::parse).transpose();
            Ok(AssertionConsumer {
                location: location(endpoint, "Location")?
                    .ok_or(MetadataError::BadValue("AssertionConsumerService/@Location"))?,
                index: index.map_err(|_| MetadataError::BadValue("AssertionConsumerService/@index"))?,
                is_default: flag(endpoint, "isDefault")?,
            })
        })
        .collect()
}

fn logout_endpoints(role: Node<'_, '_>) -> Read<Vec<LogoutEndpoint>> {
    let mut endpoints = Vec::new();
    for endpoint in xml::children(role, MD, "SingleLogoutService") {
        let Some(binding) = endpoint.unprefixed("Binding").and_then(Binding::from_uri) else { continue };
        endpoints.push(LogoutEndpoint {
            binding,
            location: location(endpoint, "Location")?
                .ok_or(MetadataError::BadValue("SingleLogoutService/@Location"))?,
            response_location: location(endpoint, "ResponseLocation")?,
        });
    }
    Ok(endpoints)
}

fn location(endpoint: Node<'_, '_>, attribute: &str) -> Read<Option<String>> {
    match endpoint.unprefixed(attribute) {
        None => Ok(None),
        Some(address) if is_safe(address) => Ok(Some(address.to_owned())),
        Some(address) => Err(MetadataError::UnsafeLocation(address.chars().take(200).collect())),
    }
}

/// T-IDP-01: an address a browser may be sent to with a form. No script, no credentials, nothing that
/// would end an attribute or a header.
fn is_safe(address: &str) -> bool {
    let clean = |c: char| c.is_ascii_graphic() && !matches!(c, '"' | '\'' | '<' | '>' | '\\' | '`');
    let (rest, on_the_web) = match (address.strip_prefix("https://"), address.strip_prefix("http://")) {
        (Some(rest), _) => (rest, true),
        (None, Some(rest)) => (rest, false),
        (None, None) => return false,
    };
    let host = host_of(rest.split(['/', '?', '#']).next().unwrap_or_default());
    let here = matches!(host, Some("localhost" | "127.0.0.1" | "[::1]"));
    address.chars().all(clean) && (here || (on_the_web && host.is_some()))
}

/// The host, where there is nothing but a host and a port that every reader reads alike: no credentials, no
/// escapes, no letters beyond those of host names (other alphabets come as `xn--…`), no address in disguise.
fn host_of(authority: &str) -> Option<&str> {
    let split = if authority.starts_with('[') {
        authority.find(']')?.checked_add(1)?
    } else {
        authority.find(':').unwrap_or(authority.len())
    };
    let (host, port) = authority.split_at_checked(split)?;
    let is_port =
        |port: &str| port.bytes().all(|b| b.is_ascii_digit()) && port.parse::<u16>().is_ok_and(|n| n > 0);
    let port_is_fine = port.is_empty() || is_port(port.strip_prefix(':')?);
    let last = host.trim_end_matches('.').rsplit('.').next()?;
    let looks_numeric = last.starts_with(|c: char| c.is_ascii_digit());
    let named = !host.is_empty()
        && !host.starts_with('.')
        && !host.contains("..")
        && host.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'.' | b'_'));
    let host_is_fine = match host.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
        Some(inside) => inside.parse::<Ipv6Addr>().is_ok(),
        None if looks_numeric => host.parse::<Ipv4Addr>().is_ok(),
        None => named,
    };
    (host_is_fine && port_is_fine).then_some(host)
}

fn name_id_formats(role: Node<'_, '_>) -> Read<Vec<NameIdFormat>> {
    xml::children(role, MD, "NameIDFormat")
        .map(|format| Ok(NameIdFormat::from_uri(xml::text(format)?.trim())))
        .collect()
}

/// The attribute list that counts when a request names none.
fn default_attribute_service<'a, 'i>(role: Node<'a, 'i>) -> Read<Option<Node<'a, 'i>>> {
    let mut first = None;
    for service in xml::children(role, MD, "AttributeConsumingService") {
        if flag(service, "isDefault")? == Some(true) {
            return Ok(Some(service));
        }
        first = first.or(Some(service));
    }
    Ok(first)
}

fn requested_attributes(service: Option<Node<'_, '_>>) -> Read<Vec<RequestedAttribute>> {
    let Some(service) = service else { return Ok(Vec::new()) };
    xml::children(service, MD, "RequestedAttribute")
        .map(|attribute| {
            let name = attribute.unprefixed("Name").filter(|name| !name.is_empty());
            Ok(RequestedAttribute {
                name: name.ok_or(MetadataError::BadValue("RequestedAttribute/@Name"))?.to_owned(),
                friendly_name: attribute.unprefixed("FriendlyName").map(str::to_owned),
                required: flag(attribute, "isRequired")?.unwrap_or(false),
            })
        })
        .collect()
}

/// The first that has a name: the user interface extension, the attribute service, the organisation.
fn display_name(entity: Node<'_, '_>, role: Node<'_, '_>, service: Option<Node<'_, '_>>) -> Read<LocalName> {
    let ui = xml::child(role, MD, "Extensions")?
        .map(|extensions| xml::child(extensions, MDUI, "UIInfo"))
        .transpose()?
        .flatten();
    let organization = xml::child(role, MD, "Organization")?.or(xml::child(entity, MD, "Organization")?);
    let sources = [
        (ui, MDUI, "DisplayName"),
        (service, MD, "ServiceName"),
        (organization, MD, "OrganizationDisplayName"),
    ];
    for (source, namespace, name) in sources {
        let Some(source) = source else { continue };
        let found = local_name(xml::children(source, namespace, name))?;
        if found != LocalName::default() {
            return Ok(found);
        }
    }
    Ok(LocalName::default())
}

fn local_name<'a, 'i: 'a>(names: impl Iterator<Item = Node<'a, 'i>>) -> Read<LocalName> {
    let mut found = LocalName::default();
    let mut any = None;
    for name in names {
        let text = xml::text(name)?.trim();
        if text.is_empty() {
            continue;
        }
        match xml::language(name) {
            Some("da") => found.da = Some(text.to_owned()),
            Some("en") => found.en = Some(text.to_owned()),
            _ => any = any.or(Some(text)),
        }
    }
    if found == LocalName::default() {
        found.da = any.map(str::to_owned);
    }
    Ok(found)
}

fn earliest_end(entity: Node<'_, '_>, role: Node<'_, '_>) -> Read<Option<Moment>> {
    let mut ends = Vec::new();
    for text in [entity, role].into_iter().filter_map(|node| node.unprefixed("validUntil")) {
        ends.push(Moment::parse_xs_date_time(text).ok_or(MetadataError::BadValue("validUntil"))?);
    }
    Ok(ends.into_iter().min())
}

/// A hint, so one that can't be read is none.
fn cache_duration(node: Node<'_, '_>) -> Option<Millis> {
    node.unprefixed("cacheDuration").and_then(xs_duration)
}

/// An `xs:duration` that is not negative, in whole seconds; a year has 365 days and a month 30.
fn xs_duration(text: &str) -> Option<Millis> {
    let rest = text.trim().strip_prefix('P')?;
    let (date, time) = rest.split_once('T').map_or((rest, None), |(date, time)| (date, Some(time)));
    if time.map_or(date, |time| time).is_empty() {
        return None;
    }
    let date = seconds(date, &[('Y', 365 * 86_400), ('M', 30 * 86_400), ('D', 86_400)])?;
    let time = seconds(time.unwrap_or_default(), &[('H', 3_600), ('M', 60), ('S', 1)])?;
    Some(Millis::seconds(date.checked_add(time)?))
}

/// Numbers with their units, each unit at most once and in this order.
fn seconds(text: &str, units: &[(char, u64)]) -> Option<u64> {
    let (mut rest, mut sum) = (text, 0_u64);
    for (unit, worth) in units {
        let Some((number, after)) = rest.split_once(*unit) else { continue };
        let whole = number.split_once('.').filter(|_| *unit == 'S').map_or(number, |(whole, _)| whole);
        sum = sum.checked_add(whole.parse::<u64>().ok()?.checked_mul(*worth)?)?;
        rest = after;
    }
    rest.is_empty().then_some(sum)
}

fn flag(node: Node<'_, '_>, name: &'static str) -> Read<Option<bool>> {
    xml::boolean(node, name).map_err(|_| MetadataError::BadValue(name))
}
