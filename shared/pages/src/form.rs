//! The page of a mailed link: a token, a password that may be chosen, a button.
//!
//! Its form needs no protection against forgery from other sites: a POST does nothing without the
//! 128 bits that were mailed, which no other site has, and no cookie speaks for anybody here. The
//! token does not leak: `Referrer-Policy: no-referrer`, nothing loaded from anywhere, and nobody may
//! frame the page.

use askama::Template;
use axum::response::Response;
use domain::{Handle, Locale, Password, PasswordPolicy, PasswordRefused};
use edge::{Form, Kind, Problem, Query};
use serde::Deserialize;
use store::Link;
use utoipa::openapi::{ObjectBuilder, Type};

use crate::{Pages, PasswordField, Words, isolated};

/// The query of a mailed link. Mail programs add parameters of their own.
#[derive(Deserialize)]
pub struct Opened {
    #[serde(default)]
    token: String,
}

/// What the button of a mailed link's page sends.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Pressed {
    /// The token of the link.
    #[serde(default)]
    #[schema(required = true, schema_with = token)]
    token: String,
}

/// What the button sends where a password can be chosen.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PressedWithPassword {
    /// The token of the link.
    #[serde(default)]
    #[schema(required = true, schema_with = token)]
    token: String,
    /// A password, if one is chosen.
    #[serde(default)]
    #[schema(format = "password", example = "correct horse battery staple")]
    password: String,
}

fn token() -> ObjectBuilder {
    ObjectBuilder::new()
        .schema_type(Type::String)
        .description(Some("The token of the link."))
        .min_length(Some(66))
        .max_length(Some(66))
        .pattern(Some("^[A-Za-z0-9_-]{43}\\.[A-Za-z0-9_-]{22}$"))
        .examples(["hG1b0ZtY7mXq3KcV9nRw2sLp5dJf8aEu4iQo6TxCz_M.Wk3Ry7Bn1Lq9Vc5Xt2Hp0A"])
}

/// A page's query, or why it can't be read.
pub type OpenedQuery = Result<Query<Opened>, Problem>;
/// A button's form, or why it can't be read.
pub type PressedForm = Result<Form<Pressed>, Problem>;
/// The same where a password can be chosen.
pub type PasswordForm = Result<Form<PressedWithPassword>, Problem>;

/// The link that was opened.
///
/// # Errors
/// When the query can't be read, or the link was cut off or altered.
pub fn opened(query: OpenedQuery) -> Result<Link, Problem> {
    query.and_then(|Query(opened)| link(&opened.token))
}

/// The link whose button was pressed.
///
/// # Errors
/// When the form can't be read, or the link was cut off or altered.
pub fn pressed(form: PressedForm) -> Result<Link, Problem> {
    form.and_then(|Form(pressed)| link(&pressed.token))
}

/// What waits behind the button that was pressed, where the page was one of a sign-in and not of a link.
pub fn pressed_handle(form: &PressedForm) -> Option<Handle> {
    form.as_ref().ok().and_then(|Form(pressed)| Handle::parse(&pressed.token))
}

/// The link whose button was pressed, and what was typed as a password.
///
/// # Errors
/// When the form can't be read, or the link was cut off or altered.
pub fn pressed_with_password(form: PasswordForm) -> Result<(Link, Option<Password>), Problem> {
    let Form(pressed) = form?;
    let password = (!pressed.password.is_empty()).then(|| Password::new(&pressed.password));
    Ok((link(&pressed.token)?, password))
}

fn link(token: &str) -> Result<Link, Problem> {
    Link::parse(token).ok_or_else(|| Problem::new(Kind::InvalidLink))
}

/// What stands around a button.
pub struct Prompt {
    /// The label of the password's field, where one can be chosen.
    pub password: Option<&'static str>,
    /// The button.
    pub button: &'static str,
    /// What to do or leave if it was somebody else.
    pub caution: &'static str,
}

/// A page of a flow: its words in every language.
pub trait Page: Copy {
    /// What it says: the deployment's name, and the address that it is about, masked.
    fn words(self, locale: Locale, brand: &str, address: &str) -> Words;
    /// What stands around its button.
    fn prompt(self, locale: Locale) -> &'static Prompt;
}

/// A page with a button.
pub struct Asked<'a, P> {
    /// Where its form goes.
    pub action: &'a str,
    /// Which page.
    pub page: P,
    /// The link behind it.
    pub link: &'a Link,
    /// The address that it is about, masked.
    pub address: String,
    /// In which language.
    pub locale: Locale,
}

#[derive(Template)]
#[template(path = "form.html")]
struct FormBody<'a> {
    action: &'a str,
    token: String,
    words: &'a Words,
    password: Option<PasswordField<'a>>,
    prompt: &'a Prompt,
}

impl Pages {
    /// A page with a button and nothing else to ask, behind a link of any form: it sends this token.
    pub fn ask_by_token<P: Page>(
        &self,
        locale: Locale,
        page: P,
        (action, token): (&str, String),
        about: &str,
    ) -> Response {
        let (words, prompt) = (&self.words(locale, page, about), page.prompt(locale));
        self.show(locale, &words.title, &FormBody { action, token, words, password: None, prompt })
    }

    /// A page with a button; `refused` says what was wrong with the password that was sent.
    pub fn ask<P: Page>(
        &self,
        asked: &Asked<'_, P>,
        policy: &PasswordPolicy,
        refused: Option<PasswordRefused>,
    ) -> Response {
        let Asked { action, page, link, ref address, locale } = *asked;
        let (words, prompt) = (&self.words(locale, page, address), page.prompt(locale));
        let password = prompt.password.map(|label| PasswordField::new(locale, label, policy, refused));
        let body = FormBody { action, token: link.reveal(), words, password, prompt };
        let page = self.show(locale, &words.title, &body);
        match refused {
            None => page,
            Some(_) => Problem::new(Kind::InvalidFields).on_page(page),
        }
    }

    /// A page that says what was done.
    pub fn done<P: Page>(&self, locale: Locale, page: P) -> Response {
        self.tell(locale, &self.words(locale, page, ""))
    }

    /// The page of a link by which nothing was done: what to say of one that is over, and of one that is
    /// broken.
    pub fn refuse_link<P: Page>(&self, locale: Locale, problem: Problem, [over, broken]: [P; 2]) -> Response {
        let own = match problem.kind() {
            Kind::TransactionExpired => Some(over),
            Kind::InvalidLink => Some(broken),
            _ => None,
        };
        self.refuse(locale, problem, own.map(|page| self.words(locale, page, "")))
    }

    /// What a page says.
    pub fn words<P: Page>(&self, locale: Locale, page: P, address: &str) -> Words {
        page.words(locale, &self.brand(locale), &isolated(locale, address))
    }
}
