//! A brand of the hosted pages: how an app's customers see them, and by what they may sign in there.
//!
//! What is written is checked word by word when it is read. So no colour, link or picture that a page shows is
//! anything but a colour, a link or a picture, and whoever writes it learns what is wrong before a customer does.

use std::collections::BTreeMap;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde::{Deserialize, Serialize};

use crate::brand::is_link;
use crate::{Brand, Color, Locale, Method, object, unprintable};

/// A brand. One directory, one session and one issuer serve all of them: a brand is looks and no wall.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(try_from = "WrittenBrand", into = "WrittenBrand")]
pub struct PageBrand {
    written: WrittenBrand,
    palette: Palette,
}

/// A brand as it is written.
#[derive(Clone, Debug, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct WrittenBrand {
    /// What clients name it by.
    #[schema(pattern = "^[a-z0-9-]{1,32}$", example = "shop")]
    pub key: String,
    /// What it is called.
    #[schema(min_length = 1, max_length = 64, example = "The Shop")]
    name: String,
    /// What it is called in other languages.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    #[schema(value_type = BTreeMap<String, String>, example = json!({"ar": "المتجر"}))]
    names: BTreeMap<Locale, String>,
    /// A picture beside the name: a PNG or SVG as a `data:` URI in base64, of 16 KB at most.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "data:image/svg+xml;base64,PHN2Zz48L3N2Zz4=")]
    logo: Option<String>,
    /// Its colours.
    #[serde(default, deserialize_with = "object::one")]
    colors: BrandColors,
    /// What it says of its own, by language.
    #[serde(default, deserialize_with = "object::named", skip_serializing_if = "BTreeMap::is_empty")]
    #[schema(value_type = BTreeMap<String, BrandTexts>)]
    texts: BTreeMap<Locale, BrandTexts>,
    /// Where its footer leads.
    #[serde(default, deserialize_with = "object::one")]
    links: BrandLinks,
    /// By what its pages have somebody sign in: `password`, `totp`, `sms`, `email`, `recovery_code`, `passkey`. All
    /// of them where it is left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, value_type = Vec<String>, example = json!(["password", "totp"]))]
    methods: Option<Vec<Method>>,
}

/// The colours of a brand, as `#rrggbb`.
#[derive(Clone, Debug, Default, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct BrandColors {
    /// What text stands on; white where it is left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "#ffffff")]
    background: Option<String>,
    /// Text, which has to be readable on it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "#12211b")]
    text: Option<String>,
    /// Header and buttons; the deployment's where it is left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "#0b6e4f")]
    accent: Option<String>,
}

/// Where the footer of a brand's pages leads: `https:` addresses, and `mailto:` for `support`.
#[derive(Clone, Debug, Default, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct BrandLinks {
    /// What it does with people's data.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "https://shop.example/privacy")]
    privacy: Option<String>,
    /// Its terms.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "https://shop.example/terms")]
    terms: Option<String>,
    /// Where its customers find help.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "mailto:help@shop.example")]
    support: Option<String>,
}

/// What a page is painted in where it is light. Everything can be read on everything that it stands on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Palette {
    /// What text stands on.
    pub background: Color,
    /// Text.
    pub text: Color,
    /// Header and buttons; the deployment's where it is left out.
    pub accent: Option<Color>,
}

/// What a brand says in place of the pages' own words, or beside them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct BrandTexts {
    /// The headline of the page to sign in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, max_length = 300, example = "Welcome back")]
    pub sign_in_title: Option<String>,
    /// What stands below it, before the page says which app asks.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, max_length = 300, example = "Good things, to your door.")]
    pub welcome: Option<String>,
    /// What stands in the footer of every page.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, max_length = 300, example = "The Shop Ltd, Leeds")]
    pub footer: Option<String>,
}

/// A brand can't be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BrandRefused {
    /// It could not be told from others, or stand in an address.
    #[error("a key that is not 1 to 32 of a-z, 0-9 and -")]
    Key,
    /// It could reach into what it stands in.
    #[error("a name that is empty, longer than 64 characters, or has a control character")]
    Name,
    /// The same in another language.
    #[error("a name in a language that is empty, longer than 64 characters, or has a control character")]
    Names,
    /// The same of another text.
    #[error("a text that is empty, longer than 300 characters, or has a control character")]
    Text,
    /// Anything else could end the rule of the style sheet that it stands in.
    #[error("a colour that is not written as #rrggbb")]
    Color,
    /// Somebody could not read it.
    #[error("a text and a background whose contrast is below 4.5 to 1 (WCAG 2.2, 1.4.3)")]
    Contrast,
    /// It would lead to a script, or through the clear.
    #[error("a link that is not an https: URL (or mailto:, for support) of at most 512 ASCII characters")]
    Link,
    /// It would be loaded from somebody, or be something else than a picture.
    #[error(
        "a logo that is not data:image/png;base64, or data:image/svg+xml;base64, with such a picture, in 16 KB at most"
    )]
    Logo,
    /// Nobody could sign in, or by something that pages never ask for.
    #[error("methods that are none, or none of a page: password, passkey, totp, sms, email, recovery_code")]
    Methods,
}

