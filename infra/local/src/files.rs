//! Small files under `--data`.

use std::{
    fs::{self, OpenOptions},
    io::{self, Write},
    path::Path,
};

/// Makes the folder, for its owner alone: keys and customers are in it.
pub(crate) fn folder(path: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path)
}

/// The file's content, or nothing when there is no file yet.
pub(crate) fn read(path: &Path) -> io::Result<Option<Vec<u8>>> {
    match fs::read(path) {
        Ok(content) => Ok(Some(content)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

/// Adds to the file's end, readable by its owner alone.
pub(crate) fn append(path: &Path, content: &[u8]) -> io::Result<()> {
    options().append(true).open(path)?.write_all(content)
}

/// Replaces the file, readable by its owner alone; a crash leaves the old one or the new one.
pub(crate) fn write(path: &Path, content: &[u8]) -> io::Result<()> {
    let beside = path.with_extension("new");
    let mut file = options().write(true).truncate(true).open(&beside)?;
    file.write_all(content)?;
    file.sync_all()?;
    fs::rename(beside, path)
}

fn options() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.create(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options
}
