//! Makes the vectors of sealed key files, with `age` itself: `keyfile_vectors DIR`. They are made
//! once, since a salt is random: files that exist are left alone.

use std::io::Write as _;
use std::path::Path;

use age::{Encryptor, Recipient, scrypt, x25519};

const PHRASE: &str = "marble otter sleeps under a red gate";

const AGENCY: &str = "# Made for a test.\n[agency]\n\
    project = \"00112233445566778899aabbccddeeff\"\nepoch = \"3\"\n\
    encoding_key = \"000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f\"\n\
    local_key = \"202122232425262728292a2b2c2d2e2f303132333435363738393a3b3c3d3e3f\"\n";

const UNIT: &str = "# Made for a test.\n[linkage_unit]\n\
    study_id_key = \"404142434445464748494a4b4c4d4e4f505152535455565758595a5b5c5d5e5f\"\n";

fn seal(text: &str, recipient: &dyn Recipient) -> Vec<u8> {
    let encryptor = Encryptor::with_recipients(std::iter::once(recipient)).expect("one");
    let mut sealed = Vec::new();
    let mut writer = encryptor.wrap_output(&mut sealed).expect("a vector");
    writer.write_all(text.as_bytes()).expect("a vector");
    writer.finish().expect("a vector");
    sealed
}

fn with_phrase(text: &str, phrase: &str, work_factor: u8) -> Vec<u8> {
    let mut recipient = scrypt::Recipient::new(phrase.to_owned().into());
    recipient.set_work_factor(work_factor);
    seal(text, &recipient)
}

/// Replaces the first occurrence of some bytes.
fn forge(mut bytes: Vec<u8>, from: &[u8], to: &[u8]) -> Vec<u8> {
    let place = bytes.windows(from.len()).position(|part| part == from).expect("it is there");
    bytes.splice(place..place + from.len(), to.iter().copied());
    bytes
}

fn main() -> std::io::Result<()> {
    let dir = std::env::args().nth(1).expect("usage: keyfile_vectors DIR");
    let quick = || with_phrase(AGENCY, PHRASE, 10);
    let (mut truncated, mut flipped) = (quick(), quick());
    truncated.truncate(truncated.len() - 20);
    let last = flipped.len() - 1;
    flipped[last] ^= 1;
    let public = x25519::Identity::generate().to_public();
    let files = [
        ("good_agency.keys", "agency", "accepted", with_phrase(AGENCY, PHRASE, 18)),
        ("good_linkage_unit.keys", "linkage_unit", "accepted", with_phrase(UNIT, PHRASE, 10)),
        (
            "bad_passphrase.keys",
            "agency",
            "keys-passphrase-wrong",
            with_phrase(AGENCY, "other", 10),
        ),
        ("bad_work_factor.keys", "agency", "keys-work-factor", forge(quick(), b" 10\n", b" 21\n")),
        ("bad_truncated.keys", "agency", "keys-seal-damaged", truncated),
        ("bad_bit_flip.keys", "agency", "keys-seal-damaged", flipped),
        ("bad_newer_version.keys", "agency", "keys-seal-damaged", forge(quick(), b"/v1", b"/v2")),
        ("bad_recipient.keys", "agency", "keys-sealed-otherwise", seal(AGENCY, &public)),
        ("bad_foreign_table.keys", "agency", "keys-foreign-table", with_phrase(UNIT, PHRASE, 10)),
        ("bad_text.keys", "agency", "keys-syntax", with_phrase("no keys", PHRASE, 10)),
        ("bad_not_sealed.keys", "agency", "keys-not-sealed", AGENCY.into()),
    ];
    let mut index = String::from("file\tholder\toutcome\n");
    for (name, holder, outcome, bytes) in files {
        index.push_str(&format!("{name}\t{holder}\t{outcome}\n"));
        let path = Path::new(&dir).join(name);
        if !path.exists() {
            std::fs::write(path, bytes)?;
        }
    }
    std::fs::write(Path::new(&dir).join("passphrase.txt"), format!("{PHRASE}\n"))?;
    std::fs::write(Path::new(&dir).join("index.tsv"), index)
}