impl PageBrand {
    const LONGEST_KEY: usize = 32;
    const LONGEST_TEXT: usize = 300;
    const LARGEST_LOGO: usize = 16 * 1024;

    /// As it is written.
    pub fn written(&self) -> &WrittenBrand {
        &self.written
    }

    /// Whether this can be what clients name a brand by.
    pub fn is_key(key: &str) -> bool {
        check_key(key).is_ok()
    }

    /// What clients name it by.
    pub fn key(&self) -> &str {
        &self.written.key
    }

    /// What it is called in this language.
    pub fn name(&self, locale: Locale) -> &str {
        self.written.names.get(&locale).unwrap_or(&self.written.name)
    }

    /// Its logo, as a `data:` URI.
    pub fn logo(&self) -> Option<&str> {
        self.written.logo.as_deref()
    }

    /// Its colours.
    pub fn palette(&self) -> Palette {
        self.palette
    }

    /// What it says in this language, if it says anything of its own.
    pub fn texts(&self, locale: Locale) -> Option<&BrandTexts> {
        self.written.texts.get(&locale)
    }

    /// What it does with people's data.
    pub fn privacy_url(&self) -> Option<&str> {
        self.written.links.privacy.as_deref()
    }

    /// Its terms.
    pub fn terms_url(&self) -> Option<&str> {
        self.written.links.terms.as_deref()
    }

    /// Where its customers find help; where the deployment's do if it is left out.
    pub fn support_url(&self) -> Option<&str> {
        self.written.links.support.as_deref()
    }

    /// Whether its pages ask for this.
    pub fn allows(&self, method: Method) -> bool {
        self.written.methods.as_ref().is_none_or(|methods| methods.contains(&method))
    }
}

impl TryFrom<WrittenBrand> for PageBrand {
    type Error = BrandRefused;

    fn try_from(written: WrittenBrand) -> Result<Self, BrandRefused> {
        let WrittenBrand { key, name, names, logo, colors, texts, links, methods } = &written;
        check_key(key)?;
        refuse_if(!is_name(name), BrandRefused::Name)?;
        refuse_if(!names.values().all(|name| is_name(name)), BrandRefused::Names)?;
        logo.as_deref().map_or(Ok(()), check_logo)?;
        texts.values().try_for_each(check_texts)?;
        check_links(links)?;
        methods.as_deref().map_or(Ok(()), check_methods)?;
        Ok(Self { palette: palette(colors)?, written })
    }
}

impl From<PageBrand> for WrittenBrand {
    fn from(brand: PageBrand) -> Self {
        brand.written
    }
}

impl BrandRefused {
    /// What of a brand is wrong.
    pub fn field(self) -> &'static str {
        match self {
            Self::Key => "key",
            Self::Name => "name",
            Self::Names => "names",
            Self::Text => "texts",
            Self::Color | Self::Contrast => "colors",
            Self::Link => "links",
            Self::Logo => "logo",
            Self::Methods => "methods",
        }
    }
}

fn check_key(key: &str) -> Result<(), BrandRefused> {
    let is_plain = key.bytes().all(|b| matches!(b, b'a'..=b'z' | b'0'..=b'9' | b'-'));
    refuse_if(key.is_empty() || key.len() > PageBrand::LONGEST_KEY || !is_plain, BrandRefused::Key)
}

fn is_name(name: &str) -> bool {
    is_line(name, Brand::LONGEST_NAME)
}

fn check_texts(texts: &BrandTexts) -> Result<(), BrandRefused> {
    let BrandTexts { sign_in_title, welcome, footer } = texts;
    let mut said = [sign_in_title, welcome, footer].into_iter().flatten();
    refuse_if(!said.all(|text| is_line(text, PageBrand::LONGEST_TEXT)), BrandRefused::Text)
}

fn check_links(links: &BrandLinks) -> Result<(), BrandRefused> {
    let BrandLinks { privacy, terms, support } = links;
    let pages = [privacy, terms].into_iter().flatten().all(|url| is_link(url, &["https://"]));
    let support = support.iter().all(|url| is_link(url, &["https://", "mailto:"]));
    refuse_if(!pages || !support, BrandRefused::Link)
}

