//! The settings that there are. A name that nobody reads is refused: whoever mistypes one would believe
//! that it holds.

use std::collections::BTreeSet;

use crate::{StartError, template::FunctionSpec};

/// Settings that the template leaves to their defaults. (With what it gives to functions, these are all;
/// a house test compares both with what the code reads.)
pub const DEFAULTS: [&str; 41] = [
    "DISPATCH_LOOPBACK",
    "KEY_ROTATION_SECONDS",
    "LIMIT_AUTHORIZE_PER_CLIENT",
    "LIMIT_CLIENTS_PER_CLIENT",
    "LIMIT_CONSENT_PER_CLIENT",
    "LIMIT_CONSENT_PER_CUSTOMER",
    "LIMIT_DEVICE_CODE_PER_BROWSER",
    "LIMIT_DEVICE_CODE_PER_CLIENT",
    "LIMIT_DEVICE_PER_CLIENT",
    "LIMIT_DOCUMENTS_PER_CLIENT",
    "LIMIT_DOCUMENTS_PER_DOCUMENT",
    "LIMIT_DOCUMENTS_PER_HOST",
    "LIMIT_EMAIL_PER_CUSTOMER",
    "LIMIT_ERASE_PER_CLIENT",
    "LIMIT_EXPORT_PER_CUSTOMER",
    "LIMIT_EXPORT_PER_OPERATOR",
    "LIMIT_EXPORT_PER_REQUEST",
    "LIMIT_FACTORS_PER_CUSTOMER",
    "LIMIT_LOGIN_PER_ADDRESS",
    "LIMIT_LOGIN_PER_ADDRESS_DAY",
    "LIMIT_LOGIN_PER_CLIENT",
    "LIMIT_LOGIN_PER_DEVICE",
    "LIMIT_LOGIN_PER_DEVICE_DAY",
    "LIMIT_MAIL_PER_ADDRESS",
    "LIMIT_MFA_PER_CLIENT",
    "LIMIT_MFA_PER_CUSTOMER",
    "LIMIT_MFA_PER_CUSTOMER_DAY",
    "LIMIT_PASSKEY_PER_CLIENT",
    "LIMIT_PASSWORDLESS_PER_CLIENT",
    "LIMIT_PASSWORD_PER_CUSTOMER",
    "LIMIT_PASSWORD_PER_CUSTOMER_DAY",
    "LIMIT_RECOVERY_PER_CUSTOMER",
    "LIMIT_RECOVER_PER_CLIENT",
    "LIMIT_REGISTER_PER_ADDRESS",
    "LIMIT_REGISTER_PER_CLIENT",
    "LIMIT_SMS_PER_CUSTOMER",
    "LIMIT_SMS_PER_DAY",
    "LIMIT_SMS_PER_NUMBER",
    "LIMIT_SMS_PER_PREFIX",
    "LIMIT_TOKEN_PER_CLIENT",
    "LIMIT_VERIFY_PER_CLIENT",
];

/// What Lambda and the SDKs read.
const AWS: &str = "AWS_";

/// Refuses names that are no settings of these functions.
pub(crate) fn check(functions: &[FunctionSpec], settings: &[(String, String)]) -> Result<(), StartError> {
    let given = functions.iter().flat_map(|function| function.environment.keys()).map(String::as_str);
    let known: BTreeSet<&str> = given.chain(DEFAULTS).collect();
    let is_known = |name: &str| known.contains(name) || name.starts_with(AWS);
    match settings.iter().find(|(name, _)| !is_known(name)) {
        None => Ok(()),
        Some((name, _)) => Err(StartError::UnknownSetting { name: name.clone(), instead: instead(name, &known) }),
    }
}

/// What may have been meant: the names that are near it, or all.
fn instead(name: &str, known: &BTreeSet<&str>) -> String {
    let wanted = letters(name);
    let most = 1 + wanted.len() / 5;
    let mut near: Vec<(usize, &str)> = known
        .iter()
        .map(|known| {
            let letters = letters(known);
            let is_part = wanted.len() > 2 && letters.contains(&wanted);
            (if is_part { most.min(distance(&wanted, &letters)) } else { distance(&wanted, &letters) }, *known)
        })
        .filter(|(distance, _)| *distance <= most)
        .collect();
    near.sort_unstable();
    if near.is_empty() {
        return format!("there are {}", known.iter().copied().collect::<Vec<_>>().join(", "));
    }
    let names: Vec<_> = near.into_iter().take(5).map(|(_, name)| name).collect();
    format!("did you mean {}?", names.join(" or "))
}

/// A name as it is compared: the template's `EmailSignIn` is the setting `EMAIL_SIGN_IN`.
fn letters(name: &str) -> String {
    name.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_uppercase()).collect()
}

/// How many letters have to be put in, left out or replaced (Levenshtein).
fn distance(from: &str, to: &str) -> usize {
    let mut row: Vec<usize> = (0..=to.len()).collect();
    for (n, a) in from.bytes().enumerate() {
        let (mut before, mut last) = (n, n + 1);
        for (cell, b) in row.iter_mut().skip(1).zip(to.bytes()) {
            let replaced = before + usize::from(a != b);
            before = *cell;
            last = replaced.min(before + 1).min(last + 1);
            *cell = last;
        }
        if let Some(first) = row.first_mut() {
            *first = n + 1;
        }
    }
    row.last().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stack;

    fn refused(name: &str) -> Option<String> {
        let functions = stack::template().unwrap().functions(&stack::place(&[])).unwrap();
        check(&functions, &[(name.to_owned(), String::new())]).err().map(|error| error.to_string())
    }

    #[test]
    fn names_that_nobody_reads_are_refused_with_what_may_have_been_meant() {
        for known in ["EMAIL_SIGN_IN", "LIMIT_EXPORT_PER_CUSTOMER", "PURPOSES", "KEY_ROTATION_SECONDS", "AWS_REGION"] {
            assert_eq!(refused(known), None, "{known}");
        }
        for (wrong, meant) in [
            ("EMAIL_SIGNIN", "did you mean EMAIL_SIGN_IN"),
            ("EmailSignIn", "did you mean EMAIL_SIGN_IN"),
            ("EMAIL_SING_IN", "did you mean EMAIL_SIGN_IN"),
            ("email_sign_in", "did you mean EMAIL_SIGN_IN"),
            ("MFA", " or MFA_POLICY?"),
            ("LIMIT_EXPORTS_PER_CUSTOMER", "did you mean LIMIT_EXPORT_PER_CUSTOMER"),
        ] {
            let said = refused(wrong).unwrap();
            assert!(said.contains(wrong) && said.contains(meant), "{said}");
        }
        for odd in ["", "WEATHER", "Größe", "ARGON2_MEMORY_KIB_AND_MUCH_MORE_THAN_THAT"] {
            let said = refused(odd).unwrap();
            assert!(said.contains("there are ACCESS_TOKEN_SECONDS, ADMINISTRATORS, "), "{said}");
        }
    }

    #[test]
    fn names_are_as_far_apart_as_their_letters() {
        for (from, to, far) in
            [("", "", 0), ("abc", "abc", 0), ("", "abc", 3), ("kitten", "sitting", 3), ("ab", "ba", 2)]
        {
            assert_eq!((distance(from, to), distance(to, from)), (far, far), "{from} {to}");
        }
    }
}
