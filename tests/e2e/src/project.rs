//! A project of several agencies and a linkage unit in one scratch directory.

use std::collections::BTreeMap;
use std::fs;
use std::io::{BufReader, Read as _};
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;

use age::secrecy::ExposeSecret as _;
use anyhow::Context as _;
use sha2::{Digest as _, Sha256};
use tallystick::config::Config;
use tallystick::keys::UnitKeys;
use tallystick::link::{LinkRequest, LinkSummary, Observer, link};
use tallystick_agency::encode::{Canaries, EncodeReport, EncodeRequest, encode};
use tallystick_agency::export::{Input, ReadLimits};
use tallystick_agency::keys::KeyFile;
use tallystick_encoder::mapping::Mapping;
use tallystick_kernels::Kernel;
use tallystick_keyfile::{Entry, Holder, write_new};
use tallystick_wire::{Profile, Submission};
use tempfile::TempDir;

/// Births after this year are implausible in every export of these tests.
pub(crate) const YEAR_MAX: u16 = 2020;

/// Keys, submissions and results of one project. All keys are fixed but the release key and the
/// agencies' identities, which decide nothing but sealed bytes; so results can be compared between runs.
#[derive(Debug)]
pub struct Project {
    dir: TempDir,
    unit: UnitKeys,
    config: Config,
}

/// One encoded export.
#[derive(Debug)]
pub struct Encoded {
    /// Name of the source.
    pub source: String,
    /// The submission.
    pub submission: PathBuf,
    /// The handles file.
    pub handles: PathBuf,
    /// What encoding came to.
    pub report: EncodeReport,
}

/// One linkage.
#[derive(Debug)]
pub struct Linked {
    /// Directory of tables and report.
    pub dir: PathBuf,
    /// The clusters file.
    pub clusters: PathBuf,
    /// What linking came to.
    pub summary: LinkSummary,
}

/// Watches nothing.
struct Quiet;

impl Observer for Quiet {
    fn stage(&self, _: &str, _: u64) {}
    fn advance(&self, _: u64) {}
    fn is_cancelled(&self) -> bool {
        false
    }
}

/// A key that is the same in every run and differs by name.
fn fixed_hex(name: &str, bytes: usize) -> String {
    Sha256::digest(name)[..bytes].iter().map(|byte| format!("{byte:02x}")).collect()
}

impl Project {
    /// A new project with the keys of the linkage unit.
    ///
    /// # Errors
    /// If the scratch directory cannot be written.
    pub fn new() -> anyhow::Result<Self> {
        let dir = TempDir::new()?;
        let path = dir.path().join("unit.keys");
        let identity = age::x25519::Identity::generate().to_string();
        let entries = [
            Entry { name: "release_key", comment: "test", value: identity.expose_secret() },
            Entry { name: "study_id_key", comment: "test", value: &fixed_hex("study id", 32) },
        ];
        write_new(&path, Holder::LinkageUnit, &entries, None)?;
        let unit = UnitKeys::read(&path)?;
        Ok(Self { dir, unit, config: Config::load(None)? })
    }

    /// The project's scratch directory.
    pub fn dir(&self) -> &Path {
        self.dir.path()
    }

    /// The unit's key file.
    pub fn unit_keys(&self) -> PathBuf {
        self.dir().join("unit.keys")
    }

    /// Opens sealed content.
    pub fn release_key(&self) -> &age::x25519::Identity {
        &self.unit.release_key
    }

    /// The content of a submission, opened.
    ///
    /// # Errors
    /// A submission that cannot be read, has no content, or none that this project's key opens.
    pub fn content(&self, submission: &Path) -> anyhow::Result<Vec<u8>> {
        let submission = Submission::open(fs::File::open(submission)?)?;
        let sealed = submission.content().context("the export has content")?;
        let decryptor = age::Decryptor::new_buffered(BufReader::new(sealed))?;
        let identity: &dyn age::Identity = self.release_key();
        let mut bytes = Vec::new();
        decryptor.decrypt(std::iter::once(identity))?.read_to_end(&mut bytes)?;
        Ok(bytes)
    }

    /// Settings of the linkage.
    pub fn config(&self) -> &Config {
        &self.config
    }

    /// The key file of an agency; made when first asked for.
    ///
    /// # Errors
    /// If it cannot be written.
    pub fn agency_keys(&self, agency: &str) -> anyhow::Result<PathBuf> {
        self.agency_keys_with(agency, "encoding")
    }

    /// The same, in a project whose encoding key has another name and so another value.
    ///
    /// # Errors
    /// If it cannot be written.
    pub fn agency_keys_with(&self, agency: &str, encoding: &str) -> anyhow::Result<PathBuf> {
        let path = self.dir().join(format!("{agency}.{encoding}.keys"));
        if !path.exists() {
            let recipient = self.unit.recipient();
            let identity = age::x25519::Identity::generate().to_string();
            let [project, encoding_key, local_key] =
                [("project", 16), (encoding, 32), (agency, 32)].map(|(n, len)| fixed_hex(n, len));
            let entries = [
                ("project", project.as_str()),
                ("epoch", "0"),
                ("encoding_key", &encoding_key),
                ("local_key", &local_key),
                ("identity", identity.expose_secret()),
                ("release_recipient", &recipient),
            ]
            .map(|(name, value)| Entry { name, comment: "test", value });
            write_new(&path, Holder::Agency, &entries, None)?;
        }
        Ok(path)
    }

