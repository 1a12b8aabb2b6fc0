//! The bytes of an archive beside its members' own: one function of names, sizes and checksums.

/// Longest name of a member, in bytes.
pub(crate) const NAME_BYTES_MAX: usize = 200;
/// Most members of an archive.
pub(crate) const MEMBERS_MAX: usize = 4_096;
/// Bytes of the last record.
pub(crate) const END_BYTES: usize = 22;
pub(crate) const END_64_BYTES: usize = 56;
pub(crate) const LOCATOR_64_BYTES: usize = 20;
/// Bytes of an entry in the directory before its name.
pub(crate) const ENTRY_BYTES: usize = 46;
pub(crate) const ENTRY_SIGNATURE: u32 = 0x0201_4b50;
pub(crate) const END_SIGNATURE: u32 = 0x0605_4b50;
pub(crate) const END_64_SIGNATURE: u32 = 0x0606_4b50;
pub(crate) const ZIP64: u16 = 0x0001;

const LOCAL_SIGNATURE: u32 = 0x0403_4b50;
const LOCATOR_64_SIGNATURE: u32 = 0x0706_4b50;
/// Bytes of a member's header before its name.
const LOCAL_BYTES: usize = 30;
/// What is kept free in each header, so that large sizes need no other place.
const LOCAL_EXTRA_BYTES: usize = 20;
/// "Open Packaging Growth Hint": room that readers step over.
const ROOM: u16 = 0xa220;
const ROOM_SIGNATURE: u16 = 0xa028;
const VERSION: u16 = 20;
const VERSION_64: u16 = 45;
/// Made on Unix.
const MADE_BY: u16 = 0x0300;
/// 1 January 1980, the first day there is.
const DATE: u16 = 0x0021;
/// A file that all may read and its owner may write.
const ATTRIBUTES: u32 = 0o100_644 << 16;
/// A size or place that does not fit, and stands in full elsewhere.
const FULL: u32 = u32::MAX;

/// How a member lies in the archive.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Method {
    /// As it is.
    Stored,
    /// By RFC 1951.
    Deflated,
}

impl Method {
    pub(crate) const fn code(self) -> u16 {
        match self {
            Self::Stored => 0,
            Self::Deflated => 8,
        }
    }
}

/// What the directory knows of a member.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Entry {
    pub(crate) name: String,
    pub(crate) method: Method,
    pub(crate) crc32: u32,
    pub(crate) bytes: u64,
    pub(crate) packed_bytes: u64,
    /// Where its header begins.
    pub(crate) offset: u64,
}

impl Entry {
    /// Where its own bytes begin.
    pub(crate) fn data_offset(&self) -> u64 {
        self.offset + header_bytes(&self.name)
    }

    /// Where the next header begins.
    pub(crate) fn end(&self) -> u64 {
        self.data_offset().saturating_add(self.packed_bytes)
    }
}

/// Whether a member may have this name: relative, plain ASCII, without steps upwards.
pub(crate) fn name_is_plain(name: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"._-".contains(&byte);
    name.len() <= NAME_BYTES_MAX
        && name.split('/').all(|part| {
            part.bytes().all(plain) && part.starts_with(|first: char| first.is_ascii_alphanumeric())
        })
}

/// Bytes of a member's header.
pub(crate) fn header_bytes(name: &str) -> u64 {
    u64::try_from(LOCAL_BYTES + name.len() + LOCAL_EXTRA_BYTES).expect("names are short")
}

/// The header before a member.
pub(crate) fn header(entry: &Entry) -> Vec<u8> {
    let is_large = is_large(entry.bytes) || is_large(entry.packed_bytes);
    let mut out = Bytes::default();
    out.u32(LOCAL_SIGNATURE).u16(version(is_large)).u16(0).u16(entry.method.code());
    out.u16(0).u16(DATE).u32(entry.crc32);
    if is_large {
        out.u32(FULL).u32(FULL);
    } else {
        out.u32(short(entry.packed_bytes)).u32(short(entry.bytes));
    }
    out.u16(length(&entry.name)).u16(20);
    out.0.extend_from_slice(entry.name.as_bytes());
    if is_large {
        out.u16(ZIP64).u16(16).u64(entry.bytes).u64(entry.packed_bytes);
    } else {
        out.u16(ROOM).u16(16).u16(ROOM_SIGNATURE).u16(0).u32(0).u64(0);
    }
    out.0
}

/// All that follows the last member, whose end is `start`.
pub(crate) fn directory(entries: &[Entry], start: u64) -> Vec<u8> {
    let mut out = Bytes::default();
    for entry in entries {
        directory_entry(entry, &mut out);
    }
    let bytes = u64::try_from(out.0.len()).expect("addresses have at most 64 bits");
    let count = u16::try_from(entries.len()).expect("members are few");
    if is_large(start) || is_large(bytes) {
        out.u32(END_64_SIGNATURE).u64(44).u16(MADE_BY | VERSION_64).u16(VERSION_64).u32(0).u32(0);
        out.u64(count.into()).u64(count.into()).u64(bytes).u64(start);
        out.u32(LOCATOR_64_SIGNATURE).u32(0).u64(start + bytes).u32(1);
    }
    out.u32(END_SIGNATURE).u16(0).u16(0).u16(count).u16(count);
    out.u32(short(bytes)).u32(short(start)).u16(0);
    out.0
}

fn directory_entry(entry: &Entry, out: &mut Bytes) {
    let mut full = Bytes::default();
    for value in [entry.bytes, entry.packed_bytes, entry.offset] {
        if is_large(value) {
            full.u64(value);
        }
    }
    let full_bytes = u16::try_from(full.0.len()).expect("three numbers");
    let version = version(full_bytes > 0);
    out.u32(ENTRY_SIGNATURE).u16(MADE_BY | version).u16(version).u16(0);
    out.u16(entry.method.code()).u16(0).u16(DATE).u32(entry.crc32);
    out.u32(short(entry.packed_bytes)).u32(short(entry.bytes));
    out.u16(length(&entry.name)).u16(if full_bytes > 0 { full_bytes + 4 } else { 0 });
    out.u16(0).u16(0).u16(0).u32(ATTRIBUTES).u32(short(entry.offset));
    out.0.extend_from_slice(entry.name.as_bytes());
    if full_bytes > 0 {
        out.u16(ZIP64).u16(full_bytes);
        out.0.append(&mut full.0);
    }
}

/// Whether a number has no room in 32 bits.
pub(crate) fn is_large(value: u64) -> bool {
    value >= FULL.into()
}

fn short(value: u64) -> u32 {
    u32::try_from(value).unwrap_or(FULL)
}

fn version(is_large: bool) -> u16 {
    if is_large { VERSION_64 } else { VERSION }
}

fn length(name: &str) -> u16 {
    u16::try_from(name.len()).expect("names are short")
}

/// Little-endian numbers, one after the other.
#[derive(Default)]
struct Bytes(Vec<u8>);

impl Bytes {
    fn u16(&mut self, value: u16) -> &mut Self {
        self.0.extend_from_slice(&value.to_le_bytes());
        self
    }

    fn u32(&mut self, value: u32) -> &mut Self {
        self.0.extend_from_slice(&value.to_le_bytes());
        self
    }

    fn u64(&mut self, value: u64) -> &mut Self {
        self.0.extend_from_slice(&value.to_le_bytes());
        self
    }
}
