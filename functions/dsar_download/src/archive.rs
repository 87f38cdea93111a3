//! A ZIP that is sent while it is made: what was written leaves as soon as there is a piece of it.

use std::io::{self, Write};
use std::sync::{Arc, Mutex, PoisonError};

use axum::body::Bytes;
use domain::{Digest, Timestamp};
use futures_util::{Stream, stream};
use tokio::sync::mpsc;
use zip::write::{SimpleFileOptions, StreamWriter, ZipWriter};
use zip::{CompressionMethod, DateTime};

/// Why a copy has no end.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Broken {
    /// Whoever fetched it hung up.
    #[error("nobody listens any more")]
    Unheard,
    /// It took too long.
    #[error("it took too long")]
    Late,
    /// The store failed.
    #[error(transparent)]
    Store(#[from] store::StoreError),
    /// The ZIP could not be written.
    #[error(transparent)]
    Zip(#[from] zip::result::ZipError),
    /// A file in it could not be written.
    #[error(transparent)]
    Io(#[from] io::Error),
    /// A value could not be written.
    #[error(transparent)]
    Json(#[from] serde_json::Error),
    /// A page could not be written.
    #[error(transparent)]
    Template(#[from] askama::Error),
}

/// What the body's reader is told.
#[derive(Debug, thiserror::Error)]
#[error("cut off")]
pub(crate) struct CutOff;

/// A piece of the body. That there are no more is said, so that nothing that just stops looks whole.
enum Piece {
    Data(Bytes),
    End,
}

/// Where pieces go.
pub(crate) struct Out(mpsc::Sender<Piece>);

/// A channel for a body, and the body. Two pieces wait at most: whoever is slow slows us down.
pub(crate) fn channel() -> (Out, impl Stream<Item = Result<Bytes, CutOff>> + Send + 'static) {
    let (out, coming) = mpsc::channel(2);
    let pieces = stream::unfold(Some(coming), |coming| async {
        let mut coming: mpsc::Receiver<Piece> = coming?;
        match coming.recv().await {
            Some(Piece::Data(bytes)) => Some((Ok(bytes), Some(coming))),
            Some(Piece::End) => None,
            None => Some((Err(CutOff), None)),
        }
    });
    (Out(out), pieces)
}

/// What was written and has not left yet.
#[derive(Clone, Default)]
struct Written(Arc<Mutex<Vec<u8>>>);

impl Written {
    fn len(&self) -> usize {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).len()
    }

    fn take(&self) -> Vec<u8> {
        std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Write for Written {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// The ZIP.
pub(crate) struct Archive {
    zip: ZipWriter<StreamWriter<Written>>,
    written: Written,
    out: Out,
    options: SimpleFileOptions,
    digest: Digest,
    bytes: u64,
}

/// The end of a ZIP, without which it is none: it is held back until all else is done.
pub(crate) struct Rest {
    last: Bytes,
    out: Out,
    /// The size of the whole.
    pub(crate) bytes: u64,
    /// The digest of the whole, in hexadecimal.
    pub(crate) sha256: String,
}

/// From here on a piece is worth sending.
const PIECE: usize = 64 * 1024;

impl Archive {
    pub(crate) fn new(out: Out, now: Timestamp) -> Self {
        let written = Written::default();
        let options = SimpleFileOptions::default()
            .compression_method(CompressionMethod::Deflated)
            // Sizes are known at the end only, and may be beyond four bytes.
            .large_file(true)
            .last_modified_time(made_at(now).unwrap_or_default());
        let zip = ZipWriter::new_stream(written.clone());
        Self { zip, written, out, options, digest: Digest::default(), bytes: 0 }
    }

    /// Begins a file. What is written next stands in it.
    pub(crate) fn file(&mut self, name: &str) -> Result<(), Broken> {
        Ok(self.zip.start_file(name, self.options)?)
    }

    /// Sends what makes a piece.
    pub(crate) async fn send(&mut self) -> Result<(), Broken> {
        if self.written.len() < PIECE {
            return Ok(());
        }
        let piece = self.piece();
        self.out.0.send(Piece::Data(piece)).await.map_err(|_| Broken::Unheard)
    }

    /// Ends the ZIP.
    pub(crate) fn finish(mut self) -> Result<Rest, Broken> {
        let zip = std::mem::replace(&mut self.zip, ZipWriter::new_stream(Written::default()));
        zip.finish()?;
        let last = self.piece();
        let Self { out, digest, bytes, .. } = self;
        Ok(Rest { last, out, bytes, sha256: digest.hex() })
    }

    fn piece(&mut self) -> Bytes {
        let piece = self.written.take();
        self.digest.update(&piece);
        self.bytes += u64::try_from(piece.len()).unwrap_or_default();
        piece.into()
    }
}

impl Write for Archive {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.zip.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Rest {
    /// Sends the end.
    pub(crate) async fn send(self) -> Result<(), Broken> {
        self.out.0.send(Piece::Data(self.last)).await.map_err(|_| Broken::Unheard)?;
        self.out.0.send(Piece::End).await.map_err(|_| Broken::Unheard)
    }
}

/// A moment as ZIP has it: in UTC, for want of a better zone.
fn made_at(now: Timestamp) -> Option<DateTime> {
    let text = now.strftime("%Y %m %d %H %M %S").to_string();
    let parts: Vec<u16> = text.split(' ').map(str::parse).collect::<Result<_, _>>().ok()?;
    let [year, rest @ ..] = parts.as_slice() else { return None };
    let rest: Vec<u8> = rest.iter().map(|part| u8::try_from(*part)).collect::<Result<_, _>>().ok()?;
    let [month, day, hour, minute, second] = rest.as_slice() else { return None };
    DateTime::from_date_and_time(*year, *month, *day, *hour, *minute, *second).ok()
}

#[cfg(test)]
mod tests {
    use std::io::{Cursor, Read as _};

    use futures_util::{StreamExt as _, pin_mut};

    use super::*;

    async fn all(pieces: impl Stream<Item = Result<Bytes, CutOff>>) -> (Vec<u8>, bool) {
        pin_mut!(pieces);
        let (mut whole, mut is_whole) = (Vec::new(), true);
        while let Some(piece) = pieces.next().await {
            match piece {
                Ok(bytes) => whole.extend_from_slice(&bytes),
                Err(CutOff) => is_whole = false,
            }
        }
        (whole, is_whole)
    }

    #[tokio::test]
    async fn a_zip_leaves_in_pieces_and_is_whole_at_the_end() {
        let (out, pieces) = channel();
        let made = tokio::spawn(async move {
            let mut zip = Archive::new(out, "2027-01-15T08:00:01Z".parse().unwrap());
            zip.file("a.txt").unwrap();
            let mut noise = 1_u64;
            for _ in 0..100_000 {
                noise = noise.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                zip.write_all(&noise.to_be_bytes()).unwrap();
                zip.send().await.unwrap();
                assert!(zip.written.len() < 2 * PIECE);
            }
            let rest = zip.finish().unwrap();
            let said = (rest.bytes, rest.sha256.clone());
            rest.send().await.unwrap();
            said
        });
        let (whole, is_whole) = all(pieces).await;
        let (bytes, sha256) = made.await.unwrap();
        let mut digest = Digest::default();
        digest.update(&whole);
        assert_eq!((u64::try_from(whole.len()).unwrap(), digest.hex(), is_whole), (bytes, sha256, true));
        let mut zip = zip::ZipArchive::new(Cursor::new(whole)).unwrap();
        let mut file = zip.by_name("a.txt").unwrap();
        assert_eq!(file.last_modified().unwrap().to_string(), "2027-01-15 08:00:00");
        let mut text = Vec::new();
        file.read_to_end(&mut text).unwrap();
        assert_eq!(text.len(), 800_000);
    }

    #[tokio::test]
    async fn what_just_stops_is_not_whole() {
        let (out, pieces) = channel();
        drop(Archive::new(out, Timestamp::UNIX_EPOCH));
        assert!(!all(pieces).await.1);
    }

    #[tokio::test]
    async fn whoever_hangs_up_ends_it() {
        let (out, pieces) = channel();
        drop(pieces);
        let mut zip = Archive::new(out, Timestamp::UNIX_EPOCH);
        zip.file("a.txt").unwrap();
        zip.written.write_all(&vec![0; PIECE]).unwrap();
        assert!(matches!(zip.send().await, Err(Broken::Unheard)));
    }
}
