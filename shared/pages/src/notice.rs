//! A page that says something and asks for nothing.

use askama::Template;

/// What a page says.
#[derive(Clone, Debug, PartialEq, Eq, Template)]
#[template(path = "notice.html")]
pub struct Words {
    /// Its title and headline.
    pub title: String,
    /// What it says below.
    pub paragraphs: Vec<String>,
}

impl Words {
    /// These words.
    pub fn new<const N: usize>(title: impl Into<String>, paragraphs: [&str; N]) -> Self {
        Self { title: title.into(), paragraphs: paragraphs.map(str::to_owned).into() }
    }

    /// With what there is more to say.
    #[must_use]
    pub fn and(mut self, more: Option<String>) -> Self {
        self.paragraphs.extend(more);
        self
    }
}
