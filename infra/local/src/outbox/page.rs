//! `/_local/outbox`: JSON for programs, and for people a page that shows each
//! message as its reader would see it.
//!
//! The page has no script. A message's HTML stands in a sandboxed frame, so it
//! has none either; its links open in a tab of their own.

use axum::{
    response::{IntoResponse, Response},
    routing::{MethodRouter, get},
};
use http::{HeaderMap, StatusCode, Uri, header};

use super::{Channel, Mail};
use crate::aws::{Front, decoded, escaped};

mod upstream;

/// The route's answers.
pub(crate) fn routes(front: Front) -> MethodRouter {
    get(move |uri: Uri, headers: HeaderMap| {
        let front = front.clone();
        async move {
            match mails(&front).await {
                Ok(mails) if wants_page(&headers) => page(&mails, &Asked::of(&uri)),
                Ok(mails) => answer("application/json", serde_json::to_string(&mails).unwrap_or_default()),
                Err(error) => (StatusCode::BAD_GATEWAY, error).into_response(),
            }
        }
    })
}

/// Everything sent, the newest last.
pub(crate) async fn mails(front: &Front) -> Result<Vec<Mail>, String> {
    match &front.services().upstream {
        Some(upstream) => upstream::mails(upstream, front.services().clock.now()).await,
        None => Ok(front.services().outbox.all()),
    }
}

fn wants_page(headers: &HeaderMap) -> bool {
    let accept = headers.get(header::ACCEPT).and_then(|accept| accept.to_str().ok());
    accept.is_some_and(|accept| accept.contains("text/html"))
}

fn answer(kind: &str, body: String) -> Response {
    let head = [
        (header::CONTENT_TYPE, format!("{kind}; charset=utf-8")),
        (header::CACHE_CONTROL, "no-store".to_owned()),
        (
            header::CONTENT_SECURITY_POLICY,
            "default-src 'none'; style-src 'unsafe-inline'; img-src https: data:; \
             base-uri 'self'; form-action 'none'; frame-ancestors 'none'"
                .to_owned(),
        ),
    ];
    (head, body).into_response()
}

/// What the page's address asks for.
#[derive(Debug, Default, PartialEq, Eq)]
struct Asked {
    id: Option<String>,
    view: View,
    refresh: bool,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum View {
    #[default]
    Rendered,
    Text,
    Source,
}

impl View {
    const ALL: [(View, &'static str, &'static str); 3] = [
        (View::Rendered, "rendered", "As it looks"),
        (View::Text, "text", "Text part"),
        (View::Source, "source", "HTML source"),
    ];

    fn name(self) -> &'static str {
        View::ALL.iter().find(|(view, ..)| *view == self).map_or("rendered", |(_, name, _)| name)
    }
}

impl Asked {
    fn of(uri: &Uri) -> Asked {
        let mut asked = Asked::default();
        for (name, value) in uri.query().unwrap_or_default().split('&').filter_map(|pair| pair.split_once('=')) {
            match name {
                "id" => asked.id = Some(decoded(value)),
                "view" => {
                    let named = View::ALL.iter().find(|(_, view, _)| *view == value);
                    asked.view = named.map_or(View::Rendered, |(view, ..)| *view);
                }
                "refresh" => asked.refresh = value == "on",
                _ => {}
            }
        }
        asked
    }

    /// The address of the page, for use in an attribute.
    fn link(&self) -> String {
        let mut parts = Vec::new();
        parts.extend(self.id.as_ref().map(|id| format!("id={}", escaped(&encoded(id)))));
        parts.extend((self.view != View::Rendered).then(|| format!("view={}", self.view.name())));
        parts.extend(self.refresh.then(|| "refresh=on".to_owned()));
        format!("/_local/outbox?{}", parts.join("&amp;"))
    }
}

