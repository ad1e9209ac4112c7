//! Writing metadata, in the order of the schema and already canonical.

use portner_domain::{Entropy, Millis};

use super::{
    Binding, Contact, ContactKind, IdpDescription, LocalName, Logo, LogoutEndpoint, Organization,
    SpDescription,
};
use crate::key::{Certificate, Signer};
use crate::names;
use crate::response::{BuildError, new_id};
use crate::signature::{self, Unsigned};
use crate::xml::writer::Writer;

/// Our metadata, unsigned: for uploading by hand.
pub fn identity_provider(description: &IdpDescription) -> Result<String, BuildError> {
    idp_document(description, None).map(|document| document.canonical)
}

/// Our metadata, signed: for fetching.
pub fn signed_identity_provider(
    description: &IdpDescription,
    signer: &dyn Signer,
    entropy: &dyn Entropy,
) -> Result<String, BuildError> {
    let id = new_id(entropy);
    signature::sign(idp_document(description, Some(&id))?, &id, signer)
}

fn idp_document(it: &IdpDescription, id: Option<&str>) -> Result<Unsigned, BuildError> {
    let mut w = Writer::with_capacity(8_192);
    w.open("md:EntityDescriptor").attribute("xmlns:md", names::MD).optional("ID", id);
    w.optional("cacheDuration", it.cache_duration.map(duration).as_deref());
    w.attribute("entityID", &it.entity_id);
    w.optional("validUntil", it.valid_until.map(|end| end.xs_date_time()).as_deref());
    let place = w.position();
    w.open("md:IDPSSODescriptor").attribute("WantAuthnRequestsSigned", "true");
    w.optional("errorURL", it.error_url.as_deref());
    w.attribute("protocolSupportEnumeration", names::SAMLP);
    user_interface(&mut w, &it.display_name, it.logo.as_ref());
    for certificate in &it.signing {
        key_descriptor(&mut w, "signing", certificate);
    }
    logout(&mut w, &it.logout);
    for format in &it.name_id_formats {
        w.open("md:NameIDFormat").text(format.uri()).close();
    }
    let post = it.sso_post.iter().map(|location| (Binding::Post, location));
    for (binding, location) in std::iter::once((Binding::Redirect, &it.sso_redirect)).chain(post) {
        w.open("md:SingleSignOnService").attribute("Binding", binding.uri());
        w.attribute("Location", location).close();
    }
    for (name, friendly) in &it.attributes {
        w.open("saml:Attribute").attribute("xmlns:saml", names::SAML);
        w.optional("FriendlyName", friendly.as_deref()).attribute("Name", name);
        w.attribute("NameFormat", names::ATTRIBUTE_NAME_URI).close();
    }
    w.close();
    if let Some(organization) = &it.organization {
        write_organization(&mut w, organization);
    }
    for contact in &it.contacts {
        write_contact(&mut w, contact);
    }
    Ok(Unsigned { canonical: w.finish()?, place })
}

/// A service provider's metadata.
pub fn service_provider_metadata(it: &SpDescription) -> Result<String, BuildError> {
    sp_document(it, None).map(|document| document.canonical)
}

/// A service provider's metadata, signed.
pub fn signed_service_provider_metadata(
    it: &SpDescription,
    signer: &dyn Signer,
    entropy: &dyn Entropy,
) -> Result<String, BuildError> {
    let id = new_id(entropy);
    signature::sign(sp_document(it, Some(&id))?, &id, signer)
}

fn sp_document(it: &SpDescription, id: Option<&str>) -> Result<Unsigned, BuildError> {
    let mut w = Writer::with_capacity(8_192);
    w.open("md:EntityDescriptor").attribute("xmlns:md", names::MD).optional("ID", id);
    w.attribute("entityID", &it.entity_id);
    let place = w.position();
    w.open("md:SPSSODescriptor").attribute("AuthnRequestsSigned", "true");
    w.attribute("WantAssertionsSigned", "true").attribute("protocolSupportEnumeration", names::SAMLP);
    user_interface(&mut w, &it.display_name, None);
    for certificate in &it.signing {
        key_descriptor(&mut w, "signing", certificate);
    }
    for certificate in &it.encryption {
        key_descriptor(&mut w, "encryption", certificate);
    }
    logout(&mut w, &it.logout);
    for format in &it.name_id_formats {
        w.open("md:NameIDFormat").text(format.uri()).close();
    }
    for (index, location) in it.assertion_consumers.iter().enumerate() {
        w.open("md:AssertionConsumerService").attribute("Binding", names::BINDING_POST);
        w.attribute("Location", location).attribute("index", &index.to_string());
        w.attribute("isDefault", if index == 0 { "true" } else { "false" }).close();
    }
    attribute_service(&mut w, it);
    Ok(Unsigned { canonical: w.finish()?, place })
}

