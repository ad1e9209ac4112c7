//! What the API says instead of yes. Clients may rely on status codes and on a word or two in the text.

use super::switches::{AuthErrors, ErrorFormat};

/// A call that was not done.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Refusal {
    /// The HTTP status.
    pub status: u16,
    /// A word for programs.
    pub code: &'static str,
    /// A sentence for people.
    pub message: String,
    /// A header that belongs to it.
    pub header: Option<(&'static str, String)>,
}

impl Refusal {
    fn new(status: u16, code: &'static str, message: impl Into<String>) -> Self {
        Self { status, code, message: message.into(), header: None }
    }

    /// The request says something that can't be.
    pub fn invalid(message: impl Into<String>) -> Self {
        Self::new(400, "ValidationError", message)
    }

    /// No token, one that was never given, or one that is over.
    pub fn unauthorised() -> Self {
        let challenge = Some(("www-authenticate", "Bearer".to_owned()));
        Self { header: challenge, ..Self::new(401, "Unauthorized", "A valid access token is required.") }
    }

    /// A certificate of the right authority that has no right here.
    pub fn no_right(status: u16) -> Self {
        Self::new(status, "Forbidden", "The certificate has no access to the IdM services.")
    }

    /// The path leads nowhere.
    pub fn no_such_path() -> Self {
        Self::new(404, "NotFound", "There is no such resource.")
    }

    /// Nobody, or nobody any more, or somebody of another organisation.
    pub fn no_such_identity() -> Self {
        Self::new(404, "NotFound", "The identity was not found.")
    }

    /// An authenticator or a group that is not there.
    pub fn nothing_there(what: &str) -> Self {
        Self::new(404, "NotFound", format!("The {what} was not found."))
    }

    /// The path does not take this verb.
    pub fn wrong_verb(allowed: String) -> Self {
        let allow = Some(("allow", allowed));
        Self { header: allow, ..Self::new(405, "MethodNotAllowed", "The method is not allowed.") }
    }

    /// Not in this state.
    pub fn wrong_state(state: &str) -> Self {
        Self::new(409, "InvalidState", format!("The operation is not allowed in the state {state}."))
    }

    /// Somebody else has it.
    pub fn conflict(message: impl Into<String>) -> Self {
        Self::new(409, "Conflict", message)
    }

    /// Somebody else was changing the same identity.
    pub fn overlapping() -> Self {
        Self::new(
            409,
            "OptimisticConcurrency",
            "The identity was changed by another request (OptimisticConcurrency).",
        )
    }

    /// Too many calls.
    pub fn too_many() -> Self {
        let wait = Some(("retry-after", "5".to_owned()));
        Self { header: wait, ..Self::new(429, "TooManyRequests", "Too many requests.") }
    }

    /// What the service says when it does not say what happened.
    pub fn internal() -> Self {
        Self::new(500, "InternalError", "An unexpected error occurred. See log for exception details.")
    }

    /// Not now.
    pub fn unavailable() -> Self {
        Self::new(503, "ServiceUnavailable", "ServiceUnavailable")
    }

    /// Content type and body.
    pub fn body(&self, format: ErrorFormat, auth: AuthErrors, trace: &str) -> (&'static str, String) {
        if self.status == 401 && auth == AuthErrors::Empty {
            return ("text/plain", String::new());
        }
        match format {
            ErrorFormat::Json => {
                let body =
                    serde_json::json!({ "code": self.code, "message": self.message, "traceId": trace });
                ("application/json; charset=utf-8", body.to_string())
            }
            ErrorFormat::Text => ("text/plain; charset=utf-8", self.message.clone()),
            ErrorFormat::Html => {
                let (code, message) = (self.code, &self.message);
                let page = format!("<html><head><title>{code}</title></head><body>{message}</body></html>");
                ("text/html; charset=utf-8", page)
            }
        }
    }
}
