//! Whether a bundle is what the linkage unit signed: offline, from the file and the public key alone.

use std::io::{self, Read};
use std::path::Path;

use flate2::Crc;
use parquet::file::reader::{FileReader as _, SerializedFileReader};
use ring::signature::{ED25519, UnparsedPublicKey};
use sha2::{Digest as _, Sha256};
use tallystick_wire::Digest;

use super::error::BundleError;
use super::fault::{Fault, FaultKind};
use super::manifest::{Manifest, Output};
use super::open::{Bundle, Opened};
use super::write::signed;
use super::{CODEBOOK_CSV, DATAPACKAGE, MANIFEST, SIGNATURE};
use crate::Missing;
use crate::archive::form::Entry;
use crate::archive::read::Archive;
use crate::describe::Kind;
use crate::documents::CODEBOOK_HEADER;
use crate::documents::datapackage::{Field, Resource};
use crate::file::Ticker;
use crate::parquet_file::kinds_name;
use crate::public_key::is_small_order;

const BUFFER_BYTES: usize = 1 << 16;

/// A bundle that was verified.
#[derive(Debug)]
pub struct Verified {
    /// It, open.
    pub bundle: Bundle,
    /// Rows of all tables.
    pub rows: u64,
}

/// Verifies a bundle against an Ed25519 public key: the signature over the manifest, every member against
/// the manifest, the archive against its members, and the tables against what the documents say.
/// `ticker` counts rows.
///
/// # Errors
/// [`BundleError::KeyWeak`]; [`BundleError::Faults`] with all that is wrong, in the archive's order; a disk
/// that fails; a wish to stop.
pub fn verify(
    path: &Path,
    public_key: &[u8; 32],
    ticker: &mut Ticker<'_>,
) -> Result<Verified, BundleError> {
    if is_small_order(public_key) {
        return Err(BundleError::KeyWeak);
    }
    let opened = Opened::open(path)?;
    let message = signed(&opened.manifest_bytes);
    let key = UnparsedPublicKey::new(&ED25519, public_key);
    if key.verify(&message, &opened.signature).is_err() {
        return Err(FaultKind::Signature.at(SIGNATURE).into());
    }
    let manifest = opened.manifest()?;
    let mut faults = compare_names(&opened.archive, &manifest);
    for output in &manifest.outputs {
        let Some(entry) = opened.archive.entry(&output.name) else { continue };
        if !is_as_signed(&opened.archive, entry, output, ticker)? {
            faults.push(FaultKind::MemberChanged.at(&output.name));
        }
    }
    // What was not signed for is not looked into.
    if !faults.is_empty() {
        return Err(BundleError::Faults(faults));
    }
    let bundle = opened.bundle(manifest)?;
    let faults = check_tables(&bundle, ticker)?;
    let rows = bundle.package.resources.iter().map(|resource| resource.rows).sum();
    if faults.is_empty() { Ok(Verified { bundle, rows }) } else { Err(BundleError::Faults(faults)) }
}

/// Names and their order; the manifest and its signature are last.
fn compare_names(archive: &Archive, manifest: &Manifest) -> Vec<Fault> {
    let listed = manifest.outputs.iter().map(|output| output.name.as_str());
    let listed: Vec<&str> = listed.chain([MANIFEST, SIGNATURE]).collect();
    let found: Vec<&str> = archive.entries().iter().map(|entry| entry.name.as_str()).collect();
    let missing = listed.iter().filter(|name| !found.contains(name));
    let mut faults: Vec<Fault> = missing.map(|name| FaultKind::MemberMissing.at(name)).collect();
    let extra = found.iter().filter(|name| !listed.contains(name));
    faults.extend(extra.map(|name| FaultKind::MemberExtra.at(name)));
    if faults.is_empty() && found != listed {
        let place = found.iter().zip(&listed).find(|(found, listed)| found != listed);
        let name = place.map_or(MANIFEST, |(found, _)| found);
        faults.push(FaultKind::Order.at(name));
    }
    faults
}

