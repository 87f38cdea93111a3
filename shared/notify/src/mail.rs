//! A delivery becomes a mail: the same words as text and as HTML.

use askama::Template;
use domain::{Brand, Color, Delivery, Email, Message, Notice, unprintable};

use crate::texts::{Labels, Language, Say, Words, language};

/// A mail, ready to be sent. Prints without its contents: they hold codes and links.
#[derive(Clone, PartialEq, Eq)]
pub struct Mail {
    /// Whom it goes to.
    pub to: Email,
    /// The message's name, for tags and metrics.
    pub kind: &'static str,
    /// The subject line: never a code, never anything that a person typed.
    pub subject: String,
    /// The text part. Complete: nothing stands only in the HTML.
    pub text: String,
    /// The HTML part: no images, no scripts, nothing loaded from anywhere.
    pub html: String,
}

impl std::fmt::Debug for Mail {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Mail({}, ***)", self.kind)
    }
}

/// Writes the mail that a delivery asks for, in its language and the deployment's name and colour.
///
/// A link that leads where its message does not lead is left out, whoever put it there.
pub(crate) fn write(to: &Email, delivery: &Delivery, brand: &Brand) -> Mail {
    let locale = delivery.locale;
    let language @ Language { labels, words, .. } = language(locale);
    let say = Say::new(locale, brand.name());
    let words = words(&delivery.message, &say).punctuated(&say);
    let layout = Layout {
        lang: locale.tag(),
        dir: if locale.is_rtl() { "rtl" } else { "ltr" },
        start: if locale.is_rtl() { "right" } else { "left" },
        brand: brand.name(),
        color: brand.color(),
        ink: brand.color().ink(),
        edge: brand.color().line_on(Color::WHITE, Color::rgb(0x70, 0x74, 0x7c)),
        edge_on_dark: brand.color().line_on(Color::rgb(0x1c, 0x1d, 0x20), Color::rgb(0x9a, 0x9e, 0xa8)),
        labels,
        code: code(&delivery.message),
        facts: facts(&delivery.message, language, &say),
        button: button(&delivery.message, labels).filter(|(_, link)| leads_right(delivery, link)),
        support_url: brand.support_url(),
        support_text: brand.support_url().map(|url| url.trim_start_matches("mailto:")).unwrap_or_default(),
        words: &words,
    };
    Mail {
        to: to.clone(),
        kind: delivery.message.kind(),
        text: text(&layout),
        html: html(&layout),
        subject: words.subject,
    }
}

#[derive(Template)]
#[template(path = "mail.html")]
struct Layout<'a> {
    lang: &'a str,
    dir: &'a str,
    start: &'a str,
    brand: &'a str,
    color: Color,
    ink: Color,
    edge: Color,
    edge_on_dark: Color,
    labels: &'a Labels,
    code: Option<&'a str>,
    facts: Vec<(&'a str, String)>,
    button: Option<(&'a str, &'a str)>,
    support_url: Option<&'a str>,
    support_text: &'a str,
    words: &'a Words,
}

fn code(message: &Message) -> Option<&str> {
    match message {
        Message::Registration { code, .. }
        | Message::EmailChange { code, .. }
        | Message::SignInCode { code, .. }
        | Message::FactorCode { code, .. }
        | Message::PasswordReset { code, .. } => Some(code.reveal()),
        Message::AlreadyRegistered {}
        | Message::EmailChanged { .. }
        | Message::SignInLink { .. }
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
        | Message::RequestDue { .. } => None,
    }
}

fn button<'a>(message: &'a Message, labels: &Labels) -> Option<(&'static str, &'a str)> {
    match message {
        Message::Registration { link, .. } => Some((labels.verify, link.reveal())),
        Message::EmailChanged { undo_link, .. } => Some((labels.undo, undo_link.reveal())),
        Message::SignInLink { link, .. } => Some((labels.sign_in, link.reveal())),
        Message::PasswordReset { link, .. } => Some((labels.reset, link.reveal())),
        Message::ConsentOptIn { link, .. } => Some((labels.agree, link.reveal())),
        Message::Notice { what: Notice::RecoveryStarted { .. }, link, .. } => Some((labels.refuse, link.reveal())),
        Message::PasswordChanged { link, .. } | Message::Notice { link, .. } => Some((labels.not_me, link.reveal())),
        Message::ErasureRequested { link, .. } => link.as_ref().map(|link| (labels.keep, link.reveal().as_str())),
        Message::Erased { link } => Some((labels.certificate, link.reveal())),
        Message::AlreadyRegistered {}
        | Message::EmailChange { .. }
        | Message::SignInCode { .. }
        | Message::FactorCode { .. }
        | Message::NoAccount {}
        | Message::ErasureOnHold { .. }
        | Message::ErasureWithdrawn { .. }
        | Message::Inactive { .. }
        | Message::SessionsEnded { .. }
        | Message::RequestDue { .. } => None,
    }
}

