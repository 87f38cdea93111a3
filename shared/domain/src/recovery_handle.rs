//! The handle of a delayed recovery.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};

use crate::digest;

/// What whoever began a delayed recovery was given, and brings back to use it: 256 bits that nobody else
/// can know.
#[derive(Clone, PartialEq, Eq)]
pub struct RecoveryHandle([u8; 32]);

impl RecoveryHandle {
    const PREFIX: &'static str = "rcv_";

    /// The handle with these bits.
    pub fn new(bits: [u8; 32]) -> Self {
        Self(bits)
    }

    /// The handle that this text is, if it has a handle's form.
    pub fn parse(text: &str) -> Option<Self> {
        let bytes = URL_SAFE_NO_PAD.decode(text.trim().strip_prefix(Self::PREFIX)?).ok()?;
        bytes.try_into().ok().map(Self)
    }

    /// What the customer is given.
    pub fn reveal(&self) -> String {
        format!("{}{}", Self::PREFIX, URL_SAFE_NO_PAD.encode(self.0))
    }

    /// What is kept of it.
    pub fn digest(&self) -> [u8; 32] {
        digest(&self.0)
    }
}

impl std::fmt::Debug for RecoveryHandle {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("RecoveryHandle(***)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_handle_survives_being_kept_and_prints_as_nothing() {
        let handle = RecoveryHandle::new([7; 32]);
        let text = handle.reveal();
        assert_eq!(RecoveryHandle::parse(&format!(" {text}\n")), Some(handle.clone()));
        assert_eq!(format!("{handle:?}"), "RecoveryHandle(***)");
        for wrong in ["", "rcv_", &text[1..], &text[..text.len() - 1], &format!("{text}A"), &text.replace("rcv", "txn")]
        {
            assert_eq!(RecoveryHandle::parse(wrong), None, "{wrong}");
        }
    }
}
