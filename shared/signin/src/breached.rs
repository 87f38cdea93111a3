//! The deployment's list of breached passwords, where it has one.

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt as _;

use domain::{BreachedEntry, ConfigError, Password, Settings};

/// The list: a file beside the function, of which each look reads a few kilobytes.
pub(crate) struct Breached(File);

impl Breached {
    /// Reads `BREACHED_PASSWORDS`: where the file is. Without it there is no list.
    ///
    /// # Errors
    /// When it is there and is no list.
    pub(crate) fn read(settings: &Settings) -> Result<Option<Self>, ConfigError> {
        let Some(path) = settings.text("BREACHED_PASSWORDS") else { return Ok(None) };
        let refused = |why: io::Error| ConfigError::new("BREACHED_PASSWORDS", why);
        let file = File::open(path).map_err(refused)?;
        let mut header = vec![0; BreachedEntry::HEADER];
        file.read_exact_at(&mut header, 0).map_err(refused)?;
        if BreachedEntry::is_list(&header, file.metadata().map_err(refused)?.len()) {
            Ok(Some(Self(file)))
        } else {
            Err(ConfigError::new("BREACHED_PASSWORDS", "is no list of breached passwords, or not the whole of one"))
        }
    }

    /// Whether the password is on the list. One that can't be read has them all: never a way in.
    pub(crate) fn has(&self, password: &Password) -> bool {
        self.look(password.breached_entry()).unwrap_or(true)
    }

    fn look(&self, entry: BreachedEntry) -> io::Result<bool> {
        let mut index = [0; 8];
        self.0.read_exact_at(&mut index, entry.index().0)?;
        let (at, length) = entry.bucket(index).ok_or(io::ErrorKind::InvalidData)?;
        let mut bucket = vec![0; length];
        self.0.read_exact_at(&mut bucket, at)?;
        Ok(entry.is_in(&bucket))
    }
}