fn attribute_service(w: &mut Writer, it: &SpDescription) {
    if it.requested_attributes.is_empty() {
        return;
    }
    w.open("md:AttributeConsumingService").attribute("index", "0").attribute("isDefault", "true");
    let named = each_language(&it.display_name);
    let names = if named.is_empty() { vec![("en", it.entity_id.as_str())] } else { named };
    for (language, name) in names {
        w.open("md:ServiceName").attribute("xml:lang", language).text(name).close();
    }
    for attribute in &it.requested_attributes {
        w.open("md:RequestedAttribute").optional("FriendlyName", attribute.friendly_name.as_deref());
        w.attribute("Name", &attribute.name).attribute("NameFormat", names::ATTRIBUTE_NAME_URI);
        w.attribute("isRequired", if attribute.required { "true" } else { "false" }).close();
    }
    w.close();
}

fn each_language(name: &LocalName) -> Vec<(&'static str, &str)> {
    let da = name.da.as_deref().map(|text| ("da", text));
    let en = name.en.as_deref().map(|text| ("en", text));
    da.into_iter().chain(en).collect()
}

fn user_interface(w: &mut Writer, name: &LocalName, logo: Option<&Logo>) {
    let names = each_language(name);
    if names.is_empty() && logo.is_none() {
        return;
    }
    w.open("md:Extensions").open("mdui:UIInfo").attribute("xmlns:mdui", names::MDUI);
    for (language, text) in names {
        w.open("mdui:DisplayName").attribute("xml:lang", language).text(text).close();
    }
    if let Some(logo) = logo {
        w.open("mdui:Logo").attribute("height", &logo.height.to_string());
        w.attribute("width", &logo.width.to_string()).text(&logo.url).close();
    }
    w.close().close();
}

fn key_descriptor(w: &mut Writer, usage: &str, certificate: &Certificate) {
    w.open("md:KeyDescriptor").attribute("use", usage);
    w.open("ds:KeyInfo").attribute("xmlns:ds", names::DS).open("ds:X509Data").open("ds:X509Certificate");
    w.base64(certificate.der()).close().close().close().close();
}

fn logout(w: &mut Writer, endpoints: &[LogoutEndpoint]) {
    for endpoint in endpoints {
        w.open("md:SingleLogoutService").attribute("Binding", endpoint.binding.uri());
        w.attribute("Location", &endpoint.location);
        w.optional("ResponseLocation", endpoint.response_location.as_deref()).close();
    }
}

fn write_organization(w: &mut Writer, it: &Organization) {
    w.open("md:Organization");
    w.open("md:OrganizationName").attribute("xml:lang", "da").text(&it.name).close();
    w.open("md:OrganizationDisplayName").attribute("xml:lang", "da").text(&it.display_name).close();
    w.open("md:OrganizationURL").attribute("xml:lang", "da").text(&it.url).close();
    w.close();
}

fn write_contact(w: &mut Writer, it: &Contact) {
    let kind = match it.kind {
        ContactKind::Technical => "technical",
        ContactKind::Support => "support",
    };
    w.open("md:ContactPerson").attribute("contactType", kind);
    if let Some(company) = &it.company {
        w.open("md:Company").text(company).close();
    }
    w.open("md:EmailAddress").text("mailto:").text(&it.email).close();
    if let Some(telephone) = &it.telephone {
        w.open("md:TelephoneNumber").text(telephone).close();
    }
    w.close();
}

/// As `xs:duration`, in whole seconds.
fn duration(it: Millis) -> String {
    format!("PT{}S", it.0 / 1_000)
}
