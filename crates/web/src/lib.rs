//! The HTTP face: SAML endpoints, login, pages and texts, health and metrics.
