//! Bundles in.

use std::io::Read;
use std::path::Path;
use std::sync::Arc;

use serde::de::DeserializeOwned;
use tallystick_wire::ReadAt;

use super::error::BundleError;
use super::fault::{Fault, FaultKind};
use super::manifest::Manifest;
use super::{DATAPACKAGE, DOCUMENT_BYTES_MAX, FORMAT, MANIFEST, SIGNATURE};
use crate::archive::read::{Archive, ArchiveFault};
use crate::documents::datapackage::{Package, Resource};

/// A bundle whose archive is of the one form, and of which nothing was looked into.
#[derive(Debug)]
pub(super) struct Opened {
    pub(super) archive: Archive,
    pub(super) manifest_bytes: Vec<u8>,
    pub(super) signature: Vec<u8>,
}

impl Opened {
    pub(super) fn open(path: &Path) -> Result<Self, BundleError> {
        Self::of(Archive::open(path))
    }

    fn of(archive: Result<Archive, ArchiveFault>) -> Result<Self, BundleError> {
        let archive = archive.map_err(|fault| match fault {
            ArchiveFault::Directory => FaultKind::Container.of_archive().into(),
            ArchiveFault::Header(member) => FaultKind::Container.at(&member).into(),
            ArchiveFault::Io(cause) => BundleError::io("the bundle", cause),
        })?;
        let manifest_bytes = document(&archive, MANIFEST, FaultKind::Manifest)?;
        let signature = document(&archive, SIGNATURE, FaultKind::Signature)?;
        Ok(Self { archive, manifest_bytes, signature })
    }

    pub(super) fn manifest(&self) -> Result<Manifest, BundleError> {
        let fault = || FaultKind::Manifest.at(MANIFEST);
        let manifest: Manifest = parse(&self.manifest_bytes, fault())?;
        if manifest.format == FORMAT { Ok(manifest) } else { Err(fault().into()) }
    }

    pub(super) fn bundle(self, manifest: Manifest) -> Result<Bundle, BundleError> {
        let package = document(&self.archive, DATAPACKAGE, FaultKind::Datapackage)?;
        let package = parse(&package, FaultKind::Datapackage.at(DATAPACKAGE))?;
        Ok(Bundle { archive: self.archive, manifest, package })
    }
}

/// An opened bundle. Its archive is of the one form and its documents can be read; whether members are
/// what was signed for says only [`super::verify`].
#[derive(Debug)]
pub struct Bundle {
    pub(super) archive: Archive,
    pub(super) manifest: Manifest,
    pub(super) package: Package,
}

impl Bundle {
    /// Opens a bundle.
    ///
    /// # Errors
    /// [`BundleError::Faults`] with the first thing that is wrong; a disk that fails.
    pub fn open(path: &Path) -> Result<Self, BundleError> {
        let opened = Opened::open(path)?;
        let manifest = opened.manifest()?;
        opened.bundle(manifest)
    }

    /// Opens a bundle whose bytes are somewhere else than in a file of its own, such as sealed.
    ///
    /// # Errors
    /// As [`Bundle::open`].
    pub fn over(bytes: Arc<dyn ReadAt>) -> Result<Self, BundleError> {
        let opened = Opened::of(Archive::over(bytes))?;
        let manifest = opened.manifest()?;
        opened.bundle(manifest)
    }

    /// What stands in `manifest.json`.
    pub const fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    /// Names of the tables, in their order.
    pub fn tables(&self) -> impl Iterator<Item = &str> {
        self.package.resources.iter().map(|resource| resource.name.as_str())
    }

    /// The bytes of a member, such as the linkage report.
    ///
    /// # Errors
    /// A member that is not there or is longer than 64 MiB; a disk that fails.
    pub fn member(&self, name: &str) -> Result<Vec<u8>, BundleError> {
        document(&self.archive, name, FaultKind::MemberMissing)
    }

    pub(super) fn resource(&self, table: &str) -> Option<&Resource> {
        self.package.resources.iter().find(|resource| resource.name == table)
    }
}

/// A member of bounded length, whole. Whatever is wrong with it is this kind of fault.
fn document(archive: &Archive, name: &str, kind: FaultKind) -> Result<Vec<u8>, BundleError> {
    let fault = || BundleError::from(kind.at(name));
    let entry = archive.entry(name).filter(|entry| entry.bytes <= DOCUMENT_BYTES_MAX);
    let entry = entry.ok_or_else(fault)?;
    let mut bytes = Vec::new();
    // One more than there should be, to see that there is not.
    let read = archive.content(entry).take(entry.bytes + 1).read_to_end(&mut bytes);
    if read.is_err() || u64::try_from(bytes.len()).ok() != Some(entry.bytes) {
        return Err(fault());
    }
    Ok(bytes)
}

fn parse<T: DeserializeOwned>(bytes: &[u8], fault: Fault) -> Result<T, BundleError> {
    serde_json::from_slice(bytes).map_err(|_| fault.into())
}
