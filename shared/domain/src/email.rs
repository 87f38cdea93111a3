//! Mail addresses.

use email_address::{EmailAddress, Options};
use serde::{Deserialize, Serialize};
use unicode_normalization::UnicodeNormalization as _;

/// A mail address that mail can be sent to. Personal data: prints as `***`.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Email {
    local: String,
    domain: String,
}

/// Why a text is no usable address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum EmailError {
    /// Not an address by RFC 5321 and 5322, or longer than 254 bytes.
    #[error("is not an e-mail address")]
    Malformed,
    /// An address that mail can't be sent to from here: a bare host name or IP address as its
    /// domain, or a local part beyond ASCII, which SES does not carry (RFC 6531).
    #[error("is an address that mail can't be delivered to")]
    Undeliverable,
}

impl Email {
    /// Reads an address: quoted local parts, tags and internationalised domains included.
    ///
    /// # Errors
    /// When it is malformed, or no mail can reach it.
    pub fn parse(text: &str) -> Result<Self, EmailError> {
        let text = text.trim();
        if text.chars().any(char::is_control) {
            return Err(EmailError::Malformed);
        }
        let options = Options::default().without_display_text();
        let address = EmailAddress::parse_with_options(text, options).map_err(|_| EmailError::Malformed)?;
        let (local, domain) = (address.local_part(), address.domain());
        if domain.starts_with('[') || !local.is_ascii() {
            return Err(EmailError::Undeliverable);
        }
        let domain = idna::domain_to_ascii_strict(domain).map_err(|_| EmailError::Malformed)?;
        let last = domain.rsplit('.').next().unwrap_or_default();
        if !domain.contains('.') || last.bytes().all(|b| b.is_ascii_digit()) {
            return Err(EmailError::Undeliverable);
        }
        if local.len() + 1 + domain.len() > 254 {
            return Err(EmailError::Malformed);
        }
        Ok(Self { local: local.to_owned(), domain })
    }

    /// The address as mail is sent to it: the local part as it was typed, the domain in ASCII.
    pub fn reveal(&self) -> String {
        format!("{}@{}", self.local, self.domain)
    }

    /// The one form by which an address is recognised, however it was typed: providers treat
    /// local parts alike in either case, so two of them would be one mailbox; and quotes or
    /// backslashes that could be left out are no part of it (RFC 5321 §4.1.2).
    pub fn index_form(&self) -> String {
        let local: String = unquoted(&self.local).nfkc().collect::<String>().to_lowercase();
        format!("{local}@{}", self.domain.to_lowercase())
    }

    /// The parts that a password must not be made of.
    pub fn words(&self) -> impl Iterator<Item = &str> {
        [self.local.as_str(), self.domain.as_str()].into_iter().chain(self.domain.split('.').take(1))
    }

    /// The address with all but its first letter and its domain hidden: `a•••@example.com`.
    pub fn masked(&self) -> String {
        let first: String = self.local.chars().take(1).collect();
        format!("{first}•••@{}", self.domain)
    }
}

/// A local part with no more quotes and backslashes than it needs.
fn unquoted(local: &str) -> String {
    let Some(quoted) = local.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')) else { return local.to_owned() };
    let mut content = String::with_capacity(quoted.len());
    let mut rest = quoted.chars();
    while let Some(c) = rest.next() {
        content.extend(if c == '\\' { rest.next() } else { Some(c) });
    }
    let is_atom = |atom: &str| {
        !atom.is_empty() && atom.bytes().all(|b| b.is_ascii_alphanumeric() || b"!#$%&'*+-/=?^_`{|}~".contains(&b))
    };
    if content.split('.').all(is_atom) {
        return content;
    }
    format!("\"{}\"", content.replace('\\', r"\\").replace('"', r#"\""#))
}

impl TryFrom<String> for Email {
    type Error = EmailError;
    fn try_from(text: String) -> Result<Self, EmailError> {
        Self::parse(&text)
    }
}

impl From<Email> for String {
    fn from(email: Email) -> Self {
        email.reveal()
    }
}

impl std::fmt::Debug for Email {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Email(***)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn odd_but_legal_addresses_are_read() {
        for (text, sent, index) in [
            ("ada@example.com", "ada@example.com", "ada@example.com"),
            ("  Ada.L+shop@Example.COM ", "Ada.L+shop@example.com", "ada.l+shop@example.com"),
            ("\"ada love\"@example.com", "\"ada love\"@example.com", "\"ada love\"@example.com"),
            (
                "o'neil!#$%&*/=?^_`{|}~@example.com",
                "o'neil!#$%&*/=?^_`{|}~@example.com",
                "o'neil!#$%&*/=?^_`{|}~@example.com",
            ),
            ("ada@bücher.example", "ada@xn--bcher-kva.example", "ada@xn--bcher-kva.example"),
            ("a@b.co", "a@b.co", "a@b.co"),
        ] {
            let email = Email::parse(text).unwrap();
            assert_eq!((email.reveal().as_str(), email.index_form().as_str()), (sent, index));
        }
    }

    #[test]
    fn a_mailbox_has_one_index_however_it_is_quoted() {
        let index = |text: &str| Email::parse(text).unwrap().index_form();
        for same in [r#""ada.l"@example.com"#, r#""\a\d\a.l"@example.com"#, r#""ADA\.l"@example.com"#] {
            assert_eq!(index(same), "ada.l@example.com", "{same}");
            assert_eq!(Email::parse(same).unwrap().reveal(), same);
        }
        for other in
            [r#""ada..l"@example.com"#, r#""a\"da"@example.com"#, r#""a\\da"@example.com"#, r#""@"@example.com"#]
        {
            assert_eq!(index(other), other);
        }
    }

    #[test]
    fn what_is_no_address_is_refused() {
        let long = format!("{}@example.com", "a".repeat(65));
        for text in [
            "",
            "ada",
            "@example.com",
            "ada@",
            "ada@@example.com",
            "ada@exa mple.com",
            "Ada <ada@example.com>",
            "ada@example.com\r\nBcc: eve@example.com",
            "ada@-example.com",
            "ada..l@example.com",
            &long,
        ] {
            assert_eq!(Email::parse(text), Err(EmailError::Malformed), "{text}");
        }
        for text in ["ada@localhost", "ada@[127.0.0.1]", "ada@127.0.0.1", "jürgen@example.com"] {
            assert_eq!(Email::parse(text), Err(EmailError::Undeliverable), "{text}");
        }
    }
}
