//! SAML 2.0 and OIOSAML 3 messages: bytes in, verified values out, and back.
