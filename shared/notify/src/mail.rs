//! A delivery becomes a mail: the same words as text and as HTML.

use askama::Template;
use domain::{Brand, Color, Delivery, Email, Message, unprintable};

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
/// A link that does not lead to the delivery's own issuer is left out, whoever put it there.
pub fn render(delivery: &Delivery, brand: &Brand) -> Mail {
    let locale = delivery.locale;
    let Language { labels, words, .. } = language(locale);
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
        facts: facts(&delivery.message, labels, &say),
        button: button(&delivery.message, labels).filter(|(_, link)| leads_to(&delivery.issuer, link)),
        support_url: brand.support_url(),
        support_text: brand.support_url().map(|url| url.trim_start_matches("mailto:")).unwrap_or_default(),
        words: &words,
    };
    Mail {
        to: delivery.to.clone(),
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
        Message::Registration { code, .. } | Message::EmailChange { code, .. } => Some(code.reveal()),
        Message::AlreadyRegistered {}
        | Message::EmailChanged { .. }
        | Message::PasswordChanged { .. }
        | Message::SessionsEnded { .. } => None,
    }
}

fn button<'a>(message: &'a Message, labels: &Labels) -> Option<(&'static str, &'a str)> {
    match message {
        Message::Registration { link, .. } => Some((labels.verify, link.reveal())),
        Message::EmailChanged { undo_link, .. } => Some((labels.undo, undo_link.reveal())),
        Message::AlreadyRegistered {}
        | Message::EmailChange { .. }
        | Message::PasswordChanged { .. }
        | Message::SessionsEnded { .. } => None,
    }
}

fn facts(message: &Message, labels: &Labels, say: &Say<'_>) -> Vec<(&'static str, String)> {
    match message {
        Message::EmailChanged { new_masked, at, .. } => {
            vec![(labels.new_address, plain(new_masked)), (labels.when, say.when(at))]
        }
        Message::PasswordChanged { at, device, place } => {
            let mut facts = vec![(labels.when, say.when(at)), (labels.device, plain(device))];
            facts.extend(place.as_deref().map(|place| (labels.place, plain(place))));
            facts
        }
        Message::SessionsEnded { at, .. } => vec![(labels.when, say.when(at))],
        Message::Registration { .. } | Message::AlreadyRegistered {} | Message::EmailChange { .. } => vec![],
    }
}

/// What others had a hand in, kept to one short line.
fn plain(value: &str) -> String {
    value.chars().filter(|&c| !unprintable(c)).take(120).collect()
}

fn leads_to(issuer: &str, link: &str) -> bool {
    let issuer = issuer.trim_end_matches('/');
    let web = issuer.starts_with("https://") || issuer.starts_with("http://");
    let inside = link.strip_prefix(issuer).is_some_and(|path| path.starts_with('/'));
    web && inside && link.len() <= 900 && link.chars().all(|c| c.is_ascii_graphic())
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
