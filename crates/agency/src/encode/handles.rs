//! The handles file: which handle was which row. Stays at the agency, sealed to its own key where its
//! name ends in `.age`.

use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use age::stream::StreamWriter;
use tallystick_encoder::normalise::RawFields;
use tallystick_wire::Handle;

use super::EncodeError;
use crate::export::RawRow;
use crate::files::{Files, NewFile};
use crate::keys::KeyFile;

/// Whether a handles file of this name is sealed with age: its name ends in `.age`.
pub fn is_sealed(path: &Path) -> bool {
    path.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("age"))
}

/// Where the text goes.
enum Sink {
    Plain(BufWriter<Box<dyn NewFile>>),
    Sealed(Box<StreamWriter<BufWriter<Box<dyn NewFile>>>>),
}

impl Sink {
    fn keep(self) -> io::Result<()> {
        let buffer = match self {
            Self::Plain(buffer) => buffer,
            Self::Sealed(stream) => stream.finish()?,
        };
        buffer.into_inner().map_err(io::IntoInnerError::into_error)?.keep()
    }
}

impl Write for Sink {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Self::Plain(buffer) => buffer.write(bytes),
            Self::Sealed(stream) => stream.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Self::Plain(buffer) => buffer.flush(),
            Self::Sealed(stream) => stream.flush(),
        }
    }
}

/// A handles file while it is written; nothing is left of it unless it is finished.
pub(super) struct HandlesFile {
    writer: csv::Writer<Sink>,
    path: PathBuf,
    row_id: Option<usize>,
}

impl HandlesFile {
    pub(super) fn create(
        files: &dyn Files,
        path: &Path,
        row_id: Option<usize>,
        keys: &KeyFile,
    ) -> Result<Self, EncodeError> {
        let io = |source| EncodeError::io(path, source);
        let buffer = BufWriter::new(files.create(path).map_err(io)?);
        let sink = if is_sealed(path) {
            let recipient = keys.recipient().ok_or(EncodeError::IdentityMissing)?;
            let recipient: &dyn age::Recipient = &recipient;
            let encryptor = age::Encryptor::with_recipients(std::iter::once(recipient))
                .expect("one recipient is enough");
            Sink::Sealed(Box::new(encryptor.wrap_output(buffer).map_err(io)?))
        } else {
            Sink::Plain(buffer)
        };
        let mut writer = csv::Writer::from_writer(sink);
        writer.write_record(["handle", "row_id"]).map_err(|error| io(error.into()))?;
        Ok(Self { writer, path: path.to_owned(), row_id })
    }

    /// `file` is the row's file, where the export has several.
    pub(super) fn write(
        &mut self,
        handle: Handle,
        row: &RawRow,
        file: Option<(u32, &str)>,
    ) -> Result<(), EncodeError> {
        let line;
        let row_id = match self.row_id {
            Some(column) => RawFields::expose(row, column),
            None => {
                line = match file {
                    Some((_, name)) => format!("{name}:{}", row.line()),
                    None => row.line().to_string(),
                };
                &line
            }
        };
        self.write_id(handle, row_id)
    }

    pub(super) fn write_id(&mut self, handle: Handle, row_id: &str) -> Result<(), EncodeError> {
        self.writer
            .write_record([handle.to_string().as_str(), row_id])
            .map_err(|error| EncodeError::io(&self.path, error.into()))
    }

    pub(super) fn finish(self) -> Result<(), EncodeError> {
        let path = self.path;
        let io = |source| EncodeError::io(&path, source);
        let sink = self.writer.into_inner().map_err(|error| io(error.into_error()))?;
        sink.keep().map_err(io)
    }
}