/// Both hashes and lengths of a member, and its checksum in the directory.
fn is_as_signed(
    archive: &Archive,
    entry: &Entry,
    output: &Output,
    ticker: &Ticker<'_>,
) -> Result<bool, BundleError> {
    let lengths = (output.packed_bytes, output.bytes);
    if (entry.packed_bytes, entry.bytes) != lengths {
        return Ok(false);
    }
    let mut crc = Crc::new();
    let packed = hash(archive.packed(entry), output.packed_bytes, None, ticker);
    let content = hash(archive.content(entry), output.bytes, Some(&mut crc), ticker);
    let wanted = [&output.packed_sha256, &output.sha256];
    for (found, wanted) in [packed, content].into_iter().zip(wanted) {
        match found {
            Ok(found) if found.to_string() == *wanted => {}
            Ok(_) => return Ok(false),
            Err(HashError::Stopped(error)) => return Err(error),
            // Not the form of a deflated member, or another length.
            Err(HashError::Damaged) => return Ok(false),
            Err(HashError::Io(cause)) => return Err(BundleError::io(&output.name, cause)),
        }
    }
    Ok(crc.sum() == entry.crc32)
}

enum HashError {
    Stopped(BundleError),
    Damaged,
    Io(io::Error),
}

fn hash(
    mut from: impl Read,
    bytes: u64,
    mut crc: Option<&mut Crc>,
    ticker: &Ticker<'_>,
) -> Result<Digest, HashError> {
    let (mut hash, mut buffer, mut left) = (Sha256::new(), vec![0; BUFFER_BYTES], bytes);
    loop {
        ticker.check().map_err(|error| HashError::Stopped(error.into()))?;
        let count = from.read(&mut buffer).map_err(|cause| match cause.kind() {
            io::ErrorKind::InvalidInput
            | io::ErrorKind::InvalidData
            | io::ErrorKind::UnexpectedEof => HashError::Damaged,
            _ => HashError::Io(cause),
        })?;
        if count == 0 {
            break;
        }
        let counted = u64::try_from(count).expect("addresses have at most 64 bits");
        left = left.checked_sub(counted).ok_or(HashError::Damaged)?;
        hash.update(&buffer[..count]);
        if let Some(crc) = &mut crc {
            crc.update(&buffer[..count]);
        }
    }
    if left == 0 { Ok(Digest(hash.finalize().into())) } else { Err(HashError::Damaged) }
}

/// The tables against the documents: names, columns, rows and types of cells.
fn check_tables(bundle: &Bundle, ticker: &mut Ticker<'_>) -> Result<Vec<Fault>, BundleError> {
    let mut faults = Vec::new();
    if !is_listed(bundle) {
        faults.push(FaultKind::Datapackage.at(DATAPACKAGE));
        return Ok(faults);
    }
    for resource in &bundle.package.resources {
        if !csv_fits(bundle, resource, ticker)? {
            faults.push(FaultKind::Table.at(&resource.path));
        }
        if !parquet_fits(bundle, resource)? {
            faults.push(FaultKind::Table.at(&resource.parquet.path));
        }
    }
    if !codebook_fits(bundle) {
        faults.push(FaultKind::Codebook.at(CODEBOOK_CSV));
    }
    Ok(faults)
}

/// Whether `datapackage.json` lists the tables of the manifest, with their rows.
fn is_listed(bundle: &Bundle) -> bool {
    let with_rows = |manifest: &Manifest| {
        let tables = manifest.outputs.iter();
        tables.filter_map(|o| o.rows.map(|rows| (o.name.clone(), rows))).collect::<Vec<_>>()
    };
    let of_resource = |resource: &Resource| {
        let names = [resource.path.clone(), resource.parquet.path.clone()];
        names.map(|name| (name, resource.rows))
    };
    let listed: Vec<_> = bundle.package.resources.iter().flat_map(of_resource).collect();
    listed == with_rows(&bundle.manifest)
}