type Facts = Vec<(&'static str, String)>;

fn facts(message: &Message, language: &Language, say: &Say<'_>) -> Facts {
    let labels = &language.labels;
    match message {
        Message::EmailChanged { new_masked, at, .. } => {
            vec![(labels.new_address, plain(new_masked)), (labels.when, say.when(at))]
        }
        // Where from is the administrator's, and nobody else's business.
        Message::Notice { what: Notice::ExportMade {}, at, .. } => vec![(labels.when, say.when(at))],
        Message::Notice { what, at, device, place, .. } => {
            let mut facts = noticed(what, language);
            facts.extend(circumstances(labels, say.when(at), device, place.as_deref()));
            facts
        }
        Message::PasswordChanged { at, device, place, .. } => {
            circumstances(labels, say.when(at), device, place.as_deref())
        }
        Message::ConsentOptIn { title, .. } => vec![(labels.purpose, plain(title))],
        Message::SessionsEnded { at, .. } | Message::ErasureWithdrawn { at } => vec![(labels.when, say.when(at))],
        Message::ErasureRequested { at, due_at, on_hold_until, .. } => {
            let on_hold = on_hold_until.iter().map(|until| (labels.on_hold_until, say.when(until)));
            [(labels.when, say.when(at)), (labels.erased_from, say.when(due_at))].into_iter().chain(on_hold).collect()
        }
        Message::ErasureOnHold { until } => vec![(labels.on_hold_until, say.when(until))],
        Message::Inactive { until, on_hold_until } => {
            let on_hold = on_hold_until.iter().map(|until| (labels.on_hold_until, say.when(until)));
            std::iter::once((labels.erased_from, say.when(until))).chain(on_hold).collect()
        }
        Message::RequestDue { request, asked, due_at, .. } => vec![
            (labels.request, request.to_string()),
            (labels.asked, (language.asked)(*asked).to_owned()),
            (labels.due, say.when(due_at)),
        ],
        Message::Registration { .. }
        | Message::AlreadyRegistered {}
        | Message::EmailChange { .. }
        | Message::SignInCode { .. }
        | Message::SignInLink { .. }
        | Message::FactorCode { .. }
        | Message::PasswordReset { .. }
        | Message::Erased { .. }
        | Message::NoAccount {} => vec![],
    }
}

/// What a notice is about.
fn noticed(what: &Notice, language: &Language) -> Facts {
    let labels = &language.labels;
    match what {
        Notice::FactorAdded { method, name } | Notice::FactorRemoved { method, name } => {
            vec![(labels.method, (language.method)(*method).to_owned()), (labels.called, plain(name))]
        }
        Notice::PasskeyCopied { name } => vec![(labels.called, plain(name))],
        Notice::RecoveryCodeUsed { left } => vec![(labels.left, left.to_string())],
        Notice::NewDevice {}
        | Notice::RecoveryCodesMade {}
        | Notice::SecondFactorRefused {}
        | Notice::RecoveryStarted { .. }
        | Notice::RecoveryEnded {}
        | Notice::Recovered {}
        | Notice::ExportRequested {}
        | Notice::ExportMade {} => vec![],
    }
}

/// When and where from.
fn circumstances(labels: &Labels, when: String, device: &str, place: Option<&str>) -> Facts {
    let mut facts = vec![(labels.when, when), (labels.device, plain(device))];
    facts.extend(place.map(|place| (labels.place, plain(place))));
    facts
}

/// What others had a hand in, kept to one short line.
fn plain(value: &str) -> String {
    value.chars().filter(|&c| !unprintable(c)).take(120).collect()
}

/// Whether a link leads where its message leads: home, but for the one that goes back to an app.
fn leads_right(delivery: &Delivery, link: &str) -> bool {
    let is_one_line = link.len() <= 900 && link.chars().all(|c| c.is_ascii_graphic());
    let leads = match delivery.message {
        Message::SignInLink { .. } => leads_to_an_app(link),
        _ => leads_to(&delivery.issuer, link),
    };
    is_one_line && leads
}

fn leads_to(issuer: &str, link: &str) -> bool {
    let issuer = issuer.trim_end_matches('/');
    let web = issuer.starts_with("https://") || issuer.starts_with("http://");
    web && link.strip_prefix(issuer).is_some_and(|path| path.starts_with('/'))
}

/// Which apps there are is the registry's to know; here, that a stranger on the way reads nothing.
fn leads_to_an_app(link: &str) -> bool {
    let Some((scheme, rest)) = link.split_once("://") else { return false };
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let (host, port) = authority.split_once(':').unwrap_or((authority, "443"));
    let is_plain = !host.is_empty() && host.bytes().all(|b| b.is_ascii_alphanumeric() || b"-.".contains(&b));
    let is_private = scheme == "https" || (scheme == "http" && ["localhost", "127.0.0.1"].contains(&host));
    is_plain && is_private && port.parse::<u16>().is_ok()
}

#[expect(clippy::expect_used, reason = "writing to a String cannot fail, and every value is text or a colour")]
fn html(layout: &Layout<'_>) -> String {
    layout.render().expect("a template over text renders")
}

fn text(layout: &Layout<'_>) -> String {
    let Layout { words, labels, .. } = layout;
    let mut blocks = vec![words.headline.clone()];
    blocks.extend(words.opening.iter().cloned());
    blocks.extend(layout.code.map(|code| format!("{}{}\n{code}", labels.code, labels.colon)));
    let facts: Vec<String> =
        layout.facts.iter().map(|(label, value)| format!("{label}{} {value}", labels.colon)).collect();
    blocks.extend((!facts.is_empty()).then(|| facts.join("\n")));
    blocks.extend(words.afterwards.iter().cloned());
    blocks.extend(layout.button.map(|(label, link)| format!("{label}{}\n{link}", labels.colon)));
    blocks.push(words.caution.clone());
    blocks.push(format!("—\n{}", words.reason));
    blocks.extend(layout.support_url.map(|_| format!("{} {}", labels.help, layout.support_text)));
    blocks.join("\n\n") + "\n"
}

#[cfg(test)]
mod tests;
