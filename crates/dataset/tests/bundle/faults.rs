//! Whatever is changed in a bundle is found, and each kind of fault by its own name.

use std::fs::{self, OpenOptions};
use std::io::{Seek as _, SeekFrom, Write as _};
use std::path::Path;

use proptest::prelude::*;
use ring::signature::{Ed25519KeyPair, KeyPair as _};
use tallystick_dataset::bundle::{BundleError, Fault, FaultKind, verify};

use crate::made::{public_key, small, ticking};

/// The faults of a bundle; none if it is whole.
fn faults(path: &Path) -> Vec<Fault> {
    match ticking(|ticker| verify(path, &public_key(), ticker)) {
        Ok(_) => Vec::new(),
        Err(BundleError::Faults(faults)) => faults,
        Err(error) => panic!("{}", error.code()),
    }
}

#[test]
fn every_changed_byte_is_found() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("small.zip");
    small(&path);
    let bytes = fs::read(&path).unwrap();
    let mut file = OpenOptions::new().write(true).open(&path).unwrap();
    let mut put = |at: usize, byte: u8| {
        file.seek(SeekFrom::Start(at as u64)).unwrap();
        file.write_all(&[byte]).unwrap();
    };
    for (at, byte) in bytes.iter().enumerate() {
        // Each bit has its turn.
        put(at, byte ^ (1 << (at % 8)));
        assert!(!faults(&path).is_empty(), "byte {at} of {}", bytes.len());
        put(at, *byte);
    }
    assert_eq!(faults(&path), []);
}

#[test]
fn bytes_that_are_missing_or_too_many_are_found() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("small.zip");
    small(&path);
    let bytes = fs::read(&path).unwrap();
    let changed = [
        bytes[..bytes.len() - 1].to_vec(),
        bytes[1..].to_vec(),
        [&bytes[..], &[0]].concat(),
        [&[0], &bytes[..]].concat(),
        bytes[..bytes.len() / 2].to_vec(),
        Vec::new(),
    ];
    for changed in changed {
        fs::write(&path, changed).unwrap();
        assert_eq!(faults(&path), [Fault { kind: FaultKind::Container, member: None }]);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    /// Not one byte but many, and lengths too: an error, never a stop of the program.
    #[test]
    fn damage_of_any_kind_is_found(
        at in any::<prop::sample::Index>(),
        cut in 0_usize..64,
        put in prop::collection::vec(any::<u8>(), 0..64),
    ) {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("small.zip");
        small(&path);
        let bytes = fs::read(&path).unwrap();
        let at = at.index(bytes.len());
        let mut changed = bytes.clone();
        changed.splice(at..bytes.len().min(at + cut), put);
        prop_assume!(changed != bytes);
        fs::write(&path, changed).unwrap();
        prop_assert!(!faults(&path).is_empty());
    }
}

/// A member in another archive, by somebody else's program.
fn repack(from: &Path, to: &Path, change: impl Fn(&mut Vec<(String, Vec<u8>)>)) {
    let script = "import sys, zipfile\nz = zipfile.ZipFile(sys.argv[1])\nassert z.testzip() is None\n\
                  for i in z.infolist(): print(i.filename, len(z.read(i)))\n";
    let listed = std::process::Command::new("python3").args(["-c", script]).arg(from).output();
    let listed = String::from_utf8(listed.unwrap().stdout).unwrap();
    let bundle = tallystick_dataset::bundle::Bundle::open(from).unwrap();
    let mut members: Vec<(String, Vec<u8>)> = listed
        .lines()
        .map(|line| line.split_once(' ').unwrap())
        .map(|(name, bytes)| {
            let member = bundle.member(name).unwrap();
            assert_eq!(member.len().to_string(), bytes, "another program reads the same");
            (name.to_owned(), member)
        })
        .collect();
    change(&mut members);
    pack::pack(to, &members);
}

/// Archives of the one form, with whatever members: written here a second time, from the format alone.
mod pack {
    use std::path::Path;

