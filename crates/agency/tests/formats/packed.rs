//! Archives and gzip.

use std::io::{Cursor, Write as _};

use flate2::write::{DeflateEncoder, GzEncoder};
use flate2::{Compression, Crc};
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

pub(crate) fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

/// Stored, not deflated.
pub(crate) fn zip_stored(files: &[(&str, &[u8])]) -> Vec<u8> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    let options = SimpleFileOptions::default().compression_method(CompressionMethod::Stored);
    for (name, bytes) in files {
        zip.start_file(*name, options).unwrap();
        zip.write_all(bytes).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

/// One deflated file, written by hand: local header, data, directory, end.
pub(crate) fn zip_deflated(name: &str, write: impl Fn(&mut dyn std::io::Write)) -> Vec<u8> {
    struct Measured<W> {
        inner: W,
        crc: Crc,
    }
    impl<W: std::io::Write> std::io::Write for Measured<W> {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            let count = self.inner.write(bytes)?;
            self.crc.update(&bytes[..count]);
            Ok(count)
        }
        fn flush(&mut self) -> std::io::Result<()> {
            self.inner.flush()
        }
    }
    let encoder = DeflateEncoder::new(Vec::new(), Compression::best());
    let mut measured = Measured { inner: encoder, crc: Crc::new() };
    write(&mut measured);
    let (crc, bytes) = (measured.crc.sum(), measured.crc.amount());
    let data = measured.inner.finish().unwrap();
    let len = |bytes: usize| u32::try_from(bytes).unwrap().to_le_bytes();
    let mut common = vec![20, 0, 0, 0, 8, 0, 0, 0, 33, 0];
    common.extend(crc.to_le_bytes());
    common.extend(len(data.len()));
    common.extend(bytes.to_le_bytes());
    common.extend(u16::try_from(name.len()).unwrap().to_le_bytes());
    common.extend([0, 0]);
    let mut zip = b"PK\x03\x04".to_vec();
    zip.extend(&common);
    zip.extend(name.as_bytes());
    zip.extend(&data);
    let directory = zip.len();
    zip.extend(b"PK\x01\x02\x14\x00");
    zip.extend(&common);
    zip.extend([0; 14]);
    zip.extend(name.as_bytes());
    let directory_bytes = zip.len() - directory;
    zip.extend(b"PK\x05\x06\0\0\0\0\x01\0\x01\0");
    zip.extend(len(directory_bytes));
    zip.extend(len(directory));
    zip.extend([0, 0]);
    zip
}

/// Says in both headers of a zip's only file how it is packed.
fn retell(mut zip: Vec<u8>, local: usize, central: usize, change: impl Fn(&mut [u8])) -> Vec<u8> {
    for (mark, place) in [(b"PK\x03\x04", local), (b"PK\x01\x02", central)] {
        let at = zip.windows(4).position(|four| four == mark).unwrap() + place;
        change(&mut zip[at..at + 2]);
    }
    zip
}

/// Of a file that no program would unpack without a password.
pub(crate) fn zip_encrypted() -> Vec<u8> {
    retell(zip_stored(&[("rows.csv", b"LAST,FIRST\n")]), 6, 8, |flags| flags[0] |= 1)
}

/// Packed by bzip2, as it says.
pub(crate) fn zip_bzip2() -> Vec<u8> {
    retell(zip_stored(&[("rows.csv", b"LAST,FIRST\n")]), 8, 10, |method| method[0] = 12)
}
