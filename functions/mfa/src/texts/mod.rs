//! What the pages say: one file per language, no text anywhere else.
//!
//! A language is a value of [`Texts`], so a text that is missing does not compile. Tone: as in mails.

mod ar;
mod de;
mod en;
mod es;
mod fr;

use domain::{Locale, Method};

/// One language.
pub(crate) struct Texts {
    pub(crate) title: &'static str,
    pub(crate) enrol_title: &'static str,
    pub(crate) totp_lead: &'static str,
    pub(crate) recovery_code_lead: &'static str,
    /// A second factor has to be enrolled.
    pub(crate) begin_lead: &'static str,
    pub(crate) begin: &'static str,
    pub(crate) begin_again: &'static str,
    pub(crate) scan: &'static str,
    pub(crate) picture: &'static str,
    pub(crate) open_app: &'static str,
    pub(crate) by_hand: &'static str,
    /// Only a passkey would do, or nothing that this page can ask for.
    pub(crate) nothing: &'static str,
    /// There is a passkey too.
    pub(crate) no_passkey: &'static str,
    pub(crate) code: &'static str,
    pub(crate) recovery_code: &'static str,
    pub(crate) send: &'static str,
    pub(crate) send_again: &'static str,
    pub(crate) remember: &'static str,
    pub(crate) go_on: &'static str,
    pub(crate) cancel: &'static str,
    pub(crate) another: &'static str,
    /// The ways, as they are chosen among.
    pub(crate) by_totp: &'static str,
    pub(crate) by_sms: &'static str,
    pub(crate) by_email: &'static str,
    pub(crate) by_recovery_code: &'static str,
    /// What was typed can be no code.
    pub(crate) no_code: &'static str,
    pub(crate) no_recovery_code: &'static str,
    /// A sign-in that is over, while the app still waits.
    pub(crate) over_title: &'static str,
    pub(crate) over: &'static str,
    pub(crate) again: &'static str,
    /// A code can be sent to this address or number, masked.
    pub(crate) to_send: fn(&str) -> String,
    /// One is on its way there.
    pub(crate) sent: fn(&str) -> String,
    /// The code is wrong; so many tries are left.
    pub(crate) wrong: fn(u32) -> String,
}

impl Texts {
    /// The name of a method that these pages ask for.
    pub(crate) fn name(&self, method: Method) -> Option<&'static str> {
        match method {
            Method::Totp => Some(self.by_totp),
            Method::Sms => Some(self.by_sms),
            Method::Email => Some(self.by_email),
            Method::RecoveryCode => Some(self.by_recovery_code),
            Method::Passkey | Method::Password | Method::DelayedRecovery => None,
        }
    }
}

/// The texts of a language.
pub(crate) fn texts(locale: Locale) -> &'static Texts {
    match locale {
        Locale::En => &en::TEXTS,
        Locale::De => &de::TEXTS,
        Locale::Fr => &fr::TEXTS,
        Locale::Es => &es::TEXTS,
        Locale::Ar => &ar::TEXTS,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_language_borrows_from_another() {
        let all = Locale::ALL.map(|locale| {
            let t = texts(locale);
            let (to_send, sent, wrong) = ((t.to_send)("TO"), (t.sent)("TO"), (t.wrong)(3));
            assert!(to_send.contains("TO") && sent.contains("TO") && wrong.contains('3'), "{locale:?}");
            let plain = [
                t.title,
                t.enrol_title,
                t.totp_lead,
                t.recovery_code_lead,
                t.begin_lead,
                t.begin,
                t.begin_again,
                t.scan,
                t.picture,
                t.open_app,
                t.by_hand,
                t.nothing,
                t.no_passkey,
                t.recovery_code,
                t.send,
                t.send_again,
                t.remember,
                t.go_on,
                t.cancel,
                t.another,
                t.by_totp,
                t.by_sms,
                t.by_email,
                t.by_recovery_code,
                t.no_code,
                t.no_recovery_code,
                t.over_title,
                t.over,
                t.again,
            ];
            plain.into_iter().map(str::to_owned).chain([to_send, sent, wrong]).collect::<Vec<_>>()
        });
        for (at, one) in all.iter().enumerate() {
            for other in &all[at + 1..] {
                for (text, theirs) in one.iter().zip(other) {
                    assert!(text.trim() == text && !text.is_empty() && text != theirs, "{text:?}");
                }
            }
        }
    }
}
