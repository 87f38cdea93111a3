//! Every shared page in every language.

use askama::Template as _;
use domain::{Brands, Locale, PasswordPolicy, PasswordRefused, Settings};
use edge::{Kind, Problem};
use http::header::{CONTENT_LANGUAGE, CONTENT_SECURITY_POLICY, CONTENT_TYPE, RETRY_AFTER};

use crate::texts::texts;
use crate::{Pages, PasswordField, Words};

const HOSTILE: &str = "<img src=x onerror=alert(1)> & \"Söhne\" {{7*7}}";

fn pages(settings: &[(&str, &str)]) -> Pages {
    Pages::read(&Settings::new([("BRAND_NAME", HOSTILE)]).with(settings.iter().copied())).unwrap()
}

async fn html(response: axum::response::Response) -> String {
    let body = axum::body::to_bytes(response.into_body(), usize::MAX).await.unwrap();
    String::from_utf8(body.into()).unwrap()
}

#[tokio::test]
async fn nothing_that_is_shown_becomes_markup() {
    let pages = pages(&[("SUPPORT_URL", "https://help.example/?a=1&b='2'")]);
    for locale in Locale::ALL {
        let html = html(pages.tell(locale, &Words::new(HOSTILE, [HOSTILE]))).await;
        assert!(!html.contains("<img") && html.contains("&#60;img"), "{html}");
        assert_eq!(html.matches("<script").count() + html.matches("style=").count(), 0, "{html}");
        assert!(html.contains(&format!("lang=\"{}\"", locale.tag())), "{html}");
        assert_eq!(html.contains("dir=\"rtl\""), locale == Locale::Ar, "{html}");
        assert!(html.contains("href=\"https://help.example/?a=1&#38;b=&#39;2&#39;\""), "{html}");
        assert_eq!(html.matches("<h1>").count(), 1);
    }
}

#[tokio::test]
async fn the_policy_lets_the_pages_own_style_in_and_nothing_else() {
    let response = pages(&[("BRAND_COLOR", "#0a0")]).tell(Locale::De, &Words::new("T", ["P"]));
    let headers = response.headers().clone();
    assert_eq!(headers[CONTENT_TYPE], "text/html; charset=utf-8");
    assert_eq!(headers[CONTENT_LANGUAGE], "de");
    let html = html(response).await;
    let style = html.split_once("<style>").unwrap().1.split_once("</style>").unwrap().0;
    assert!(style.starts_with(":root{--brand:#00aa00;") && !style.contains('<'), "{style}");
    let digest = base64::Engine::encode(&base64::engine::general_purpose::STANDARD, domain::digest(style.as_bytes()));
    assert_eq!(
        headers[CONTENT_SECURITY_POLICY].to_str().unwrap(),
        format!(
            "default-src 'none'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'; style-src 'sha256-{digest}'"
        )
    );
}

/// A brand, whose words are all hostile.
fn brands() -> Brands {
    let brand = serde_json::json!([{"key": "shop", "name": HOSTILE, "names": {"de": format!("{HOSTILE} DE")},
        "logo": "data:image/svg+xml;base64,PHN2Zz48L3N2Zz4=",
        "colors": {"background": "#101828", "text": "#f5f5f5", "accent": "#ffd400"},
        "texts": {"en": {"footer": HOSTILE}},
        "links": {"privacy": "https://shop.example/?a='1'", "terms": "https://shop.example/t", "support": "mailto:a@shop.example"}}]);
    Brands::parse(&brand.to_string()).unwrap()
}

#[tokio::test]
async fn a_brand_is_looks_and_nothing_else() {
    let (own, brands) = (pages(&[("SUPPORT_URL", "https://help.example")]), brands());
    let pages = own.of(brands.find("shop").map(AsRef::as_ref));
    for locale in Locale::ALL {
        let response = pages.tell(locale, &Words::new("T", ["P"]));
        let policy = response.headers()[CONTENT_SECURITY_POLICY].to_str().unwrap().to_owned();
        let html = html(response).await;
        assert_eq!(html.matches("<img").count(), 1, "its logo alone: {html}");
        assert!(html.contains("<img src=\"data:image/svg+xml;base64,PHN2Zz48L3N2Zz4=\" alt=\"\">"), "{html}");
        assert_eq!(html.contains("DE</bdi>"), locale == Locale::De, "{html}");
        assert_eq!(html.contains("<p>&#60;img"), locale == Locale::En, "a text of its own: {html}");
        assert_eq!(html.matches("<script").count() + html.matches("style=").count(), 0, "{html}");
        assert!(html.contains("href=\"https://shop.example/?a=&#39;1&#39;\" id=\"privacy\""), "{html}");
        assert!(html.contains("href=\"mailto:a@shop.example\"") && !html.contains("help.example"), "{html}");
        let style = html.split_once("<style>").unwrap().1.split_once("</style>").unwrap().0;
        assert!(style.starts_with(":root{--brand:#ffd400;--ink:#000000;"), "{style}");
        assert!(style.contains("color-scheme:dark;") && style.contains("--card:#101828;--text:#f5f5f5;"), "{style}");
        let digest = domain::digest(style.as_bytes());
        let digest = base64::Engine::encode(&base64::engine::general_purpose::STANDARD, digest);
        assert_eq!(
            policy,
            format!(
                "default-src 'none'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'; style-src 'sha256-{digest}'; img-src data:"
            )
        );
    }
    // The deployment's own stay as they are.
    let own = own.of(None).tell(Locale::En, &Words::new("T", ["P"]));
    assert!(!own.headers()[CONTENT_SECURITY_POLICY].to_str().unwrap().contains("img-src"));
    assert!(html(own).await.contains("help.example"));
}

