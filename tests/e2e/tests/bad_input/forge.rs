//! Submissions that no released program makes, with all checksums right.

use std::io::Write as _;

use anyhow::Context as _;
use sha2::{Digest as _, Sha256};
use tallystick_wire::content::{Cell, Code, ColumnType, ContentSchema, ContentWriter};
use tallystick_wire::header::HEADER_BYTES;
use tallystick_wire::layout::{ALIGN_BYTES, ENTRY_BYTES, PREFIX_BYTES};
use tallystick_wire::{ColumnLabel, SectionKind, Submission};

/// Where the header starts.
pub(super) const HEADER: usize = PREFIX_BYTES;

fn head_bytes(bytes: &[u8]) -> usize {
    let sections = u32::from_le_bytes(bytes[16..20].try_into().expect("four bytes"));
    PREFIX_BYTES + HEADER_BYTES + ENTRY_BYTES * usize::try_from(sections).expect("small")
}

/// Changes header or directory and makes their checksum right again.
pub(super) fn change_head(bytes: &mut [u8], change: impl FnOnce(&mut [u8])) {
    let end = head_bytes(bytes);
    change(&mut bytes[..end]);
    let digest = Sha256::digest(&bytes[..end]);
    bytes[end..end + 32].copy_from_slice(&digest);
}

/// Content with one code column, the same code in every row, about the submission's records.
pub(super) fn content_of(
    bytes: &[u8],
    rows: usize,
    code: impl Fn(usize) -> String,
) -> anyhow::Result<Vec<u8>> {
    let handles = Submission::open(bytes.to_vec())?.handles()?;
    let label = |name: &str| ColumnLabel::parse(name).context("a label");
    let schema = ContentSchema {
        table: label("arrest")?,
        event_date: None,
        columns: vec![(label("charge")?, ColumnType::Code)],
    };
    let mut writer = ContentWriter::new(Vec::new(), &schema)?;
    for row in 0..rows {
        let code = Code::parse(&code(row)).context("a code")?;
        writer.write_row(handles[row % handles.len()], &[Some(Cell::Code(code))])?;
    }
    Ok(writer.finish()?)
}

/// The submission with other content, sealed to a recipient.
pub(super) fn with_content(
    bytes: &[u8],
    content: &[u8],
    recipient: &age::x25519::Recipient,
) -> anyhow::Result<Vec<u8>> {
    let recipient: &dyn age::Recipient = recipient;
    let encryptor = age::Encryptor::with_recipients(std::iter::once(recipient))?;
    let mut sealed = Vec::new();
    let mut stream = encryptor.wrap_output(&mut sealed)?;
    stream.write_all(content)?;
    stream.finish()?;
    let submission = Submission::open(bytes.to_vec())?;
    let (number, section) =
        submission.layout().section(SectionKind::Content).context("it has content")?;
    let mut out = bytes[..usize::try_from(section.offset)?].to_vec();
    out.extend_from_slice(&sealed);
    out.resize(out.len().next_multiple_of(usize::try_from(ALIGN_BYTES)?), 0);
    change_head(&mut out, |head| {
        let entry = &mut head[PREFIX_BYTES + HEADER_BYTES + number * ENTRY_BYTES..][..ENTRY_BYTES];
        let length = (sealed.len() as u64).to_le_bytes();
        entry[8..16].copy_from_slice(&length);
        entry[24..32].copy_from_slice(&length);
        entry[32..].copy_from_slice(&Sha256::digest(&sealed));
    });
    Ok(out)
}
