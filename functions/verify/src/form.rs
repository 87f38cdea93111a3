//! What the pages of mailed links have in common: a token, a password that may be chosen, a button.
//!
//! Their forms need no protection against forgery from other sites: a POST does nothing without the
//! 128 bits that were mailed, which no other site has, and no cookie speaks for anybody here. The
//! token does not leak: `Referrer-Policy: no-referrer`, nothing loaded from anywhere, and nobody may
//! frame the page.

use askama::Template;
use axum::response::Response;
use domain::{Email, Locale, Password, PasswordRefused};
use edge::{Ctx, Form, Kind, Problem, Query};
use pages::{PasswordField, Words};
use serde::Deserialize;
use store::Link;

use crate::texts::{self, Page, Prompt};
use crate::{Verify, VerifyError};

/// The query of a mailed link. Mail programs add parameters of their own.
#[derive(Deserialize)]
pub(crate) struct Opened {
    #[serde(default)]
    token: String,
}

/// What the button of a mailed link's page sends.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Pressed {
    /// The token of the link.
    #[serde(default)]
    #[schema(
        required = true,
        min_length = 66,
        max_length = 66,
        pattern = "^[A-Za-z0-9_-]{43}\\.[A-Za-z0-9_-]{22}$",
        example = "hG1b0ZtY7mXq3KcV9nRw2sLp5dJf8aEu4iQo6TxCz_M.Wk3Ry7Bn1Lq9Vc5Xt2Hp0A"
    )]
    token: String,
    /// A password, if one is chosen.
    #[serde(default)]
    #[schema(format = "password", example = "correct horse battery staple")]
    password: String,
}

/// A page's query, or why it can't be read.
pub(crate) type OpenedQuery = Result<Query<Opened>, Problem>;
/// A page's form, or why it can't be read.
pub(crate) type PressedForm = Result<Form<Pressed>, Problem>;

/// The link that was opened.
pub(crate) fn opened(query: OpenedQuery) -> Result<Link, VerifyError> {
    let Query(opened) = query.map_err(VerifyError::Unreadable)?;
    Link::parse(&opened.token).ok_or(VerifyError::BrokenLink)
}

/// The link whose button was pressed, and what was typed as a password.
pub(crate) fn pressed(form: PressedForm) -> Result<(Link, Option<Password>), VerifyError> {
    let Form(pressed) = form.map_err(VerifyError::Unreadable)?;
    let link = Link::parse(&pressed.token).ok_or(VerifyError::BrokenLink)?;
    let password = (!pressed.password.is_empty()).then(|| Password::new(&pressed.password));
    Ok((link, password))
}

/// A page with a button.
pub(crate) struct Asked<'a> {
    /// Where its form goes.
    pub(crate) action: &'a str,
    /// Which words.
    pub(crate) page: Page,
    /// The link behind it.
    pub(crate) link: &'a Link,
    /// Whose address it is about.
    pub(crate) email: &'a Email,
    /// In which language.
    pub(crate) locale: Locale,
}

#[derive(Template)]
#[template(path = "form.html")]
struct FormBody<'a> {
    action: &'a str,
    token: String,
    words: Words,
    password: PasswordField<'a>,
    prompt: &'a Prompt,
}

impl Verify {
    /// The page; `refused` says what was wrong with the password that was sent.
    pub(crate) fn ask(&self, asked: &Asked<'_>, refused: Option<PasswordRefused>) -> Response {
        let Asked { action, page, link, email, locale } = *asked;
        let words = texts::words(locale, page, &self.pages.brand(locale), &email.masked());
        let prompt = texts::prompt(locale, page);
        let title = words.title.clone();
        let password = PasswordField::new(locale, prompt.password, self.passwords.policy(), refused);
        let body = FormBody { action, token: link.reveal(), words, password, prompt };
        let page = self.pages.show(locale, &title, &body);
        match refused {
            None => page,
            Some(_) => Problem::new(Kind::InvalidFields).on_page(page),
        }
    }

    /// A page that says what was done.
    pub(crate) fn tell(&self, locale: Locale, page: Page) -> Response {
        self.pages.tell(locale, &texts::words(locale, page, &self.pages.brand(locale), ""))
    }

    /// A page that says why nothing was done: what to say of a link that is over, and of one that is
    /// broken.
    pub(crate) fn refuse(&self, ctx: &Ctx, error: VerifyError, [over, broken]: [Page; 2]) -> Response {
        let problem = Problem::from(error);
        let page = match problem.kind() {
            Kind::TransactionExpired => Some(over),
            Kind::InvalidLink => Some(broken),
            Kind::AddressTaken => Some(Page::AddressTaken),
            _ => None,
        };
        let words = page.map(|page| texts::words(ctx.locale, page, &self.pages.brand(ctx.locale), ""));
        self.pages.refuse(ctx.locale, problem, words)
    }
}
