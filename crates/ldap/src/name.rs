//! Distinguished names (RFC 4514), taken apart: what is escaped in them is part of a value and separates nothing.

use std::str::FromStr;

/// Longest name that is taken apart, in bytes.
const NAME_BYTES_MAX: usize = 8 * 1024;

/// A distinguished name.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct DistinguishedName(Vec<Part>);

/// One level of it. Of several pairs joined with a plus sign, the first.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Part {
    /// The kind, in small letters: `ou`.
    pub kind: String,
    /// The value, without escapes.
    pub value: String,
}

/// Not a distinguished name.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("it is no distinguished name; write one like \"ou=people,dc=example,dc=dk\"")]
pub struct BadName;

impl DistinguishedName {
    /// Its levels, from the bottom up, as they are written.
    pub fn parts(&self) -> &[Part] {
        &self.0
    }

    /// The levels that it has below another name; nothing if it is not below it. Case does not count.
    pub fn below(&self, base: &Self) -> Option<&[Part]> {
        let levels = self.0.len().checked_sub(base.0.len())?;
        let (below, rest) = self.0.split_at_checked(levels)?;
        let same = |(one, other): (&Part, &Part)| {
            one.kind == other.kind && one.value.to_lowercase() == other.value.to_lowercase()
        };
        rest.iter().zip(&base.0).all(same).then_some(below)
    }
}

impl FromStr for DistinguishedName {
    type Err = BadName;

    fn from_str(text: &str) -> Result<Self, BadName> {
        if text.len() > NAME_BYTES_MAX {
            return Err(BadName);
        }
        let levels = split(text, ',').into_iter().map(|level| {
            let first = split(level, '+').into_iter().next().ok_or(BadName)?;
            let (kind, value) = first.split_once('=').ok_or(BadName)?;
            let kind = kind.trim().to_ascii_lowercase();
            let sound = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '.';
            // A value in hexadecimal (2.4: one without a form for people) is told from no other text.
            if kind.is_empty() || !kind.chars().all(sound) || value.starts_with('#') {
                return Err(BadName);
            }
            Ok(Part { kind, value: plain(value)? })
        });
        levels.collect::<Result<_, _>>().map(Self)
    }
}

/// Cut where the sign is not escaped.
fn split(text: &str, at: char) -> Vec<&str> {
    let mut escaped = false;
    text.split(|c: char| {
        let cuts = c == at && !escaped;
        escaped = c == '\\' && !escaped;
        cuts
    })
    .collect()
}

/// A value without its escapes: a sign after a backslash, or two hexadecimal digits that are one byte of UTF-8.
fn plain(value: &str) -> Result<String, BadName> {
    let mut bytes = Vec::with_capacity(value.len());
    // Where what is escaped ends: blanks after it are not part of the value.
    let mut kept = 0;
    let mut rest = value.trim_start_matches(' ').bytes();
    while let Some(byte) = rest.next() {
        if byte != b'\\' {
            bytes.push(byte);
            continue;
        }
        let first = rest.next().ok_or(BadName)?;
        match digit(first) {
            Some(high) => {
                let low = rest.next().and_then(digit).ok_or(BadName)?;
                bytes.push(high * 16 + low);
            }
            None => bytes.push(first),
        }
        kept = bytes.len();
    }
    while bytes.len() > kept && bytes.last() == Some(&b' ') {
        bytes.pop();
    }
    String::from_utf8(bytes).map_err(|_| BadName)
}

fn digit(byte: u8) -> Option<u8> {
    char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok())
}

#[cfg(test)]
mod tests {
    use super::DistinguishedName;

    fn parts(text: &str) -> Option<Vec<String>> {
        let name: DistinguishedName = text.parse().ok()?;
        Some(name.parts().iter().map(|part| format!("{}={}", part.kind, part.value)).collect())
    }

    #[test]
    fn what_is_escaped_is_part_of_a_value() {
        let check = |text: &str, expected: &[&str]| assert_eq!(parts(text).unwrap(), expected, "{text}");
        check("CN=Anna, OU=Skole,DC=dk", &["cn=Anna", "ou=Skole", "dc=dk"]);
        check("cn=Berg\\, Bo,ou=a\\,ou\\=b,dc=dk", &["cn=Berg, Bo", "ou=a,ou=b", "dc=dk"]);
        check("cn=\\23 S\\C3\\B8ren\\2c x,dc=dk", &["cn=# Søren, x", "dc=dk"]);
        check("uid=a+cn=b,dc=dk", &["uid=a", "dc=dk"]);
        check("uid=a\\+cn=b,dc=dk", &["uid=a+cn=b", "dc=dk"]);
        check("cn=a\\\\,dc=dk", &["cn=a\\", "dc=dk"]);
        check("cn=a\\  ,dc=dk", &["cn=a ", "dc=dk"]);
        for bad in ["", "Anna", "cn", "=x", "cn=a,,dc=dk", "cn=#0403", "cn=\\", "cn=\\c3", "c n=x"] {
            assert_eq!(parts(bad), None, "{bad}");
        }
        assert_eq!(parts(&format!("cn={}", "x".repeat(10_000))), None);
    }

    #[test]
    fn a_name_is_below_another_whatever_its_case() {
        let name = |text: &str| text.parse::<DistinguishedName>().unwrap();
        let below = |one: &str, base: &str| name(one).below(&name(base)).map(<[_]>::len);
        assert_eq!(below("cn=A,ou=X,DC=Dk", "OU=x,dc=dk"), Some(1));
        assert_eq!(below("ou=x,dc=dk", "ou=x,dc=dk"), Some(0));
        assert_eq!(below("dc=dk", "ou=x,dc=dk"), None);
        assert_eq!(below("cn=a,ou=x\\,dc=dk", "dc=dk"), None, "the comma is part of the unit's name");
    }
}