    /// Encodes an export with its mapping; `run` names the files of this encoding.
    ///
    /// # Errors
    /// Those of encoding.
    pub fn encode(
        &self,
        export: &Path,
        mapping: &str,
        profile: Profile,
        run: &str,
    ) -> anyhow::Result<Encoded> {
        self.encode_planting(export, mapping, profile, run, 0)
    }

    /// The same with a second file of names.
    ///
    /// # Errors
    /// Those of encoding.
    pub fn encode_aliased(
        &self,
        [export, aliases]: [&Path; 2],
        mapping: &str,
        profile: Profile,
        run: &str,
    ) -> anyhow::Result<Encoded> {
        self.encode_all((export, Some(aliases)), mapping, profile, run, 0)
    }

    /// The same with some planted persons, whose labels lie beside the submission as `.planted.csv`.
    ///
    /// # Errors
    /// Those of encoding.
    pub fn encode_planting(
        &self,
        export: &Path,
        mapping: &str,
        profile: Profile,
        run: &str,
        planted: u32,
    ) -> anyhow::Result<Encoded> {
        self.encode_all((export, None), mapping, profile, run, planted)
    }

    fn encode_all(
        &self,
        (export, aliases): (&Path, Option<&Path>),
        mapping: &str,
        profile: Profile,
        run: &str,
        planted: u32,
    ) -> anyhow::Result<Encoded> {
        let mapping = Mapping::parse(mapping)?;
        let source = mapping.source().to_owned();
        let submission = self.dir().join(format!("{run}.{source}.tally"));
        let handles = self.dir().join(format!("{run}.{source}.handles.csv"));
        let labels = submission.with_extension("planted.csv");
        let aliases = aliases.map(Input::file);
        let request = EncodeRequest {
            export: &Input::file(export),
            mapping: &mapping,
            aliases: aliases.as_ref(),
            keys: &KeyFile::read(&self.agency_keys(&source)?)?,
            profile,
            output: &submission,
            handles: Some((&handles, None)),
            canaries: (planted > 0).then_some(Canaries { count: planted, labels: &labels }),
            limits: ReadLimits::default(),
            year_max: YEAR_MAX,
        };
        let report = encode(&request, &mut |_, _| {}, &AtomicBool::new(false))
            .with_context(|| format!("encoding {source}"))?;
        Ok(Encoded { source, submission, handles, report })
    }

    /// Links submissions in the given order; `run` names the results.
    ///
    /// # Errors
    /// Those of linking.
    pub fn link(
        &self,
        submissions: &[PathBuf],
        one_to_one: &[(&str, &str)],
        kernel: Kernel,
        run: &str,
    ) -> anyhow::Result<Linked> {
        self.link_known(submissions, one_to_one, [None, None], kernel, run)
    }

    /// The same where the true persons of all records, or those of planted ones, are known: files
    /// of `source,handle,person`.
    ///
    /// # Errors
    /// Those of linking.
    pub fn link_known(
        &self,
        submissions: &[PathBuf],
        one_to_one: &[(&str, &str)],
        [truth, canaries]: [Option<&Path>; 2],
        kernel: Kernel,
        run: &str,
    ) -> anyhow::Result<Linked> {
        let dir = self.dir().join(format!("{run}.linked"));
        let clusters = self.dir().join(format!("{run}.clusters.csv"));
        let one_to_one: Vec<(String, String)> =
            one_to_one.iter().map(|(a, b)| ((*a).to_owned(), (*b).to_owned())).collect();
        let request = LinkRequest {
            truth,
            canaries,
            left_out: None,
            submissions,
            keys: &self.unit,
            config: &self.config,
            one_to_one: &one_to_one,
            out: &dir,
            clusters: Some(&clusters),
            kernel,
        };
        let summary = link(&request, &Quiet)?;
        Ok(Linked { dir, clusters, summary })
    }
}

/// Every file under a directory with its bytes, by name.
///
/// # Errors
/// If one cannot be read.
pub fn files_in(dir: &Path) -> anyhow::Result<BTreeMap<String, Vec<u8>>> {
    let mut files = BTreeMap::new();
    for entry in fs::read_dir(dir)? {
        let path = entry?.path();
        let name = path.file_name().context("entries have names")?.to_string_lossy().into_owned();
        if path.is_dir() {
            for (inner, bytes) in files_in(&path)? {
                files.insert(format!("{name}/{inner}"), bytes);
            }
        } else {
            files.insert(name, fs::read(&path)?);
        }
    }
    Ok(files)
}
