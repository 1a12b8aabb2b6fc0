//! Keys from one agency to another.

use std::fs;
use std::path::PathBuf;

use tempfile::TempDir;

use super::*;

const UNSEALED: &Passphrases = &Passphrases::Absent;

fn recipient_of(path: &Path) -> age::x25519::Recipient {
    match Joined::open(path, UNSEALED).unwrap() {
        Joined::NotYet(recipient) => recipient,
        Joined::Yes(keys) => keys.recipient().unwrap(),
    }
}

struct Bench {
    dir: TempDir,
    unit: String,
}

impl Bench {
    /// A first agency with keys in `first`, and one that waits in `second`.
    fn new() -> Self {
        let unit = age::x25519::Identity::generate().to_public().to_string();
        let bench = Self { dir: TempDir::new().unwrap(), unit };
        make(&bench.at("first"), Some(&bench.unit), None).unwrap();
        join(&bench.at("second"), None).unwrap();
        bench
    }

    fn at(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    fn key(&self, name: &str) -> KeyFile {
        KeyFile::read(&self.at(name)).unwrap()
    }

    /// Invites `second` from a key file.
    fn invite(&self, from: &str, invitation: &str) {
        let to = recipient_of(&self.at("second")).to_string();
        invite(&self.at(from), &to, &self.at(invitation), UNSEALED).unwrap();
    }

    fn accept(&self, invitation: &str, output: Option<&str>) -> Result<KeyFile, KeysError> {
        let output = output.map(|name| self.at(name));
        accept(&self.at("second"), &self.at(invitation), output.as_deref(), None, UNSEALED)
    }
}

fn local(keys: &KeyFile) -> String {
    let source = tallystick_wire::SourceLabel::parse("police").unwrap();
    let keys = tallystick_encoder::keys::EncodingKeys::derive(&keys.keys, source);
    let named = keys.named();
    let (_, continuity) = named.iter().find(|(name, _)| name == "continuity").unwrap();
    format!("{:?}", continuity.digest(b"one"))
}

#[test]
fn an_invited_agency_has_the_shared_keys_and_its_own() {
    let bench = Bench::new();
    assert_eq!(KeyFile::read(&bench.at("second")).unwrap_err().code(), "keys-not-joined");
    bench.invite("first", "invitation");
    bench.accept("invitation", None).unwrap();
    let [first, second] = ["first", "second"].map(|name| bench.key(name));
    assert_eq!(first.fingerprint(), second.fingerprint());
    assert_eq!(
        second.release_recipient.as_ref().map(ToString::to_string),
        Some(bench.unit.clone())
    );
    assert_ne!(local(&first), local(&second));
    let [first, second] = [first, second].map(|file| file.recipient().map(|one| one.to_string()));
    assert_ne!(first, second);
}

#[cfg(unix)]
#[test]
fn only_the_owner_may_read_what_is_written() {
    use std::os::unix::fs::PermissionsExt as _;
    let bench = Bench::new();
    bench.invite("first", "invitation");
    bench.accept("invitation", None).unwrap();
    rotate(&bench.at("first"), &bench.at("later"), true, None, UNSEALED).unwrap();
    for name in ["first", "second", "invitation", "later"] {
        let mode = fs::metadata(bench.at(name)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{name}");
    }
}

#[test]
fn an_invitation_is_for_one_file_and_one_project() {
    let bench = Bench::new();
    bench.invite("first", "invitation");
    join(&bench.at("third"), None).unwrap();
    let for_another = accept(&bench.at("third"), &bench.at("invitation"), None, None, UNSEALED);
    assert_eq!(for_another.unwrap_err().code(), "invitation-for-another");
    bench.accept("invitation", None).unwrap();
    assert_eq!(bench.accept("invitation", None).unwrap_err().code(), "invitation-not-later");

    make(&bench.at("other"), None, None).unwrap();
    bench.invite("other", "elsewhere");
    let elsewhere = bench.accept("elsewhere", Some("new"));
    assert_eq!(elsewhere.unwrap_err().code(), "invitation-other-project");

    let mut bytes = fs::read(bench.at("invitation")).unwrap();
    let last = bytes.len() - 1;
    bytes[last] ^= 1;
    fs::write(bench.at("changed"), &bytes).unwrap();
    assert_eq!(bench.accept("changed", None).unwrap_err().code(), "invitation-damaged");
    fs::write(bench.at("changed"), "hello").unwrap();
    assert_eq!(bench.accept("changed", None).unwrap_err().code(), "invitation-damaged");
}

#[test]
fn the_linkage_unit_is_not_invited() {
    let bench = Bench::new();
    let refused = invite(&bench.at("first"), &bench.unit, &bench.at("invitation"), UNSEALED);
    assert_eq!(refused.unwrap_err().code(), "keys-invitee-is-unit");
    assert!(!bench.at("invitation").exists());
}

#[test]
fn another_fingerprint_than_the_one_read_out_is_refused() {
    let bench = Bench::new();
    bench.invite("first", "invitation");
    let right = bench.key("first").fingerprint().to_string();
    let wrong = Fingerprint::of_public("someone else").to_string();
    let accept = |digits: &str| {
        accept(&bench.at("second"), &bench.at("invitation"), None, Some(digits), UNSEALED)
    };
    assert_eq!(accept("12345").unwrap_err().code(), "fingerprint-invalid");
    assert_eq!(accept(&wrong).unwrap_err().code(), "invitation-fingerprint-differs");
    accept(&right).unwrap();
}

#[test]
fn a_rotation_raises_the_epoch_and_keeps_what_is_the_agencys_own() {
    let bench = Bench::new();
    bench.invite("first", "invitation");
    bench.accept("invitation", None).unwrap();
    rotate(&bench.at("first"), &bench.at("later"), true, None, UNSEALED).unwrap();
    bench.invite("later", "again");
    assert_eq!(bench.accept("again", None).unwrap_err().code(), "keys-output-missing");
    bench.accept("again", Some("second later")).unwrap();
    let names = ["first", "second", "later", "second later"];
    let [first, second, later, second_later] = names.map(|name| bench.key(name));
    assert_eq!(later.keys.epoch, 1);
    assert_eq!(later.fingerprint(), second_later.fingerprint());
    assert_ne!(later.fingerprint(), first.fingerprint());
    let check = |file: &KeyFile| tallystick_encoder::keys::key_check(&file.keys);
    assert_ne!(check(&later), check(&first));
    assert_eq!(local(&first), local(&later));
    assert_eq!(local(&second), local(&second_later));
    let over = rotate(&bench.at("first"), &bench.at("later"), false, None, UNSEALED);
    assert_eq!(over.unwrap_err().code(), "keys-exists");
}

#[test]
fn what_is_made_from_a_sealed_file_is_sealed_alike() {
    let bench = Bench::new();
    let phrase = "marble otter sleeps under a red gate";
    let phrase_file = bench.at("phrase");
    fs::write(&phrase_file, phrase).unwrap();
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        fs::set_permissions(&phrase_file, fs::Permissions::from_mode(0o600)).unwrap();
    }
    let sealed = Passphrases::File(phrase_file);
    let third = bench.at("third");
    let invitee = join(&third, Some(Passphrase::new(phrase.to_owned()))).unwrap().to_string();
    invite(&bench.at("first"), &invitee, &bench.at("invitation"), UNSEALED).unwrap();
    let refused = accept(&third, &bench.at("invitation"), None, None, UNSEALED);
    assert_eq!(refused.unwrap_err().code(), "keys-passphrase-needed");
    let accepted = accept(&third, &bench.at("invitation"), None, None, &sealed).unwrap();
    assert_eq!(accepted.fingerprint(), bench.key("first").fingerprint());
    rotate(&third, &bench.at("later"), false, None, &sealed).unwrap();
    for name in ["third", "later"] {
        let bytes = fs::read(bench.at(name)).unwrap();
        assert!(bytes.starts_with(b"age-encryption.org/"), "{name}");
        let needed = KeyFile::read(&bench.at(name)).unwrap_err();
        assert_eq!(needed.code(), "keys-passphrase-needed");
        assert!(KeyFile::open(&bench.at(name), &sealed).is_ok());
    }
}