    struct Packed<'a> {
        name: &'a str,
        crc: u32,
        bytes: &'a [u8],
        offset: usize,
    }

    pub(super) fn pack(to: &Path, members: &[(String, Vec<u8>)]) {
        let (mut out, mut packed) = (Vec::new(), Vec::new());
        for (name, bytes) in members {
            let mut crc = flate2::Crc::new();
            crc.update(bytes);
            let member = Packed { name, crc: crc.sum(), bytes, offset: out.len() };
            out.extend_from_slice(&0x0403_4b50_u32.to_le_bytes());
            out.extend_from_slice(&[20, 0]);
            common(&member, 20, &mut out);
            out.extend_from_slice(name.as_bytes());
            out.extend_from_slice(&[0x20, 0xa2, 16, 0, 0x28, 0xa0]);
            out.extend_from_slice(&[0; 14]);
            out.extend_from_slice(bytes);
            packed.push(member);
        }
        let start = out.len();
        for member in &packed {
            out.extend_from_slice(&0x0201_4b50_u32.to_le_bytes());
            out.extend_from_slice(&[20, 3, 20, 0]);
            common(member, 0, &mut out);
            out.extend_from_slice(&[0; 6]);
            out.extend_from_slice(&(0o100_644_u32 << 16).to_le_bytes());
            out.extend_from_slice(&u32::try_from(member.offset).unwrap().to_le_bytes());
            out.extend_from_slice(member.name.as_bytes());
        }
        let bytes = u32::try_from(out.len() - start).unwrap();
        out.extend_from_slice(&0x0605_4b50_u32.to_le_bytes());
        out.extend_from_slice(&[0; 4]);
        let count = u16::try_from(packed.len()).unwrap().to_le_bytes();
        out.extend_from_slice(&[count, count].concat());
        out.extend_from_slice(&bytes.to_le_bytes());
        out.extend_from_slice(&u32::try_from(start).unwrap().to_le_bytes());
        out.extend_from_slice(&[0; 2]);
        std::fs::write(to, out).unwrap();
    }

    /// Flags to the length of what is extra, alike in both headers; stored.
    fn common(member: &Packed<'_>, extra: u16, out: &mut Vec<u8>) {
        let bytes = u32::try_from(member.bytes.len()).unwrap().to_le_bytes();
        out.extend_from_slice(&[0, 0, 0, 0, 0, 0, 0x21, 0]);
        out.extend_from_slice(&member.crc.to_le_bytes());
        out.extend_from_slice(&[bytes, bytes].concat());
        out.extend_from_slice(&u16::try_from(member.name.len()).unwrap().to_le_bytes());
        out.extend_from_slice(&extra.to_le_bytes());
    }
}

/// The faults once members were changed and packed again.
fn after(change: impl Fn(&mut Vec<(String, Vec<u8>)>)) -> Vec<Fault> {
    let dir = tempfile::tempdir().unwrap();
    let [path, changed] = ["a.zip", "b.zip"].map(|name| dir.path().join(name));
    small(&path);
    repack(&path, &changed, change);
    faults(&changed)
}

/// Signs a changed manifest, so that what lies behind the signature is reached.
fn sign_again(members: &mut [(String, Vec<u8>)], change: impl Fn(&mut serde_json::Value)) {
    use sha2::Digest as _;
    let place = members.len() - 2;
    let mut manifest: serde_json::Value = serde_json::from_slice(&members[place].1).unwrap();
    for output in manifest["outputs"].as_array_mut().unwrap() {
        let name = output["name"].as_str().unwrap().to_owned();
        let Some((_, bytes)) = members.iter().find(|(member, _)| *member == name) else { continue };
        let hash = tallystick_wire::Digest(sha2::Sha256::digest(bytes).into()).to_string();
        for key in ["sha256", "packed_sha256"] {
            output[key] = hash.clone().into();
        }
        for key in ["bytes", "packed_bytes"] {
            output[key] = bytes.len().into();
        }
    }
    change(&mut manifest);
    members[place].1 = serde_json::to_vec(&manifest).unwrap();
    let signed = [tallystick_dataset::bundle::SIGNED_PREFIX, &members[place].1].concat();
    members[place + 1].1 = crate::made::sign(&signed).to_vec();
}

fn find<'a>(members: &'a mut [(String, Vec<u8>)], name: &str) -> &'a mut Vec<u8> {
    &mut members.iter_mut().find(|(member, _)| member == name).unwrap().1
}

fn replace(bytes: &mut Vec<u8>, from: &str, to: &str) {
    let text = String::from_utf8(bytes.clone()).unwrap();
    assert!(text.contains(from));
    *bytes = text.replace(from, to).into_bytes();
}

fn at(kind: FaultKind, member: &str) -> Vec<Fault> {
    vec![Fault { kind, member: Some(member.to_owned()) }]
}

