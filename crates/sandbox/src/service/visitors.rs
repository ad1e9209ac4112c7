//! Who is here: for each browser the requests it was sent away with, and who it came back as.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use portner_domain::{Millis, Moment};
use portner_saml::{NameId, VerifiedAssertion};

/// Beyond this the one that was seen longest ago is forgotten.
const VISITORS_MAX: usize = 1_000;
/// Tabs that one browser can be logging in with at a time.
const REQUESTS_PER_VISITOR_MAX: usize = 16;
/// How long an answer is waited for.
const REQUEST_LIFE: Millis = Millis::hours(1);

/// Somebody who has logged in.
#[derive(Debug)]
pub struct Login {
    /// What Portner has said about them, verified.
    pub assertion: VerifiedAssertion,
    /// The response as it came, base64 removed.
    pub response: String,
}

/// All browsers, by the value of their cookie.
#[derive(Default)]
pub struct Visitors(Mutex<HashMap<String, Visitor>>);

struct Visitor {
    seen: Moment,
    waits_for: VecDeque<(String, Moment)>,
    login: Option<Arc<Login>>,
}

impl Visitors {
    /// The cookie value to go on with: the browser's own if it was given here, else the new one.
    pub fn recognise(&self, claimed: Option<&str>, new: String, now: Moment) -> String {
        let mut all = self.all();
        if let Some(visitor) = claimed.and_then(|claimed| all.get_mut(claimed)) {
            visitor.seen = now;
            return claimed.unwrap_or_default().to_owned();
        }
        if all.len() >= VISITORS_MAX {
            let longest_ago = all.iter().min_by_key(|(_, visitor)| visitor.seen).map(|(id, _)| id.clone());
            longest_ago.and_then(|id| all.remove(&id));
        }
        all.insert(new.clone(), Visitor { seen: now, waits_for: VecDeque::new(), login: None });
        new
    }

    /// The browser is sent away with this request.
    pub fn sent_away(&self, visitor: &str, request: &str, now: Moment) {
        let mut all = self.all();
        let Some(visitor) = all.get_mut(visitor) else { return };
        if visitor.waits_for.len() >= REQUESTS_PER_VISITOR_MAX {
            visitor.waits_for.pop_front();
        }
        visitor.waits_for.push_back((request.to_owned(), now));
    }

    /// Is this browser waiting for the answer to this request?
    pub fn waits_for(&self, visitor: &str, request: &str, now: Moment) -> bool {
        let fresh = |sent: Moment| now.since(sent).is_some_and(|age| age < REQUEST_LIFE);
        let waits = |it: &Visitor| it.waits_for.iter().any(|(id, sent)| id == request && fresh(*sent));
        self.all().get(visitor).is_some_and(waits)
    }

    /// The request is answered. False if it was answered before: an answer counts once, so a second use of an
    /// assertion is noticed without a list of assertions (SAML profiles 4.1.4.5).
    pub fn answered(&self, visitor: &str, request: &str, login: Option<Login>) -> bool {
        let mut all = self.all();
        let Some(visitor) = all.get_mut(visitor) else { return false };
        let Some(place) = visitor.waits_for.iter().position(|(id, _)| id == request) else { return false };
        visitor.waits_for.remove(place);
        if let Some(login) = login {
            visitor.login = Some(Arc::new(login));
        }
        true
    }

    /// Who this browser is.
    pub fn login(&self, visitor: &str) -> Option<Arc<Login>> {
        self.all().get(visitor)?.login.clone()
    }

    /// Forget who this browser is; who it was.
    pub fn log_out(&self, visitor: &str) -> Option<Arc<Login>> {
        self.all().get_mut(visitor)?.login.take()
    }

    /// Forget everybody who goes by this name and came by one of these sessions; by any, if there are none (SAML
    /// profiles 4.4.3.3).
    pub fn end(&self, name_id: &NameId, session_indexes: &[String]) {
        let named = |index: &Option<String>| index.as_ref().is_some_and(|it| session_indexes.contains(it));
        let is_meant = |it: &VerifiedAssertion| {
            it.name_id == *name_id && (session_indexes.is_empty() || named(&it.session_index))
        };
        for visitor in self.all().values_mut() {
            visitor.login.take_if(|login| is_meant(&login.assertion));
        }
    }

    /// No panic leaves the map half-changed, so a poisoned lock is as good as any.
    fn all(&self) -> MutexGuard<'_, HashMap<String, Visitor>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use portner_domain::{Millis, Moment};

    use super::{REQUESTS_PER_VISITOR_MAX, VISITORS_MAX, Visitors};

    const NOW: Moment = Moment(1_795_252_504_000);

    #[test]
    fn a_browser_does_not_choose_its_own_cookie() {
        let visitors = Visitors::default();
        assert_eq!(visitors.recognise(Some("chosen"), "a".to_owned(), NOW), "a");
        assert_eq!(visitors.recognise(Some("a"), "b".to_owned(), NOW), "a");
    }

    #[test]
    fn a_request_is_answered_once_in_the_browser_it_left_with_and_in_time() {
        let visitors = Visitors::default();
        for id in ["a", "b"] {
            visitors.recognise(None, id.to_owned(), NOW);
        }
        visitors.sent_away("a", "_r", NOW);
        assert!(visitors.waits_for("a", "_r", NOW) && !visitors.waits_for("b", "_r", NOW));
        assert!(!visitors.waits_for("a", "_r", NOW.plus(Millis::hours(1))));
        assert!(!visitors.answered("b", "_r", None));
        assert!(visitors.answered("a", "_r", None));
        assert!(!visitors.answered("a", "_r", None) && !visitors.waits_for("a", "_r", NOW));
    }

    #[test]
    fn memory_has_an_end() {
        let visitors = Visitors::default();
        for n in 0..=VISITORS_MAX {
            visitors.recognise(None, n.to_string(), NOW.plus(Millis::seconds(n.try_into().unwrap())));
        }
        assert_eq!(visitors.all().len(), VISITORS_MAX);
        assert!(!visitors.all().contains_key("0"), "the one seen longest ago is forgotten");
        for n in 0..=REQUESTS_PER_VISITOR_MAX {
            visitors.sent_away("1", &n.to_string(), NOW);
        }
        assert!(!visitors.waits_for("1", "0", NOW) && visitors.waits_for("1", "1", NOW));
    }
}