/// A picture that stands in the page itself. One of elsewhere would tell its host who signs in, and when, and be
/// another one tomorrow; and a page that loads nothing needs no exception for a host.
///
/// In an image a browser runs no script and loads nothing, whatever the SVG says. What has no place in a logo is
/// refused all the same: a script, markup of a page, and a document type, whose entities can grow without end.
fn check_logo(logo: &str) -> Result<(), BrandRefused> {
    const NO_PART: [&str; 5] = ["<!doctype", "<!entity", "<script", "<foreignobject", "javascript:"];
    let bytes = |prefix: &str| logo.strip_prefix(prefix).and_then(|text| STANDARD.decode(text).ok());
    let is_png = || bytes("data:image/png;base64,").is_some_and(|png| png.starts_with(b"\x89PNG\r\n\x1a\n"));
    let is_svg = || {
        let text = bytes("data:image/svg+xml;base64,").and_then(|svg| String::from_utf8(svg).ok());
        let text = text.unwrap_or_default().to_ascii_lowercase();
        text.contains("<svg") && !NO_PART.iter().any(|part| text.contains(part))
    };
    let is_picture = logo.len() <= PageBrand::LARGEST_LOGO && (is_png() || is_svg());
    refuse_if(!is_picture, BrandRefused::Logo)
}

fn check_methods(methods: &[Method]) -> Result<(), BrandRefused> {
    let is_asked = |method: &Method| match method {
        Method::Passkey | Method::Totp | Method::Sms | Method::Email | Method::RecoveryCode | Method::Password => true,
        Method::DelayedRecovery => false,
    };
    refuse_if(methods.is_empty() || !methods.iter().all(is_asked), BrandRefused::Methods)
}

fn palette(colors: &BrandColors) -> Result<Palette, BrandRefused> {
    let read = |text: &Option<String>| match text {
        Some(text) => Color::read(text).map(Some).ok_or(BrandRefused::Color),
        None => Ok(None),
    };
    let palette = Palette {
        background: read(&colors.background)?.unwrap_or(Color::WHITE),
        text: read(&colors.text)?.unwrap_or(Color::rgb(0x17, 0x18, 0x1a)),
        accent: read(&colors.accent)?,
    };
    refuse_if(palette.text.contrast(palette.background) < Palette::READABLE, BrandRefused::Contrast)?;
    Ok(palette)
}

fn refuse_if(wrong: bool, error: BrandRefused) -> Result<(), BrandRefused> {
    if wrong { Err(error) } else { Ok(()) }
}

/// Whether a text is one line of this many characters at most.
fn is_line(text: &str, longest: usize) -> bool {
    !text.trim().is_empty() && text.chars().count() <= longest && !text.chars().any(unprintable)
}

impl Palette {
    /// The least contrast of text (WCAG 2.2, 1.4.3).
    const READABLE: f64 = 4.5;
    /// The least contrast of what a field is known by (1.4.11).
    const VISIBLE: f64 = 3.0;

    /// Whether it is a dark one.
    pub fn is_dark(&self) -> bool {
        self.text.contrast(Color::BLACK) > self.background.contrast(Color::BLACK)
    }

    /// Around the card.
    #[must_use]
    pub fn ground(&self) -> Color {
        self.background.mixed(self.text, 6)
    }

    /// Text that steps back.
    #[must_use]
    pub fn quiet(&self) -> Color {
        self.first([self.text.mixed(self.background, 25)], Self::READABLE)
    }

    /// Lines that only adorn.
    #[must_use]
    pub fn rule(&self) -> Color {
        self.background.mixed(self.text, 16)
    }

    /// The border of a field.
    #[must_use]
    pub fn field(&self) -> Color {
        self.first([self.text.mixed(self.background, 40)], Self::VISIBLE)
    }

    /// What is wrong: red, where red can be read.
    #[must_use]
    pub fn wrong(&self) -> Color {
        self.first([Color::rgb(0xb3, 0x26, 0x1e), Color::rgb(0xff, 0x9a, 0x92)], Self::READABLE)
    }