fn csv_fits(
    bundle: &Bundle,
    resource: &Resource,
    ticker: &mut Ticker<'_>,
) -> Result<bool, BundleError> {
    let Some(entry) = bundle.archive.entry(&resource.path) else { return Ok(false) };
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(false)
        .buffer_capacity(BUFFER_BYTES)
        .from_reader(bundle.archive.content(entry));
    let (mut record, mut rows) = (csv::ByteRecord::new(), 0_u64);
    let fields = &resource.schema.fields;
    let kinds: Vec<Option<Kind>> = fields.iter().map(|field| Kind::parse(&field.kind)).collect();
    let names = |record: &csv::ByteRecord| {
        record.iter().eq(fields.iter().map(|field| field.name.as_bytes()))
    };
    // The member is what was signed for, so it can be inflated; what fails is its form.
    if !reader.read_byte_record(&mut record).unwrap_or(false) || !names(&record) {
        return Ok(false);
    }
    loop {
        match reader.read_byte_record(&mut record) {
            Ok(true) => {}
            Ok(false) => break,
            Err(_) => return Ok(false),
        }
        let fits = |(cell, kind): (&[u8], &Option<Kind>)| cell_fits(cell, *kind);
        if record.len() != kinds.len() || !record.iter().zip(&kinds).all(fits) {
            return Ok(false);
        }
        rows += 1;
        if rows.is_multiple_of(crate::column::row_count(Ticker::STEP)) {
            ticker.tick(crate::column::row_count(Ticker::STEP))?;
        }
    }
    ticker.tick(rows % crate::column::row_count(Ticker::STEP))?;
    Ok(rows == resource.rows)
}

fn cell_fits(cell: &[u8], kind: Option<Kind>) -> bool {
    if Missing::ALL.iter().any(|kind| kind.as_str().as_bytes() == cell) {
        return true;
    }
    let Ok(text) = std::str::from_utf8(cell) else { return false };
    match kind {
        Some(Kind::Days) => text.parse::<i32>().is_ok(),
        Some(Kind::Integer) => text.parse::<i64>().is_ok(),
        Some(Kind::Flag) => text == "0" || text == "1",
        Some(Kind::Decimal) => text.split_once('.').is_some_and(|(whole, thousandths)| {
            thousandths.len() == 3
                && thousandths.bytes().all(|byte| byte.is_ascii_digit())
                && whole.parse::<u8>().is_ok()
        }),
        Some(Kind::Text) => true,
        None => false,
    }
}

fn parquet_fits(bundle: &Bundle, resource: &Resource) -> Result<bool, BundleError> {
    let path = &resource.parquet.path;
    let Some(entry) = bundle.archive.entry(path) else { return Ok(false) };
    let stored = bundle.archive.stored(entry);
    let Ok(reader) = SerializedFileReader::new(stored) else { return Ok(false) };
    let file = reader.metadata().file_metadata();
    let found: Vec<&str> = file.schema_descr().columns().iter().map(|c| c.name()).collect();
    let mut wanted = Vec::new();
    for field in &resource.schema.fields {
        wanted.push(field.name.clone());
        wanted.extend(field.has_reasons().then(|| kinds_name(&field.name)));
    }
    Ok(found == wanted && u64::try_from(file.num_rows()).ok() == Some(resource.rows))
}

/// Whether `codebook.csv` has a row for each column, in order.
fn codebook_fits(bundle: &Bundle) -> bool {
    let Ok(bytes) = bundle.member(CODEBOOK_CSV) else { return false };
    let mut reader = csv::ReaderBuilder::new().has_headers(false).from_reader(&bytes[..]);
    let Ok(records) = reader.records().collect::<Result<Vec<csv::StringRecord>, _>>() else {
        return false;
    };
    let column = |resource: &Resource, field: &Field| {
        [resource.name.clone(), field.name.clone(), field.kind.clone(), field.title.clone()]
    };
    let wanted = bundle.package.resources.iter().flat_map(|resource| {
        resource.schema.fields.iter().map(move |field| column(resource, field))
    });
    let Some((header, rows)) = records.split_first() else { return false };
    let fits = |(row, wanted): (&csv::StringRecord, [String; 4])| {
        let words = |text: &str| text.split_whitespace().collect::<String>();
        row.iter().take(3).eq(wanted[..3].iter().map(String::as_str))
            && row.get(3).is_some_and(|label| words(label) == words(&wanted[3]))
    };
    let wanted: Vec<[String; 4]> = wanted.collect();
    header.iter().eq(CODEBOOK_HEADER)
        && rows.len() == wanted.len()
        && rows.iter().zip(wanted).all(fits)
}