fn encoded(text: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
    text.bytes().map(|byte| if plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") }).collect()
}

fn page(mails: &[Mail], asked: &Asked) -> Response {
    // one message to many has one id: its place makes it unique
    let keyed: Vec<(String, &Mail)> =
        mails.iter().enumerate().map(|(at, mail)| (format!("{}-{at}", mail.id), mail)).collect();
    let shown = match &asked.id {
        Some(id) => keyed.iter().find(|(key, _)| key == id),
        None => keyed.last(),
    };
    let list: String =
        keyed.iter().rev().map(|entry| item(entry, shown.is_some_and(|s| s.0 == entry.0), asked)).collect();
    let empty = "<p class=\"empty\">Nothing has been sent yet. Register at \
                 <code>POST /v1/register</code>, and the mail appears here.</p>";
    let reader = shown.map_or_else(|| empty.to_owned(), |(key, mail)| message(key, mail, asked));
    let toggled = Asked { id: asked.id.clone(), view: asked.view, refresh: !asked.refresh };
    let (label, meta) = match asked.refresh {
        true => ("Stop refreshing", "<meta http-equiv=\"refresh\" content=\"3\">"),
        false => ("Refresh every 3 s", ""),
    };
    let count = mails.len();
    answer(
        "text/html",
        format!(
            "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\">{meta}\
             <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\
             <title>Outbox ({count}) · Portico</title><style>{STYLE}</style></head><body>\
             <header><h1>Outbox</h1><p>{count} sent, nothing delivered: this is your machine.</p>\
             <a class=\"button\" href=\"{}\">{label}</a></header>\
             <nav aria-label=\"Messages\"><ul>{list}</ul></nav><main>{reader}</main></body></html>",
            toggled.link(),
        ),
    )
}

fn item((key, mail): &(String, &Mail), current: bool, asked: &Asked) -> String {
    let to = Asked { id: Some(key.clone()), view: View::Rendered, refresh: asked.refresh };
    let title = match mail.channel {
        Channel::Email => &mail.subject,
        Channel::Sms => &mail.text,
    };
    let code = mail.code.as_ref().map(|code| format!("<span class=\"code\">{}</span>", escaped(code)));
    format!(
        "<li><a href=\"{}\"{}><span class=\"title\" dir=\"auto\">{}</span>{}\
         <span class=\"to\">{}{}</span><time>{}</time></a></li>",
        to.link(),
        if current { " aria-current=\"true\"" } else { "" },
        escaped(title),
        code.unwrap_or_default(),
        if mail.channel == Channel::Sms { "SMS to " } else { "" },
        escaped(&mail.to),
        mail.at.strftime("%H:%M:%S"),
    )
}

fn message(key: &str, mail: &Mail, asked: &Asked) -> String {
    let fact = |name: &str, value: &str| match value {
        "" => String::new(),
        value => format!("<dt>{name}</dt><dd dir=\"auto\">{}</dd>", escaped(value)),
    };
    let code =
        mail.code.as_ref().map(|code| format!("<dt>Code</dt><dd><code class=\"big\">{}</code></dd>", escaped(code)));
    let link = mail.link.as_ref().map(|link| {
        let link = escaped(link);
        format!("<dt>Link</dt><dd><a href=\"{link}\" target=\"_blank\" rel=\"noopener\">{link}</a></dd>")
    });
    let facts = format!(
        "<dl>{}{}{}{}{}</dl>",
        fact("From", &mail.from),
        fact("To", &mail.to),
        fact("Sent", &mail.at.strftime("%Y-%m-%d %H:%M:%S UTC").to_string()),
        code.unwrap_or_default(),
        link.unwrap_or_default(),
    );
    let title = match mail.channel {
        Channel::Email => escaped(&mail.subject),
        Channel::Sms => format!("Text message to {}", escaped(&mail.to)),
    };
    let view = if mail.html.is_empty() { View::Text } else { asked.view };
    format!(
        "<article aria-labelledby=\"subject\"><h2 id=\"subject\" dir=\"auto\">{title}</h2>{facts}{}{}\
         </article>",
        if mail.html.is_empty() { String::new() } else { tabs(key, view, asked) },
        body(mail, view),
    )
}

fn tabs(key: &str, view: View, asked: &Asked) -> String {
    let tabs: String = View::ALL
        .iter()
        .map(|(of, _, label)| {
            let to = Asked { id: Some(key.to_owned()), view: *of, refresh: asked.refresh };
            let current = if *of == view { " aria-current=\"page\"" } else { "" };
            format!("<a href=\"{}\"{current}>{label}</a>", to.link())
        })
        .collect();
    format!("<nav class=\"tabs\" aria-label=\"Views of this message\">{tabs}</nav>")
}

fn body(mail: &Mail, view: View) -> String {
    match view {
        View::Rendered => format!(
            "<iframe title=\"The message as its reader sees it\" \
             sandbox=\"allow-popups allow-popups-to-escape-sandbox\" srcdoc=\"{}\"></iframe>",
            escaped(&format!("<base target=\"_blank\">{}", mail.html)),
        ),
        View::Text => format!("<pre dir=\"auto\" tabindex=\"0\">{}</pre>", escaped(&mail.text)),
        View::Source => format!("<pre tabindex=\"0\">{}</pre>", escaped(&mail.html)),
    }
}

const STYLE: &str = include_str!("page.css");

#[cfg(test)]
mod tests;
