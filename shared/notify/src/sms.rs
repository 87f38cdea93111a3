//! An SMS: a code, and the line by which a phone offers it to the right site only; or one sentence.

use domain::{Brand, Code, Delivery, Locale, Message, Notice, PhoneNumber};

use crate::{SendError, texts::language};

/// An SMS, ready to be sent. Prints without its text: it holds a code.
#[derive(Clone, PartialEq, Eq)]
pub struct Sms {
    /// Whom it goes to.
    pub to: PhoneNumber,
    /// What it says.
    pub text: String,
}

impl Sms {
    /// The SMS that a delivery asks for. No link ever stands in one: who reads an SMS can't see whose
    /// it is.
    ///
    /// # Errors
    /// [`SendError::Rejected`] for a message that is none for a phone.
    pub(crate) fn write(to: &PhoneNumber, delivery: &Delivery, brand: &Brand) -> Result<Self, SendError> {
        let Delivery { locale, issuer, message, .. } = delivery;
        let sentence = |say: fn(&str) -> String| Ok(Self { to: to.clone(), text: say(brand.name()) });
        match message {
            Message::FactorCode { code, .. } => Ok(Self::code(to.clone(), *locale, code, issuer, brand)),
            Message::Notice { what: Notice::RecoveryStarted { .. }, .. } => sentence(language(*locale).sms_recovery),
            Message::Notice { what: Notice::Recovered {}, .. } => sentence(language(*locale).sms_recovered),
            Message::Registration { .. }
            | Message::AlreadyRegistered {}
            | Message::EmailChange { .. }
            | Message::EmailChanged { .. }
            | Message::SignInCode { .. }
            | Message::SignInLink { .. }
            | Message::PasswordReset { .. }
            | Message::NoAccount {}
            | Message::ConsentOptIn { .. }
            | Message::PasswordChanged { .. }
            | Message::Notice { .. }
            | Message::ErasureRequested { .. }
            | Message::ErasureOnHold { .. }
            | Message::ErasureWithdrawn { .. }
            | Message::Erased { .. }
            | Message::Inactive { .. }
            | Message::SessionsEnded { .. }
            | Message::RequestDue { .. } => Err(SendError::rejected("not_for_a_phone")),
        }
    }

    /// The SMS that brings a code. Its last line is an origin-bound one-time code: phones fill it in
    /// on the issuer's host and nowhere else.
    #[must_use]
    pub fn code(to: PhoneNumber, locale: Locale, code: &Code, issuer: &str, brand: &Brand) -> Self {
        let sentence = (language(locale).sms)(code.reveal(), brand.name());
        let host = issuer.split("://").nth(1).unwrap_or(issuer).split(['/', ':']).next().unwrap_or_default();
        Self { to, text: format!("{sentence}\n\n@{host} #{}", code.reveal()) }
    }
}

impl std::fmt::Debug for Sms {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Sms(***)")
    }
}

#[cfg(test)]
mod tests {
    use domain::{Recipient, Secret, Settings, Timestamp};

    use super::*;
    use crate::{Rendered, render};

    fn brand() -> Brand {
        Brand::new(&Settings::new([("BRAND_NAME", "Acme")])).unwrap()
    }

    fn sms(locale: Locale, message: Message) -> Result<Sms, SendError> {
        let to = Recipient::Phone(PhoneNumber::parse("+4915112345678").unwrap());
        let issuer = "https://id.example.com:8443/x".into();
        let delivery = Delivery { to, locale, issuer, jurisdiction: None, message };
        render(&delivery, &brand()).map(|rendered| match rendered {
            Rendered::Sms(sms) => sms,
            Rendered::Mail(mail) => panic!("{mail:?}"),
        })
    }

    fn notice(what: Notice) -> Message {
        let (at, link) = (Timestamp::UNIX_EPOCH, Secret::new("https://id.example.com:8443/x/undo".into()));
        Message::Notice { what, at, device: "Firefox".into(), place: None, link, until: at }
    }

    #[test]
    fn a_code_is_bound_to_the_issuers_host() {
        for locale in Locale::ALL {
            let code = Code::parse("123456").unwrap();
            let sms = sms(locale, Message::FactorCode { code, expires_at: Timestamp::UNIX_EPOCH }).unwrap();
            assert!(sms.text.starts_with("123456 ") && sms.text.contains("Acme"), "{}", sms.text);
            assert!(sms.text.ends_with("\n\n@id.example.com #123456"), "{}", sms.text);
            assert_eq!(format!("{sms:?}{:?}", sms.to), "Sms(***)PhoneNumber(***)");
        }
    }

    #[test]
    fn a_recovery_is_one_sentence_without_a_link() {
        let said = [Notice::RecoveryStarted { ready_at: Timestamp::UNIX_EPOCH }, Notice::Recovered {}];
        let all = Locale::ALL.into_iter().flat_map(|locale| said.clone().map(|what| (locale, what)));
        let mut texts: Vec<_> = all
            .map(|(locale, what)| {
                let sms = sms(locale, notice(what)).unwrap();
                assert!(sms.text.contains("Acme") && !sms.text.contains("://"), "{}", sms.text);
                assert!(sms.text.chars().count() <= 160, "{}", sms.text);
                sms.text
            })
            .collect();
        assert!(texts[..2].iter().all(|text| text.is_ascii()), "the cheaper alphabet: {texts:?}");
        texts.sort_unstable();
        assert!(texts.windows(2).all(|two| two[0] != two[1]));
    }

    #[test]
    fn nothing_else_goes_to_a_phone() {
        for message in [Message::AlreadyRegistered {}, Message::NoAccount {}, notice(Notice::NewDevice {})] {
            assert_eq!(sms(Locale::En, message), Err(SendError::rejected("not_for_a_phone")));
        }
    }
}
