//! Mailed links. A link's 128 random bits need no count of tries, so that guessing codes closes no
//! link.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use domain::{Handle, Timestamp, equal};

use crate::client::Store;
use crate::item::Read as _;
use crate::one_time::OneTime;
use crate::{StoreError, keymap};

/// The token of a mailed link: which thing it opens, and 128 random bits that nobody else knows.
#[derive(Clone, PartialEq, Eq)]
pub struct Link {
    digest: String,
    secret: [u8; 16],
}

impl Link {
    /// The link that this text is, if it has a link's form.
    pub fn parse(text: &str) -> Option<Self> {
        let (digest, secret) = text.split_once('.')?;
        let is_digest = URL_SAFE_NO_PAD.decode(digest).is_ok_and(|bytes| bytes.len() == 32);
        let secret = URL_SAFE_NO_PAD.decode(secret).ok()?.try_into().ok()?;
        is_digest.then(|| Self { digest: digest.to_owned(), secret })
    }

    /// The digest of the handle of the thing that it opens.
    pub(crate) fn digest(&self) -> &str {
        &self.digest
    }

    /// What nobody else knows.
    pub(crate) fn secret(&self) -> &[u8; 16] {
        &self.secret
    }

    /// What is put into a mail.
    pub fn reveal(&self) -> String {
        format!("{}.{}", self.digest, URL_SAFE_NO_PAD.encode(self.secret))
    }
}

impl std::fmt::Debug for Link {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Link(***)")
    }
}

impl Store {
    /// What is kept of a link to the thing with this digest.
    pub(crate) async fn link_mac(&self, digest: &str, link: &Link) -> Result<[u8; 32], StoreError> {
        self.code_mac(digest, &link.secret).await
    }

    /// A new link to the thing that will be behind a handle.
    pub fn link_new(&self, handle: &Handle) -> Link {
        Link { digest: handle.digest(), secret: self.rng.bytes() }
    }

    /// Whether this is the thing's link.
    ///
    /// # Errors
    /// When the key can't be unwrapped.
    pub async fn link_is(&self, thing: &OneTime, link: &Link) -> Result<bool, StoreError> {
        let mac = self.link_mac(&link.digest, link).await?;
        Ok(link.digest == thing.digest && thing.item.bytes("link").is_ok_and(|known| equal(known, &mac)))
    }

    /// The thing behind a mailed link, if it is alive. Changes nothing: for the page behind the link,
    /// and for its button before it spends the thing.
    ///
    /// # Errors
    /// When DynamoDB or KMS fails.
    pub async fn link_look(&self, link: &Link, now: Timestamp) -> Result<Option<OneTime>, StoreError> {
        let mac = self.link_mac(&link.digest, link).await?;
        let key = keymap::one_time(&link.digest);
        let Some(item) = self.read(&self.tables.transient, &key).await? else { return Ok(None) };
        if !equal(item.bytes("link").unwrap_or_default(), &mac) {
            return Ok(None);
        }
        let own = self.link_key_open(link, &item).await?;
        let thing = OneTime::read(link.digest.clone(), item, own)?;
        Ok(thing.is_alive(now).then_some(thing))
    }
}

#[cfg(test)]
mod tests {
    use domain::Rng;

    use super::*;

    #[test]
    fn a_link_survives_the_mail_and_prints_as_nothing() {
        let rng = Rng::seeded([1; 32]);
        let link = Link { digest: Handle::generate(&rng).digest(), secret: rng.bytes() };
        let text = link.reveal();
        assert_eq!(Link::parse(&text), Some(link.clone()));
        assert_eq!(format!("{link:?}"), "Link(***)");
        for wrong in ["", ".", &text[1..], &text[..text.len() - 1], &format!("{text}A"), &text.replace('.', "")] {
            assert_eq!(Link::parse(wrong), None, "{wrong}");
        }
    }
}
