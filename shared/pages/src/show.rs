//! The frame around every page.

use askama::Template;
use axum::response::{IntoResponse, Response};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use domain::{Brand, Color, ConfigError, Locale, Settings, digest};
use edge::{Kind, Problem};
use http::{
    HeaderName, HeaderValue, StatusCode,
    header::{CONTENT_LANGUAGE, CONTENT_SECURITY_POLICY, CONTENT_TYPE, LOCATION},
};

use crate::Words;
use crate::texts::texts;

/// How this deployment shows pages.
pub struct Pages {
    brand: Brand,
    style: String,
    policy: HeaderValue,
    /// The same for a page whose form leads to another site in the end.
    leading_out: HeaderValue,
}

/// What a browser may do with a page: show it in the one style that stands in it, and send its form
/// home. No script, no image, no frame, and no frame around it.
const POLICY: &str = "default-src 'none'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'; style-src ";

/// Browsers hold what a form's answer redirects to against `form-action` too, and an app may lead on to another
/// site, or to an address of its own scheme: whoever registers a client says where.
const LEADING_OUT: &str = "default-src 'none'; base-uri 'none'; frame-ancestors 'none'; style-src ";

impl Pages {
    /// Reads `BRAND_NAME`, `BRAND_COLOR` and `SUPPORT_URL`.
    ///
    /// # Errors
    /// When one can't be used.
    pub fn read(settings: &Settings) -> Result<Self, ConfigError> {
        let brand = Brand::new(settings)?;
        let style = style(brand.color());
        // The style is the same for every page, so its digest says more than a nonce would.
        let policy = |of: &str| {
            let policy = format!("{of}{}", hash(&style));
            HeaderValue::try_from(policy).map_err(|e| ConfigError::new("BRAND_COLOR", e))
        };
        Ok(Self { policy: policy(POLICY)?, leading_out: policy(LEADING_OUT)?, brand, style })
    }

    /// The deployment's name as it stands in a sentence.
    pub fn brand(&self, locale: Locale) -> String {
        isolated(locale, self.brand.name())
    }

    /// A page: its title, which is its headline too, and what stands below.
    pub fn show(&self, locale: Locale, title: &str, body: &impl Template) -> Response {
        self.frame(locale, title, body, self.policy.clone())
    }

    /// The same, with a form whose answer leads to another site.
    pub fn show_leading_out(&self, locale: Locale, title: &str, body: &impl Template) -> Response {
        self.frame(locale, title, body, self.leading_out.clone())
    }

    /// The same, with the one script that posts the form.
    pub fn show_posting(&self, locale: Locale, title: &str, body: &impl Template, script: &str) -> Response {
        let policy = format!("{LEADING_OUT}{}; script-src {}", hash(&self.style), hash(script));
        match HeaderValue::try_from(policy) {
            Ok(policy) => self.frame(locale, title, body, policy),
            Err(error) => Problem::internal(&error).into_response(),
        }
    }

    fn frame(&self, locale: Locale, title: &str, body: &impl Template, policy: HeaderValue) -> Response {
        let texts = texts(locale);
        let layout = Layout {
            lang: locale.tag(),
            dir: if locale.is_rtl() { "rtl" } else { "ltr" },
            title,
            brand: self.brand.name(),
            style: &self.style,
            help: texts.help,
            support_url: self.brand.support_url(),
            support_text: self.brand.support_url().map(|url| url.trim_start_matches("mailto:")).unwrap_or_default(),
            body,
        };
        let html = match layout.render() {
            Ok(html) => html,
            Err(error) => return Problem::internal(&error).into_response(),
        };
        let headers = [
            (CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8")),
            (CONTENT_LANGUAGE, HeaderValue::from_static(locale.tag())),
            (CONTENT_SECURITY_POLICY, policy),
            (HeaderName::from_static("cross-origin-opener-policy"), HeaderValue::from_static("same-origin")),
        ];
        (StatusCode::OK, headers, html).into_response()
    }

    /// A page that says something and asks for nothing.
    pub fn tell(&self, locale: Locale, words: &Words) -> Response {
        self.show(locale, &words.title, words)
    }

    /// The page of a sign-in for an app that can't go on in this browser.
    pub fn sign_in_over(&self, locale: Locale) -> Response {
        let [title, advice] = texts(locale).sign_in_over;
        self.refuse(locale, Problem::new(Kind::TransactionExpired), Some(Words::new(title, [advice])))
    }

    /// The page of a problem: what the flow says of it, or what there is to say of any such.
    pub fn refuse(&self, locale: Locale, problem: Problem, own: Option<Words>) -> Response {
        let words = own.unwrap_or_else(|| texts(locale).trouble(&problem));
        problem.on_page(self.tell(locale, &words))
    }
}

/// Leads on by `GET`, whatever was sent (RFC 9700 §4.12).
pub fn lead_on(address: &str) -> Response {
    match HeaderValue::from_str(address) {
        Ok(location) => (StatusCode::SEE_OTHER, [(LOCATION, location)]).into_response(),
        Err(error) => Problem::internal(&error).into_response(),
    }
}

/// Text whose letters may run the other way than the sentence around it.
pub fn isolated(locale: Locale, text: &str) -> String {
    if locale.is_rtl() { format!("\u{2068}{text}\u{2069}") } else { text.to_owned() }
}

/// What stands in the page, by its digest.
fn hash(inline: &str) -> String {
    format!("'sha256-{}'", STANDARD.encode(digest(inline.as_bytes())))
}

/// The style sheet in the deployment's colour.
fn style(color: Color) -> String {
    let (light, dark) = (Color::WHITE, Color::rgb(0x1c, 0x1d, 0x20));
    format!(
        ":root{{--brand:{color};--ink:{};--line:{};--line-on-dark:{}}}\n{}",
        color.ink(),
        color.line_on(light, Color::rgb(0x70, 0x74, 0x7c)),
        color.line_on(dark, Color::rgb(0x9a, 0x9e, 0xa8)),
        include_str!("../templates/style.css")
    )
}

#[derive(Template)]
#[template(path = "layout.html")]
struct Layout<'a, B: Template> {
    lang: &'a str,
    dir: &'a str,
    title: &'a str,
    brand: &'a str,
    style: &'a str,
    help: &'a str,
    support_url: Option<&'a str>,
    support_text: &'a str,
    /// A rendered template, which has escaped what it holds.
    body: &'a B,
}
