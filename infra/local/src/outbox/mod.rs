//! Mail and text messages that were sent, for whoever would have received them.
//!
//! `/_local/outbox` shows them: as JSON ([`Mail`], the newest last), or as a
//! page. The last thousand are kept, under `--data` in a file.

pub(crate) mod mime;
pub(crate) mod page;

use std::{
    io,
    path::PathBuf,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use domain::Timestamp;
use serde::{Deserialize, Serialize};

use crate::files;

/// How a message went out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Channel {
    /// By SES.
    Email,
    /// By SNS, to a phone.
    Sms,
}

/// One message, to one recipient.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mail {
    /// The message id that the service gave it.
    pub id: String,
    /// Mail or text message.
    pub channel: Channel,
    /// Who sent it.
    pub from: String,
    /// The address or number it went to.
    pub to: String,
    /// Empty for text messages.
    pub subject: String,
    /// The text, or the text part.
    pub text: String,
    /// The HTML part, if there is one.
    pub html: String,
    /// The first six-digit code in the text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    /// The first address in the text that begins with http.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub link: Option<String>,
    /// When it was sent.
    pub at: Timestamp,
}

impl Mail {
    pub(crate) fn new(id: String, channel: Channel, to: String, at: Timestamp) -> Mail {
        Mail {
            id,
            channel,
            from: String::new(),
            to,
            subject: String::new(),
            text: String::new(),
            html: String::new(),
            code: None,
            link: None,
            at,
        }
    }

    /// The mail with this content; code and link are found in the text.
    #[must_use]
    pub(crate) fn with(self, subject: &str, text: &str, html: &str) -> Mail {
        Mail {
            subject: subject.to_owned(),
            text: text.to_owned(),
            html: html.to_owned(),
            code: code(text),
            link: link(text),
            ..self
        }
    }
}

const KEPT: usize = 1_000;

/// Everything sent.
#[derive(Clone, Debug)]
pub(crate) struct Outbox {
    mails: Arc<Mutex<Vec<Mail>>>,
    file: Option<PathBuf>,
}

impl Outbox {
    /// An empty outbox, or the file's: one message a line, the last of them.
    pub(crate) fn open(file: Option<PathBuf>) -> io::Result<Outbox> {
        let kept = match &file {
            Some(path) => files::read(path)?.unwrap_or_default(),
            None => Vec::new(),
        };
        let lines: Vec<&[u8]> = kept.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()).collect();
        let last = lines.iter().skip(lines.len().saturating_sub(KEPT));
        let mails: Vec<Mail> = last.map(|line| serde_json::from_slice(line)).collect::<Result<_, _>>()?;
        if let Some(path) = file.as_deref().filter(|_| lines.len() > KEPT) {
            let all: io::Result<Vec<Vec<u8>>> = mails.iter().map(line).collect();
            files::write(path, &all?.concat())?;
        }
        Ok(Outbox { mails: Arc::new(Mutex::new(mails)), file })
    }

    pub(crate) fn all(&self) -> Vec<Mail> {
        self.lock().clone()
    }

    pub(crate) fn push(&self, mail: Mail) -> io::Result<()> {
        let mut mails = self.lock();
        if let Some(path) = &self.file {
            files::append(path, &line(&mail)?)?;
        }
        mails.push(mail);
        let surplus = mails.len().saturating_sub(KEPT);
        mails.drain(..surplus);
        Ok(())
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Mail>> {
        self.mails.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn line(mail: &Mail) -> io::Result<Vec<u8>> {
    let mut line = serde_json::to_vec(mail)?;
    line.push(b'\n');
    Ok(line)
}

/// The first run of exactly six digits that is no part of a longer word.
fn code(text: &str) -> Option<String> {
    text.split(|letter: char| letter.is_whitespace())
        .filter(|word| !word.contains("://"))
        .flat_map(|word| word.split(|letter: char| !letter.is_alphanumeric()))
        .find(|word| word.len() == 6 && word.bytes().all(|byte| byte.is_ascii_digit()))
        .map(str::to_owned)
}

fn link(text: &str) -> Option<String> {
    let start = [text.find("https://"), text.find("http://")].into_iter().flatten().min()?;
    let rest = text.get(start..)?;
    let end = rest.find(|letter: char| letter.is_whitespace() || "<>\"".contains(letter));
    Some(rest.get(..end.unwrap_or(rest.len()))?.trim_end_matches(['.', ',', ')']).to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mails_outlive_a_restart() {
        let folder = tempfile::tempdir().unwrap();
        let open = || Outbox::open(Some(folder.path().join("outbox.jsonl"))).unwrap();
        let mail = |n: usize| Mail::new(n.to_string(), Channel::Sms, "+49".to_owned(), Timestamp::default());
        let outbox = open();
        for n in 0..KEPT + 2 {
            outbox.push(mail(n)).unwrap();
        }
        let before = outbox.all();
        assert_eq!((before.len(), before[0].id.as_str()), (KEPT, "2"));
        assert_eq!(open().all(), before);
        assert_eq!(open().all(), before);
    }

    #[test]
    fn code_and_link_are_found_in_the_text() {
        let text = "Your code: 012345.\nOr open http://localhost:3000/verify?t=123456#x.\n";
        assert_eq!(code(text).as_deref(), Some("012345"));
        assert_eq!(link(text).as_deref(), Some("http://localhost:3000/verify?t=123456#x"));
        assert_eq!(code("http://a/654321 and 1234567 and a123456"), None);
        assert_eq!(link("nothing"), None);
    }
}
