//! Why a message came to nothing, in a sentence, and what to do about it.

/// The sentence for a stable code, and the remedy; nothing for a code that none of our versions knows.
#[expect(clippy::too_many_lines, reason = "a table")]
pub fn remedy(why: &str) -> Option<(&'static str, &'static str)> {
    Some(match why {
        "undecodable" => (
            "it is not base64, not DEFLATE or not UTF-8",
            "ask the service to follow the HTTP-Redirect or HTTP-POST binding; something on the way may have cut it",
        ),
        "too-large" => ("it is larger than any honest message", "ask the service what it sends"),
        "not-xml" => ("it is not well-formed XML", "ask the service what it sends"),
        "doctype" => ("it has a document type declaration", "ask the service to leave it out"),
        "markup" => (
            "it has a comment, a processing instruction or a CDATA section",
            "ask the service to leave that out",
        ),
        "not-an-authn-request" => {
            ("it is not a request to log in", "check which address the service sends this kind of message to")
        }
        "not-a-logout-message" => {
            ("it is not about logging out", "check which address the service sends this kind of message to")
        }
        "two-messages" => {
            ("it has a request and an answer at once", "check the address that the service builds")
        }
        "unsupported-version" => ("it is not SAML 2.0", "ask the service to speak SAML 2.0"),
        "encrypted-name-id" => (
            "the name of whoever is to be logged out is encrypted",
            "have the service send NameID in logout requests, not EncryptedID",
        ),
        "foreign-name-id" => (
            "the name of whoever is to be logged out is qualified for others",
            "have the service send the NameID as it got it",
        ),
        "unexpected-response" => (
            "it answers no logout request that waits for an answer",
            "if it happens often, ask the service whether it answers twice or late",
        ),
        "malformed" => (
            "a required part is missing or can't be understood",
            "read it with --full: ID, Version, IssueInstant and Issuer must be there",
        ),
        "no-message" => ("there is no SAMLRequest", "check what the service sends people here with"),
        "duplicate-parameter" => ("a parameter occurs twice", "check the address that the service builds"),
        "unknown-parameter" => (
            "a parameter does not belong there, or its name is disguised",
            "check the address that the service builds",
        ),
        "unsigned" => (
            "it is not signed",
            "have the service sign its requests (AuthnRequestsSigned); unsigned ones are never answered",
        ),
        "signature-profile" => (
            "its signature has another shape than SAML allows",
            "one Signature in the request, one Reference to the request's ID, enveloped and exclusive c14n",
        ),
        "bad-signature" => (
            "the service signs with a key that its registered metadata does not have, or the message was altered",
            "fetch its new metadata with `portner sp refresh`, and look at `portner sp pending`",
        ),
        "algorithm-not-allowed" => (
            "it is signed with an algorithm that is not accepted",
            "have the service sign with RSA and SHA-256",
        ),
        "wrong-issuer" => ("it is from another issuer", "check the entityID that the service uses"),
        "wrong-destination" => (
            "it is meant for another address, or names none",
            "give the service our metadata again: Destination has to be our SingleSignOnService",
        ),
        "expired" => (
            "it is too old",
            "if it happens to everybody, compare the clocks; else somebody used a bookmark of the login page",
        ),
        "from-the-future" => {
            ("it is from later than now", "compare the clocks of the service and of this machine")
        }
        "unknown-acs" => (
            "it wants the answer at an address that its registered metadata does not have",
            "fetch its new metadata with `portner sp refresh`, or have the service use a registered address",
        ),
        "service-provider-disabled" => ("the service is disabled", "`portner sp enable` takes that back"),
        "metadata-expired" => (
            "its registered metadata says that it may not be used any more (validUntil)",
            "fetch new metadata with `portner sp refresh`, or add a new file with `portner sp add`",
        ),
        "binding-not-allowed" => (
            "it came by a binding that the policy does not allow",
            "add the binding to `requests` in the policy, or have the service use HTTP-Redirect",
        ),
        "unknown-network" => (
            "it came from a network that is not known, and the policy admits no other (access_from)",
            "nothing is wrong, unless the network is the organisation's: then add it at /office/networks",
        ),
        "replayed" => (
            "the same request came before, in another browser",
            "if it happens often, the service gives several people the same request, perhaps from a cache",
        ),
        "NoPassive" => (
            "the service asked without letting the person be asked, and the person was not logged in",
            "nothing is wrong: the service is meant to ask again without IsPassive",
        ),
        "NoAuthnContext" => (
            "the level asked for can't be reached by this person, or by anybody here",
            "see `portner user show` for what the person can reach, and `[nsis]` for the ceiling",
        ),
        "AuthnFailed" => ("the person gave up, or could not log in", "ask the person"),
        "RequestDenied" => (
            "it was answered with a refusal: the person, an address or an attribute no longer fits",
            "see `portner audit events --kind request-answered` for when, and what changed before",
        ),
        "UnknownPrincipal" => (
            "it is about somebody else than the person who logged in",
            "check which name the service puts into Subject",
        ),
        "InvalidNameIDPolicy" => (
            "it wants a kind of name that its policy does not give",
            "change `name_id` in the policy, or NameIDPolicy at the service",
        ),
        "NoSupportedIDP" => ("it accepts other identity providers only", "check IDPList at the service"),
        "PartialLogout" => (
            "not everybody could be logged out everywhere",
            "see `portner audit events` for which service did not answer",
        ),
        "UnsupportedBinding"
        | "ProxyCountExceeded"
        | "RequestVersionTooHigh"
        | "RequestVersionTooLow"
        | "VersionMismatch"
        | "Requester"
        | "Responder" => (
            "it asks for something that is not offered here",
            "read it with --full and compare with our metadata",
        ),
        _ => return None,
    })
}
