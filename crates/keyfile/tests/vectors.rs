//! Sealed key files that were made once with `age` itself (`examples/keyfile_vectors.rs`): they
//! open for ever, and the bad ones end in their own error.

use std::path::{Path, PathBuf};

use tallystick_keyfile::{Holder, KeyTable, Passphrases};

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/vectors/keyfile_v1")
}

#[test]
fn sealed_key_files_open_or_end_in_their_error() {
    let dir = tempfile::tempdir().expect("a scratch directory");
    let phrase = dir.path().join("phrase");
    std::fs::copy(folder().join("passphrase.txt"), &phrase).expect("the passphrase is there");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let owner = std::fs::Permissions::from_mode(0o600);
        std::fs::set_permissions(&phrase, owner).expect("it is ours");
    }
    let passphrases = Passphrases::File(phrase);
    let index = std::fs::read_to_string(folder().join("index.tsv")).expect("the index is there");
    let mut seen = 0;
    for line in index.lines().skip(1) {
        let cells: Vec<&str> = line.split('\t').collect();
        let [name, holder, outcome] = cells[..] else { panic!("{line}") };
        let holder = [Holder::Agency, Holder::LinkageUnit]
            .into_iter()
            .find(|one| one.table() == holder)
            .expect("a holder");
        let bytes = std::fs::read(folder().join(name)).expect("the vector is there");
        let found = match KeyTable::of_bytes(Path::new(name), &bytes, holder, &passphrases) {
            Ok(table) => {
                let (entry, first) = match holder {
                    Holder::Agency => ("encoding_key", 0x00),
                    _ => ("study_id_key", 0x40),
                };
                let key = table.bytes::<32>(entry).expect("the key is whole");
                assert_eq!([key[0], key[31]], [first, first + 31], "{name}");
                "accepted"
            }
            Err(error) => error.code(),
        };
        assert_eq!(found, outcome, "{name}");
        seen += 1;
    }
    assert_eq!(seen, 11);
}
