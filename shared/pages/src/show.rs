//! The frame around every page.

use std::borrow::Cow;
use std::fmt::Write as _;

use askama::Template;
use axum::response::{IntoResponse, Response};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use domain::{Brand, BrandTexts, Color, ConfigError, Locale, PageBrand, Settings, digest};
use edge::{Kind, Problem};
use http::{
    HeaderName, HeaderValue, StatusCode,
    header::{CONTENT_LANGUAGE, CONTENT_SECURITY_POLICY, CONTENT_TYPE, LOCATION},
};

use crate::Words;
use crate::texts::texts;

/// How this deployment shows pages: as its own, or as those of a brand ([`Pages::of`]).
#[derive(Clone)]
pub struct Pages {
    brand: Brand,
    /// The brand whose pages these are.
    looks: Option<PageBrand>,
    style: String,
    policy: HeaderValue,
    /// The same for a page whose form leads to another site in the end.
    leading_out: HeaderValue,
}

/// What a browser may do with a page: show it in the one style that stands in it, and send its form
/// home. No script, no frame, no frame around it, and no image but a brand's logo ([`LOGO`]).
const POLICY: &str = "default-src 'none'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'; style-src ";

/// Browsers hold what a form's answer redirects to against `form-action` too, and an app may lead on to another
/// site, or to an address of its own scheme: whoever registers a client says where.
const LEADING_OUT: &str = "default-src 'none'; base-uri 'none'; frame-ancestors 'none'; style-src ";

/// The logo of a brand stands in the page. Nothing is loaded, as before, and no template shows a picture that
/// anybody else has sent.
const LOGO: &str = "; img-src data:";

impl Pages {
    /// Reads `BRAND_NAME`, `BRAND_COLOR` and `SUPPORT_URL`.
    ///
    /// # Errors
    /// When one can't be used.
    pub fn read(settings: &Settings) -> Result<Self, ConfigError> {
        Ok(Self::with(Brand::new(settings)?, None))
    }

    /// The pages of a brand; the deployment's own where it is none.
    pub fn of(&self, looks: Option<&PageBrand>) -> Cow<'_, Self> {
        match looks {
            Some(looks) => Cow::Owned(Self::with(self.brand.clone(), Some(looks.clone()))),
            None => Cow::Borrowed(self),
        }
    }

    fn with(brand: Brand, looks: Option<PageBrand>) -> Self {
        let style = style(brand.color(), looks.as_ref());
        let picture = if looks.as_ref().is_some_and(|looks| looks.logo().is_some()) { LOGO } else { "" };
        // The style is the same for every page of a brand, so its digest says more than a nonce would.
        let policy = |of: &str| {
            let policy = HeaderValue::try_from(format!("{of}{}{picture}", hash(&style)));
            policy.unwrap_or(HeaderValue::from_static("default-src 'none'"))
        };
        Self { policy: policy(POLICY), leading_out: policy(LEADING_OUT), brand, looks, style }
    }

    /// Whose pages these are, as it stands in a sentence.
    pub fn brand(&self, locale: Locale) -> String {
        isolated(locale, self.name(locale))
    }

    fn name(&self, locale: Locale) -> &str {
        self.looks.as_ref().map_or(self.brand.name(), |looks| looks.name(locale))
    }

    /// What their brand says in this language in words of its own.
    pub fn own_texts(&self, locale: Locale) -> Option<&BrandTexts> {
        self.looks.as_ref().and_then(|looks| looks.texts(locale))
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
        let picture = if self.logo().is_some() { LOGO } else { "" };
        let policy = format!("{LEADING_OUT}{}{picture}; script-src {}", hash(&self.style), hash(script));
        match HeaderValue::try_from(policy) {
            Ok(policy) => self.frame(locale, title, body, policy),
            Err(error) => Problem::internal(&error).into_response(),
        }
    }

    fn frame(&self, locale: Locale, title: &str, body: &impl Template, policy: HeaderValue) -> Response {
        let texts = texts(locale);
        let looks = self.looks.as_ref();
        let support_url = looks.and_then(PageBrand::support_url).or(self.brand.support_url());
        let links = [
            (looks.and_then(PageBrand::privacy_url), "privacy", texts.privacy),
            (looks.and_then(PageBrand::terms_url), "terms", texts.terms),
        ];
        let layout = Layout {
            lang: locale.tag(),
            dir: if locale.is_rtl() { "rtl" } else { "ltr" },
            title,
            brand: self.name(locale),
            style: &self.style,
            logo: self.logo(),
            note: self.own_texts(locale).and_then(|own| own.footer.as_deref()),
            help: texts.help,
            support_url,
            support_text: support_url.map(readable).unwrap_or_default(),
            links: links.into_iter().filter_map(|(url, id, text)| Some(Link { url: url?, id, text })).collect(),
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

    fn logo(&self) -> Option<&str> {
        self.looks.as_ref().and_then(PageBrand::logo)
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

/// The style sheet in the deployment's colour, or in those of a brand. In the dark only the accent is the brand's: the
/// rest is as dark as everywhere, so that it can be read.
fn style(own: Color, looks: Option<&PageBrand>) -> String {
    let palette = looks.map(PageBrand::palette);
    let accent = palette.and_then(|palette| palette.accent).unwrap_or(own);
    let (light, field) =
        palette.map_or((Color::WHITE, Color::rgb(0x70, 0x74, 0x7c)), |palette| (palette.background, palette.field()));
    let dark = Color::rgb(0x1c, 0x1d, 0x20);
    let mut style = format!(
        ":root{{--brand:{accent};--ink:{};--line:{};--line-on-dark:{}}}\n{}",
        accent.ink(),
        accent.line_on(light, field),
        accent.line_on(dark, Color::rgb(0x9a, 0x9e, 0xa8)),
        include_str!("../templates/style.css")
    );
    if let Some(palette) = palette {
        let scheme = if palette.is_dark() { "dark" } else { "light" };
        let _ = writeln!(
            style,
            "@media not all and (prefers-color-scheme: dark){{:root{{color-scheme:{scheme};--ground:{};--card:{};--text:{};\
             --quiet:{};--rule:{};--field:{field};--wrong:{}}}}}",
            palette.ground(),
            palette.background,
            palette.text,
            palette.quiet(),
            palette.rule(),
            palette.wrong()
        );
    }
    style
}

/// A link's address as one reads it.
fn readable(url: &str) -> &str {
    url.trim_start_matches("mailto:").trim_start_matches("https://").trim_end_matches('/')
}

/// A link of the footer.
struct Link<'a> {
    url: &'a str,
    id: &'a str,
    text: &'a str,
}

#[derive(Template)]
#[template(path = "layout.html")]
struct Layout<'a, B: Template> {
    lang: &'a str,
    dir: &'a str,
    title: &'a str,
    brand: &'a str,
    style: &'a str,
    /// A checked `data:` URI.
    logo: Option<&'a str>,
    note: Option<&'a str>,
    help: &'a str,
    support_url: Option<&'a str>,
    support_text: &'a str,
    links: Vec<Link<'a>>,
    /// A rendered template, which has escaped what it holds.
    body: &'a B,
}
