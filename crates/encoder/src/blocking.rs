//! Takes a normalised record, gives its blocking keys in each pass: a token that shows equality,
//! and the key of the block's filters, which never leaves the agency.
//!
//! A key's text is its parts in the order of the catalogue, each as one byte of length and the
//! bytes; where a part is missing the record has no key in the pass. The token is the first 16 bytes
//! of `HMAC-SHA-256[tok key of the pass](text)`, the block's filter key `HMAC-SHA-256[salt key of
//! the pass](text)`.
//!
//! | part | bytes |
//! |---|---|
//! | first letter, first three letters | of the name; missing if it has fewer |
//! | Soundex, NYSIIS | of the name |
//! | pair of codes or names | both, the smaller first, as two parts; missing if either is |
//! | date, year, month | `YYYYMMDD`, `YYYY`, `MM` |
//! | month and day | `MM` and `DD`, the smaller first, as two parts |
//! | address | number and street, as two parts; missing if either is |
//! | attribute | its name and its value, as two parts |
//! | all others | the normalised value |
//!
//! Of a default date (1 January) there is only the year. A name is first the whole name; where it
//! has parts ([`NormalisedRecord::last_parts`]), their first and their last are alternatives. Each
//! alternative of the family name, then each of the given name, makes a further key with the other
//! name whole, in passes whose key holds more of the name than the given name's first letters or
//! Soundex. Equal keys count once, and no more than [`KEYS_MAX`] are made.

use tallystick_wire::schema::{KeyPart, PassSpec};
use tallystick_wire::{BlockToken, PASSES};
use zeroize::Zeroizing;

use crate::filter_key::FilterKey;
use crate::keys::EncodingKeys;
use crate::normalise::NormalisedRecord;
use crate::phonetic::{NysiisCode, SoundexCode};
use crate::tokens::Attributes;

/// Most keys of one record in one pass; compound names have one per part.
pub const KEYS_MAX: usize = 3;

/// A token and the key of its block.
#[derive(Debug)]
pub struct BlockKey {
    /// Goes into the submission.
    pub token: BlockToken,
    /// Keys the filters of this block; `None` where filters are not salted.
    pub filters: Option<FilterKey>,
}

/// A name with its codes, as one alternative of a compound name.
#[derive(Clone, Copy, Default)]
struct Variant<'a> {
    name: &'a str,
    soundex: SoundexCode,
    nysiis: NysiisCode,
}

impl<'a> Variant<'a> {
    fn of(name: &'a str) -> Self {
        Self { name, soundex: SoundexCode::of(name), nysiis: NysiisCode::of(name) }
    }
}

/// The whole name first, then the first and the last part of a compound one.
#[derive(Clone, Copy, Default)]
struct Variants<'a> {
    names: [Variant<'a>; 3],
    count: usize,
}

impl<'a> Variants<'a> {
    fn of(whole: Variant<'a>, parts: impl Iterator<Item = &'a str>) -> Self {
        let mut out = Self { names: [whole; 3], count: 1 };
        for part in parts {
            // The last part replaces all between it and the first.
            out.count = (out.count + 1).min(3);
            out.names[out.count - 1] = Variant::of(part);
        }
        out
    }

    const fn whole(&self) -> &Variant<'a> {
        &self.names[0]
    }

    fn parts(&self) -> impl Iterator<Item = &Variant<'a>> {
        self.names[..self.count].iter().skip(1)
    }
}

/// The alternatives of a record's names, made once per record.
pub struct NameVariants<'a> {
    first: Variants<'a>,
    last: Variants<'a>,
}

impl core::fmt::Debug for NameVariants<'_> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("NameVariants").finish_non_exhaustive()
    }
}

impl<'a> NameVariants<'a> {
    /// The whole names first, then the first and the last part of each compound name.
    pub fn of(record: &'a NormalisedRecord) -> Self {
        let first = Variant {
            name: record.first(),
            soundex: *record.first_soundex(),
            nysiis: *record.first_nysiis(),
        };
        let last = Variant {
            name: record.last(),
            soundex: *record.last_soundex(),
            nysiis: *record.last_nysiis(),
        };
        Self {
            first: Variants::of(first, record.first_parts()),
            last: Variants::of(last, record.last_parts()),
        }
    }
}

/// Blocking keys under the keys of one source.
pub struct BlockingKeys<'k> {
    keys: &'k EncodingKeys,
    attributes: &'k Attributes,
    salted: bool,
    /// The text of the present key.
    text: Zeroizing<Vec<u8>>,
}

impl core::fmt::Debug for BlockingKeys<'_> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("BlockingKeys").finish_non_exhaustive()
    }
}

/// Room for the longest text of a key, so that it never moves in memory: two whole names, or an
/// attribute with its name, and their lengths.
const TEXT_BYTES: usize = 192;

impl<'k> BlockingKeys<'k> {
    /// `salted`: whether block keys for filters are wanted.
    pub fn new(keys: &'k EncodingKeys, attributes: &'k Attributes, salted: bool) -> Self {
        Self { keys, attributes, salted, text: Zeroizing::new(Vec::with_capacity(TEXT_BYTES)) }
    }