#[tokio::test]
async fn a_problem_keeps_its_status_and_is_told_in_words() {
    let pages = pages(&[]);
    for locale in Locale::ALL {
        for (problem, title) in [
            (Problem::too_many_requests(7), texts(locale).too_many[0]),
            (Problem::new(Kind::Conflict), texts(locale).changed[0]),
            (Problem::new(Kind::UnsupportedMediaType), texts(locale).unreadable[0]),
            (Problem::unavailable(1, &std::fmt::Error), texts(locale).unavailable[0]),
            (Problem::internal(&std::fmt::Error), texts(locale).mistake[0]),
        ] {
            let (kind, response) = (problem.kind(), pages.refuse(locale, problem, None));
            assert_eq!(response.status(), kind.status());
            assert_eq!(response.headers().get(RETRY_AFTER).is_some(), matches!(kind.status().as_u16(), 429 | 503));
            assert!(html(response).await.contains(&format!("<h1>{title}</h1>")), "{kind:?}");
        }
    }
    let own = pages.refuse(Locale::En, Problem::new(Kind::TransactionExpired), Some(Words::new("Over", ["Again."])));
    assert_eq!(own.status(), 410);
    assert!(html(own).await.contains("<h1>Over</h1>"));
}

#[test]
fn a_password_is_typed_unseen_and_may_be_pasted() {
    let policy = PasswordPolicy { min: 8, max: 1024, brand: String::new() };
    for refused in [None, Some(PasswordRefused::Common)] {
        let field = PasswordField::new(Locale::En, "L", &policy, refused).render().unwrap();
        assert!(
            field.contains("<input type=\"password\"") && field.contains("autocomplete=\"new-password\""),
            "{field}"
        );
        assert!(!field.contains("maxlength") && !field.contains("onpaste"), "{field}");
    }
}

#[test]
fn a_refused_password_is_explained_where_it_is_typed_and_never_shown() {
    let policy = PasswordPolicy { min: 8, max: 1024, brand: String::new() };
    for locale in Locale::ALL {
        let field = PasswordField::new(locale, "<b>", &policy, None).render().unwrap();
        assert!(field.contains("<label for=\"password\">&#60;b&#62;</label>") && field.contains('8'), "{field}");
        assert!(!field.contains("password-error") && !field.contains("value="), "{field}");
        let mut seen = Vec::new();
        use PasswordRefused::{Breached, Common, Guessable, TooLong, TooShort};
        for why in [TooShort, TooLong, Common, Breached, Guessable] {
            let field = PasswordField::new(locale, "L", &policy, Some(why)).render().unwrap();
            assert!(field.contains("aria-describedby=\"password-hint password-error\" aria-invalid=\"true\""));
            assert!(!seen.contains(&field) && !field.contains("value="), "{field}");
            seen.push(field);
        }
    }
}

#[test]
fn every_language_has_words_of_its_own() {
    let all = Locale::ALL.map(|locale| {
        let t = texts(locale);
        let mut said = vec![
            t.help.to_owned(),
            t.privacy.to_owned(),
            t.terms.to_owned(),
            t.common.to_owned(),
            t.breached.to_owned(),
            t.guessable.to_owned(),
        ];
        said.extend([(t.hint)(8), (t.too_short)(8), (t.too_long)(8)]);
        said.extend(
            [t.too_many, t.changed, t.unreadable, t.unavailable, t.mistake, t.sign_in_over]
                .concat()
                .into_iter()
                .map(str::to_owned),
        );
        said
    });
    for (at, said) in all.iter().enumerate() {
        assert!(said.iter().all(|text| text.len() > 8 && text.trim() == text), "{said:?}");
        for other in all.iter().skip(at + 1) {
            assert!(said.iter().zip(other).all(|(a, b)| a != b), "{said:?}");
        }
    }
}
