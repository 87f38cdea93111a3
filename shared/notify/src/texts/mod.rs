//! What the messages say: one file per language, no text anywhere else.
//!
//! A language is a value of [`Language`] and its words are an exhaustive `match` over the messages, so a text that is
//! missing does not compile; `notices` beside it has what concerns an account's safety, `erasure` what concerns its
//! end. Tone: short, warm, plain; the polite address where a language has one; what happened first, what to do second.
//! No code and no detail about the customer in a subject: subjects appear on lock screens and in SES's event
//! notifications.

mod ar;
mod de;
mod en;
mod es;
mod fr;

use domain::{DsarKind, Locale, Message, Method, Timestamp};

/// One language.
pub(crate) struct Language {
    /// What does not depend on the message.
    pub(crate) labels: Labels,
    /// A message's words.
    pub(crate) words: fn(&Message, &Say<'_>) -> Words,
    /// What a way of proving who one is is called.
    pub(crate) method: fn(Method) -> &'static str,
    /// What a data subject's request is called.
    pub(crate) asked: fn(DsarKind) -> &'static str,
    /// The sentence of an SMS: the code, then the deployment's name.
    pub(crate) sms: fn(&str, &str) -> String,
    /// The SMS that tells of a recovery, with the deployment's name.
    pub(crate) sms_recovery: fn(&str) -> String,
    /// The SMS that says that it was used.
    pub(crate) sms_recovered: fn(&str) -> String,
}

/// Names of buttons and facts.
pub(crate) struct Labels {
    /// Between a name and what it names.
    pub(crate) colon: &'static str,
    pub(crate) code: &'static str,
    pub(crate) verify: &'static str,
    pub(crate) undo: &'static str,
    pub(crate) sign_in: &'static str,
    pub(crate) reset: &'static str,
    pub(crate) not_me: &'static str,
    pub(crate) refuse: &'static str,
    pub(crate) agree: &'static str,
    /// Withdraws an erasure.
    pub(crate) keep: &'static str,
    /// Leads to the certificate of an erasure.
    pub(crate) certificate: &'static str,
    /// Introduces when an erasure is due.
    pub(crate) erased_from: &'static str,
    /// Introduces until when a legal hold puts that off.
    pub(crate) on_hold_until: &'static str,
    /// Introduces the button's address, for those who can't press it.
    pub(crate) address: &'static str,
    pub(crate) when: &'static str,
    pub(crate) device: &'static str,
    pub(crate) place: &'static str,
    pub(crate) new_address: &'static str,
    pub(crate) method: &'static str,
    /// Introduces the name that a customer has given.
    pub(crate) called: &'static str,
    /// Introduces how many recovery codes are left.
    pub(crate) left: &'static str,
    /// Introduces what somebody agreed to.
    pub(crate) purpose: &'static str,
    pub(crate) request: &'static str,
    pub(crate) asked: &'static str,
    pub(crate) due: &'static str,
    pub(crate) help: &'static str,
}

/// What one message says, in the order in which it is read.
pub(crate) struct Words {
    /// The subject line.
    pub(crate) subject: String,
    /// What a list of mails shows after the subject.
    pub(crate) preheader: String,
    /// The first line.
    pub(crate) headline: String,
    /// What it is about; the code or the facts follow.
    pub(crate) opening: Vec<String>,
    /// What to know next; the button follows.
    pub(crate) afterwards: Vec<String>,
    /// What to do or leave if it was somebody else, or the last word of advice.
    pub(crate) caution: String,
    /// Why this person gets this mail.
    pub(crate) reason: String,
}

impl Words {
    /// The words without a full stop or exclamation mark after a name that ends in one itself.
    pub(crate) fn punctuated(mut self, say: &Say<'_>) -> Self {
        let Some(mark) = say.name.chars().last().filter(|c| ".!?".contains(*c)) else { return self };
        let doubled = format!("{}{mark}", say.brand);
        let Self { subject: _, preheader, headline, opening, afterwards, caution, reason } = &mut self;
        for text in [preheader, headline, caution, reason].into_iter().chain(opening).chain(afterwards) {
            *text = text.replace(&doubled, &say.brand);
        }
        self
    }
}

/// What the words speak of.
pub(crate) struct Say<'a> {
    /// The deployment's name, bare: for the subject.
    pub(crate) name: &'a str,
    /// The deployment's name in a sentence: isolated where the writing runs the other way.
    pub(crate) brand: String,
    locale: Locale,
}

impl<'a> Say<'a> {
    /// The deployment `name`, spoken of in this language.
    pub(crate) fn new(locale: Locale, name: &'a str) -> Self {
        let brand = if locale.is_rtl() { format!("\u{2068}{name}\u{2069}") } else { name.to_owned() };
        Self { name, brand, locale }
    }

    /// A moment in words.
    pub(crate) fn when(&self, at: &Timestamp) -> String {
        domain::when(self.locale, *at)
    }
}

/// The language of a locale.
pub(crate) fn language(locale: Locale) -> &'static Language {
    match locale {
        Locale::En => &en::LANGUAGE,
        Locale::De => &de::LANGUAGE,
        Locale::Fr => &fr::LANGUAGE,
        Locale::Es => &es::LANGUAGE,
        Locale::Ar => &ar::LANGUAGE,
    }
}