    /// The first of these that stands out so much, or the text's own colour.
    fn first<const N: usize>(&self, colors: [Color; N], contrast: f64) -> Color {
        colors.into_iter().find(|color| color.contrast(self.background) >= contrast).unwrap_or(self.text)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn with(name: &str, value: Value) -> Result<PageBrand, String> {
        let mut brand = json!({"key": "shop", "name": "The Shop"});
        brand[name] = value;
        serde_json::from_value(brand).map_err(|error| error.to_string())
    }

    fn refused(name: &str, value: Value, why: BrandRefused) {
        assert_eq!(with(name, value.clone()).err(), Some(why.to_string()), "{name} {value}");
    }

    fn svg(text: &str) -> Value {
        json!(format!("data:image/svg+xml;base64,{}", STANDARD.encode(text)))
    }

    #[test]
    fn nothing_is_anything_else_than_it_says() {
        for (name, list) in
            [("colors", json!([])), ("links", json!([])), ("texts", json!([])), ("texts", json!({"en": []}))]
        {
            assert!(with(name, list.clone()).is_err(), "{name} {list}");
        }
        assert!(with("texts", json!({"en": {"footer": "The Shop Ltd"}})).is_ok());
        for key in ["", "Shop", "a b", "a/b", "ä", &"x".repeat(33)] {
            refused("key", json!(key), BrandRefused::Key);
        }
        for name in [" ", "A\nB", "\u{202e}pohS", &"x".repeat(65)] {
            refused("name", json!(name), BrandRefused::Name);
            refused("names", json!({"ar": name}), BrandRefused::Names);
        }
        for footer in ["", "A\u{2028}B", &"x".repeat(301)] {
            refused("texts", json!({"en": {"footer": footer}}), BrandRefused::Text);
        }
        for color in ["red", "#12345", "#fff;}body{display:none", "url(https://x.example)", "#fff</style>"] {
            for which in ["background", "text", "accent"] {
                refused("colors", json!({which: color}), BrandRefused::Color);
            }
        }
        for link in [
            "javascript:alert(1)",
            "http://x.example",
            "//x.example",
            "https://",
            "data:text/html,x",
            "https://x.example/\" onclick=\"alert(1)",
            "JavaScript:alert(1)",
            "https://a b",
            " https://x.example",
        ] {
            for which in ["privacy", "terms", "support"] {
                refused("links", json!({which: link}), BrandRefused::Link);
            }
        }
        refused("links", json!({"privacy": "mailto:a@x.example"}), BrandRefused::Link);
        assert!(with("links", json!({"support": "mailto:a@x.example", "terms": "https://x.example/t?a=1"})).is_ok());
        for (name, value) in
            [("css", json!("x")), ("texts", json!({"en": {"html": "x"}})), ("names", json!({"tlh": "x"}))]
        {
            assert!(with(name, value).is_err(), "{name}");
        }
    }

    #[test]
    fn a_logo_is_a_picture_and_stands_in_the_page() {
        const PICTURE: &str = "<svg xmlns=\"http://www.w3.org/2000/svg\"><circle r=\"4\"/></svg>";
        let png = format!("data:image/png;base64,{}", STANDARD.encode(b"\x89PNG\r\n\x1a\nrest"));
        assert!(with("logo", json!(png)).is_ok() && with("logo", svg(PICTURE)).is_ok());
        for foreign in [
            "https://x.example/logo.png",
            "javascript:alert(1)",
            "data:text/html;base64,PHN2Zz4=",
            "//x.example/l.svg",
            "data:image/svg+xml,<svg/>",
            "data:image/svg+xml;base64,PHN2Zz4=\" onerror=\"alert(1)",
            "data:image/png;base64,PHN2Zz4=",
            "data:image/png;base64,",
        ] {
            refused("logo", json!(foreign), BrandRefused::Logo);
        }
        for more in [
            "<script>alert(1)</script>",
            "<SCRIPT/>",
            "<foreignObject/>",
            "<!DOCTYPE svg [<!ENTITY a \"a\">]>",
            "<a href=\"javascript:alert(1)\"/>",
        ] {
            refused("logo", svg(&format!("{PICTURE}{more}")), BrandRefused::Logo);
        }
        refused("logo", svg(&format!("{PICTURE}{}", " ".repeat(16 * 1024))), BrandRefused::Logo);
    }

    #[test]
    fn everything_can_be_read() {
        refused("colors", json!({"background": "#ffffff", "text": "#777777"}), BrandRefused::Contrast);
        refused("colors", json!({"background": "#17181a"}), BrandRefused::Contrast);
        for (background, text, is_dark) in [
            ("#ffffff", "#767676", false),
            ("#101828", "#f5f5f5", true),
            ("#ffd400", "#000000", false),
            ("#b3261e", "#ffffff", true),
        ] {
            let palette = with("colors", json!({"background": background, "text": text})).unwrap().palette();
            let on = |color: Color| color.contrast(palette.background);
            assert!(
                on(palette.text) >= 4.5 && on(palette.quiet()) >= 4.5 && on(palette.wrong()) >= 4.5,
                "{background}"
            );
            assert!(on(palette.field()) >= 3.0 && palette.is_dark() == is_dark, "{background}");
        }
    }

    #[test]
    fn methods_are_those_of_pages() {
        for none in [json!([]), json!(["delayed_recovery"]), json!(["password", "delayed_recovery"])] {
            refused("methods", none, BrandRefused::Methods);
        }
        assert!(with("methods", json!(["magic"])).is_err());
        let few = with("methods", json!(["totp"])).unwrap();
        assert!(few.allows(Method::Totp) && !few.allows(Method::Password) && !few.allows(Method::Passkey));
        assert!(with("name", json!("All")).unwrap().allows(Method::Password));
    }
}