#[test]
fn what_is_not_signed_for_is_found() {
    let unchanged = after(|members| sign_again(members, |_| {}));
    assert_eq!(unchanged, [], "what these tests pack is of the one form");
    let packed_otherwise = after(|_| {});
    assert!(packed_otherwise.iter().all(|fault| fault.kind == FaultKind::MemberChanged));
    assert!(!packed_otherwise.is_empty(), "stored where it was deflated");
    let signature = after(|members| find(members, "manifest.sig")[5] ^= 1);
    assert_eq!(signature, at(FaultKind::Signature, "manifest.sig"));
    let manifest = after(|members| find(members, "manifest.json")[40] ^= 1);
    assert_eq!(manifest, at(FaultKind::Signature, "manifest.sig"));
    let without = after(|members| members.retain(|(name, _)| name != "manifest.json"));
    assert_eq!(without, at(FaultKind::Manifest, "manifest.json"));
}

#[test]
fn names_and_order_are_compared() {
    let extra = after(|members| {
        sign_again(members, |_| {});
        members.insert(0, ("data/more.csv".to_owned(), b"a\r\n".to_vec()));
    });
    assert_eq!(extra, at(FaultKind::MemberExtra, "data/more.csv"));
    let missing = after(|members| {
        sign_again(members, |_| {});
        members.retain(|(name, _)| name != "README.txt");
    });
    assert_eq!(missing, at(FaultKind::MemberMissing, "README.txt"));
    let order = after(|members| {
        sign_again(members, |_| {});
        members.swap(0, 1);
    });
    assert_eq!(order, at(FaultKind::Order, "data/number.parquet"));
}

#[test]
fn what_is_signed_for_and_wrong_is_found_too() {
    let format = after(|members| {
        sign_again(members, |manifest| manifest["format"] = "tallystick-bundle-2".into());
    });
    assert_eq!(format, at(FaultKind::Manifest, "manifest.json"));
    let row = after(|members| {
        find(members, "data/number.csv").extend_from_slice(b"4\r\n");
        sign_again(members, |_| {});
    });
    assert_eq!(row, at(FaultKind::Table, "data/number.csv"));
    let cell = after(|members| {
        replace(find(members, "data/number.csv"), "2", "b");
        sign_again(members, |_| {});
    });
    assert_eq!(cell, at(FaultKind::Table, "data/number.csv"));
    let rows = after(|members| {
        replace(find(members, "datapackage.json"), "\"rows\": 3", "\"rows\": 4");
        sign_again(members, |_| {});
    });
    assert_eq!(rows, at(FaultKind::Datapackage, "datapackage.json"));
    let parquet = after(|members| {
        *find(members, "data/number.parquet") = b"PAR1".to_vec();
        sign_again(members, |_| {});
    });
    assert_eq!(parquet, at(FaultKind::Table, "data/number.parquet"));
    let codebook = after(|members| {
        replace(find(members, "codebook.csv"), "number,n,", "number,m,");
        sign_again(members, |_| {});
    });
    assert_eq!(codebook, at(FaultKind::Codebook, "codebook.csv"));
}

#[test]
fn another_key_does_not_verify() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("a.zip");
    small(&path);
    let other = Ed25519KeyPair::from_seed_unchecked(&[8; 32]).unwrap();
    let other: [u8; 32] = other.public_key().as_ref().try_into().unwrap();
    let error = ticking(|ticker| verify(&path, &other, ticker)).unwrap_err();
    assert_eq!(
        error.to_string(),
        "the bundle is not as it was written: bundle-signature: manifest.sig: the signature is not \
         of this key over this manifest"
    );
}

/// Under the all-zero key a signature of zeros holds for one manifest in four.
#[test]
fn a_key_under_which_anybody_can_sign_verifies_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("a.zip");
    small(&path);
    for last in [0, 0x80] {
        let mut weak = [0; 32];
        weak[31] = last;
        let error = ticking(|ticker| verify(&path, &weak, ticker)).unwrap_err();
        assert_eq!(error.code(), "bundle-key-weak");
    }
}

#[test]
fn codes_are_unlike() {
    let codes: std::collections::BTreeSet<&str> =
        FaultKind::ALL.iter().map(|kind| kind.code()).collect();
    assert_eq!(codes.len(), FaultKind::ALL.len());
}
