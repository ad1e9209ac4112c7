//! What a directory's answer to a bind means.

use portner_ldap::{Answered, Trouble};

use super::Outcome;

/// Why an account can't be used, as far as the directory says.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum AccountProblem {
    /// The directory does not know it.
    NoEntry,
    /// More than one entry fits the user name.
    SeveralEntries,
    /// The user name can't be part of a name there.
    UnusableName,
    /// Not at this time of day.
    NotNow,
    /// Not from where we are.
    NotFromHere,
    /// The password has expired.
    PasswordExpired,
    /// The password has to be changed first.
    PasswordMustChange,
    /// The account is disabled.
    Disabled,
    /// The account has expired.
    Expired,
    /// The account is locked because of wrong passwords.
    LockedOut,
    /// The directory refused with this result code and did not say why.
    Refused(u32),
}

impl AccountProblem {
    /// A stable word for the log.
    pub const fn code(self) -> &'static str {
        match self {
            Self::NoEntry => "directory-no-entry",
            Self::SeveralEntries => "directory-several-entries",
            Self::UnusableName => "directory-unusable-name",
            Self::NotNow => "directory-not-now",
            Self::NotFromHere => "directory-not-from-here",
            Self::PasswordExpired => "directory-password-expired",
            Self::PasswordMustChange => "directory-password-must-change",
            Self::Disabled => "directory-account-disabled",
            Self::Expired => "directory-account-expired",
            Self::LockedOut => "directory-account-locked-out",
            Self::Refused(_) => "directory-refused",
        }
    }
}

/// The directory's answer to a bind, understood. Trouble is what says nothing about the password.
pub fn of_bind(answered: &Answered) -> Result<Outcome, Trouble> {
    use AccountProblem as Account;
    Ok(match answered.code {
        0 => Outcome::Right,
        // invalidCredentials
        49 => match sub_code(&answered.text) {
            Some("525") => Outcome::AccountProblem(Account::NoEntry),
            Some("530") => Outcome::AccountProblem(Account::NotNow),
            Some("531") => Outcome::AccountProblem(Account::NotFromHere),
            Some("532") => Outcome::AccountProblem(Account::PasswordExpired),
            Some("533") => Outcome::AccountProblem(Account::Disabled),
            Some("701") => Outcome::AccountProblem(Account::Expired),
            Some("773") => Outcome::AccountProblem(Account::PasswordMustChange),
            Some("775") => Outcome::AccountProblem(Account::LockedOut),
            _ => Outcome::Wrong,
        },
        // noSuchObject, invalidDNSyntax: the name that the template makes is nobody's.
        32 | 34 => Outcome::AccountProblem(Account::NoEntry),
        // constraintViolation, inappropriateAuthentication, insufficientAccessRights, unwillingToPerform
        code @ (19 | 48 | 50 | 53) => Outcome::AccountProblem(Account::Refused(code)),
        // Among them a referral: where it leads, nobody was asked to trust.
        _ => return Err(Trouble::Answer(answered.to_string())),
    })
}

/// Active Directory says more in the text: `…: AcceptSecurityContext error, data 52e, v4563`.
fn sub_code(text: &str) -> Option<&str> {
    let (_, data) = text.split_once("data ")?;
    data.split([',', ' ']).next()
}

#[cfg(test)]
mod tests {
    use super::{AccountProblem, of_bind};
    use crate::network::Outcome;
    use portner_ldap::Answered;

    fn outcome(code: u32, text: &str) -> Option<Outcome> {
        of_bind(&Answered { code, text: text.to_owned() }).ok()
    }

    #[test]
    fn what_active_directory_says_of_an_account_is_understood() {
        let check = |data: &str, problem: Option<AccountProblem>| {
            let text = format!(
                "80090308: LdapErr: DSID-0C090439, comment: AcceptSecurityContext error, data {data}, v4563"
            );
            match (outcome(49, &text), problem) {
                (Some(Outcome::AccountProblem(said)), Some(problem)) => assert_eq!(said, problem, "{data}"),
                (Some(Outcome::Wrong), None) => {}
                (said, problem) => panic!("{data}: {said:?} is not {problem:?}"),
            }
        };
        check("52e", None);
        check("525", Some(AccountProblem::NoEntry));
        check("530", Some(AccountProblem::NotNow));
        check("531", Some(AccountProblem::NotFromHere));
        check("532", Some(AccountProblem::PasswordExpired));
        check("533", Some(AccountProblem::Disabled));
        check("701", Some(AccountProblem::Expired));
        check("773", Some(AccountProblem::PasswordMustChange));
        check("775", Some(AccountProblem::LockedOut));
        check("9999", None);
    }

    #[test]
    fn what_says_nothing_about_the_password_is_trouble() {
        assert!(matches!(outcome(0, ""), Some(Outcome::Right)));
        assert!(matches!(outcome(49, ""), Some(Outcome::Wrong)));
        for code in [1, 2, 3, 8, 10, 13, 14, 51, 52, 80, 4096] {
            assert!(outcome(code, "data 533").is_none(), "{code}");
        }
    }
}