    /// Calls `visit` with each key of the record in a pass: none where a part is missing.
    pub fn visit(
        &mut self,
        pass: &PassSpec,
        record: &NormalisedRecord,
        names: &NameVariants<'_>,
        mut visit: impl FnMut(BlockKey),
    ) {
        debug_assert_eq!(PASSES[usize::from(pass.number)].name, pass.name);
        let keys = &self.keys.passes[usize::from(pass.number)];
        let mut seen = [BlockToken::default(); KEYS_MAX];
        let mut count = 0;
        for (first, last) in alternatives(pass, names) {
            self.text.clear();
            let parts = Parts { record, first, last, attributes: self.attributes };
            if !parts.compose(pass, &mut self.text) {
                continue;
            }
            let digest = keys.token.digest(&self.text);
            let token = BlockToken(digest[..16].try_into().expect("a digest is longer"));
            if count == KEYS_MAX || seen[..count].contains(&token) {
                continue;
            }
            seen[count] = token;
            count += 1;
            let filters = self.salted.then(|| FilterKey::new(keys.salt.digest(&self.text)));
            visit(BlockKey { token, filters });
        }
    }
}

/// Pairs of name alternatives that matter to a pass: only one name varies at a time.
fn alternatives<'n, 'a>(
    pass: &PassSpec,
    names: &'n NameVariants<'a>,
) -> impl Iterator<Item = (&'n Variant<'a>, &'n Variant<'a>)> {
    let uses = |parts: &[KeyPart]| pass.key.iter().any(|part| parts.contains(part));
    let pair = [KeyPart::SoundexPair, KeyPart::NamePair];
    let uses_last =
        uses(&[KeyPart::Last3, KeyPart::LastSoundex, KeyPart::LastNysiis]) || uses(&pair);
    let uses_first = uses(&[KeyPart::FirstNysiis]) || uses(&pair);
    let lasts = names.last.parts().filter(move |_| uses_last);
    let firsts = names.first.parts().filter(move |_| uses_first);
    let (first, last) = (names.first.whole(), names.last.whole());
    std::iter::once((first, last))
        .chain(lasts.map(move |other| (first, other)))
        .chain(firsts.map(move |other| (other, last)))
}

fn put(out: &mut Vec<u8>, bytes: &[u8]) {
    if !bytes.is_empty() {
        out.push(u8::try_from(bytes.len()).expect("fields are shorter than 256 bytes"));
        out.extend_from_slice(bytes);
    }
}

fn put_pair(out: &mut Vec<u8>, a: &[u8], b: &[u8]) {
    if !a.is_empty() && !b.is_empty() {
        put(out, a.min(b));
        put(out, a.max(b));
    }
}

/// What a key is made of.
struct Parts<'a> {
    record: &'a NormalisedRecord,
    first: &'a Variant<'a>,
    last: &'a Variant<'a>,
    attributes: &'a Attributes,
}

impl Parts<'_> {
    /// Writes the length-prefixed parts of a key; `false` if one is missing.
    fn compose(&self, pass: &PassSpec, out: &mut Vec<u8>) -> bool {
        pass.key.iter().all(|part| {
            let before = out.len();
            self.append(*part, out);
            out.len() > before
        })
    }

    fn append(&self, part: KeyPart, out: &mut Vec<u8>) {
        let Self { record, first, last, .. } = self;
        match part {
            KeyPart::FirstInitial => put(out, start(first.name, 1)),
            KeyPart::First3 => put(out, start(first.name, 3)),
            KeyPart::Last3 => put(out, start(last.name, 3)),
            KeyPart::FirstSoundex => put(out, first.soundex.as_bytes()),
            KeyPart::LastSoundex => put(out, last.soundex.as_bytes()),
            KeyPart::FirstNysiis => put(out, first.nysiis.as_bytes()),
            KeyPart::LastNysiis => put(out, last.nysiis.as_bytes()),
            KeyPart::SoundexPair => {
                put_pair(out, first.soundex.as_bytes(), last.soundex.as_bytes());
            }
            KeyPart::NamePair => put_pair(out, first.name.as_bytes(), last.name.as_bytes()),
            KeyPart::Dob | KeyPart::BirthYear | KeyPart::BirthMonth | KeyPart::MonthDay => {
                append_date(part, record, out);
            }
            KeyPart::Ssn4 => put(out, record.ssn4().map_or(&[], |digits| digits)),
            KeyPart::Phone => put(out, record.phone().map_or(&[], |digits| digits)),
            KeyPart::Address => {
                if !record.address_street().is_empty() && !record.address_number().is_empty() {
                    put(out, record.address_number().as_bytes());
                    put(out, record.address_street().as_bytes());
                }
            }
            KeyPart::Zip => put(out, record.zip().as_bytes()),
            KeyPart::City => put(out, record.city().as_bytes()),
            KeyPart::LocalId => put(out, record.local_id().as_bytes()),
            KeyPart::Attribute(index) => self.append_attribute(usize::from(index), out),
        }
    }

    fn append_attribute(&self, index: usize, out: &mut Vec<u8>) {
        let value = self.record.attribute(index);
        if let Some(attribute) = self.attributes[index]
            && !value.is_empty()
        {
            put(out, attribute.name.as_str().as_bytes());
            put(out, value.as_bytes());
        }
    }
}

/// The first letters of a name; nothing if it is shorter.
fn start(name: &str, letters: usize) -> &[u8] {
    name.as_bytes().get(..letters).unwrap_or_default()
}

/// Parts of a date; month and day of a default date are no key.
fn append_date(part: KeyPart, record: &NormalisedRecord, out: &mut Vec<u8>) {
    let Some(dob) = record.dob() else { return };
    let digits = Zeroizing::new(dob.to_digits());
    if part == KeyPart::BirthYear {
        return put(out, &digits[..4]);
    }
    if record.dob_is_default() {
        return;
    }
    match part {
        KeyPart::Dob => put(out, &digits[..]),
        KeyPart::BirthMonth => put(out, &digits[4..6]),
        _ => put_pair(out, &digits[4..6], &digits[6..]),
    }
}
