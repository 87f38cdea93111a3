//! What the pages say: one file per language, no text anywhere else.
//!
//! A language is a value of [`Texts`], so a text that is missing does not compile. Tone: as in mails.

mod ar;
mod de;
mod en;
mod es;
mod fr;

use domain::Locale;

/// One language.
pub(crate) struct Texts {
    /// The title of the page that asks: the app.
    pub(crate) consent_title: fn(&str) -> String,
    /// What it asks: the app, and the deployment's name.
    pub(crate) consent_lead: fn(&str, &str) -> String,
    /// Where an app is that says itself what it is called: its host.
    pub(crate) consent_host: fn(&str) -> String,
    /// Where it has the browser led, if that is elsewhere.
    pub(crate) consent_back: fn(&str) -> String,
    /// The same on this very device.
    pub(crate) consent_back_here: &'static str,
    pub(crate) consent_hint: &'static str,
    pub(crate) allow: &'static str,
    pub(crate) deny: &'static str,
    pub(crate) policy: &'static str,
    pub(crate) terms: &'static str,
    pub(crate) form_post_title: &'static str,
    pub(crate) go_on: &'static str,
    /// A request that is over, and one that the app has got wrong: title and what to do.
    pub(crate) over: [&'static str; 2],
    pub(crate) wrong: [&'static str; 2],
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

    fn said(locale: Locale) -> Vec<String> {
        let t = texts(locale);
        let plain = [t.consent_hint, t.allow, t.deny, t.policy, t.terms, t.form_post_title, t.go_on];
        let all = plain.into_iter().chain(t.over).chain(t.wrong).map(str::to_owned);
        let of_hosts = [(t.consent_host)("HOST"), (t.consent_back)("HOST"), t.consent_back_here.to_owned()];
        assert!(of_hosts.iter().take(2).all(|text| text.contains("HOST")), "{of_hosts:?}");
        all.chain(of_hosts).chain([(t.consent_title)("APP"), (t.consent_lead)("APP", "BRAND")]).collect()
    }

    #[test]
    fn no_language_borrows_from_another() {
        let all = Locale::ALL.map(said);
        for (at, one) in all.iter().enumerate() {
            for other in &all[at + 1..] {
                for (text, theirs) in one.iter().zip(other) {
                    assert!(text.trim() == text && !text.is_empty() && text != theirs, "{text:?}");
                }
            }
            assert!(one.iter().rev().take(2).all(|text| text.contains("APP")), "{one:?}");
        }
    }
}
