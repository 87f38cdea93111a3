//! Layout, components and languages of the hosted pages.
//!
//! What lives here: the frame around every page, its theme, the parts that several flows need (the field of a new
//! password, the page behind a mailed link, the page of what nobody can help). What may not: what a flow says; each
//! flow owns the templates and texts of its own pages.
//!
//! Pages are HTML alone: no script, nothing loaded from anywhere, and a policy that holds browsers
//! to that. To add a page: a template in the flow, its words in the flow's `texts/`, and
//! [`Pages::show`].

mod contract;
mod form;
mod notice;
mod password;
mod scopes;
mod show;
mod texts;

pub use contract::{ButtonRefused, PageRefused};
pub use form::{
    Asked, OpenedQuery, Page, PasswordForm, Pressed, PressedForm, PressedWithPassword, Prompt, opened, pressed,
    pressed_handle, pressed_with_password,
};
pub use notice::Words;
pub use password::PasswordField;
pub use scopes::scope;
pub use show::{Pages, isolated, lead_on};

#[cfg(test)]
mod tests;
