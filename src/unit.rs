//! The unit at work: its records, keys and settings, as every part of the service has them.

use std::path::Path;
use std::sync::Arc;

use crate::accounts::{self, AccountError, NewAccount, Role, Roles};
use crate::audit;
use crate::clock::Clock;
use crate::config::Config;
use crate::ids::{AccountId, SegmentId};
use crate::intake::{IntakeError, Receiving};
use crate::keys::{ServiceKeys, UnitKeys};
use crate::operate::Backups;
use crate::runs::Board;
use crate::seal::SealKey;
use crate::store::segment::{DataKey, SegmentKind, SegmentReader};
use crate::store::{Act, Store, StoreError};

/// Log-in name of the first administrator.
pub const FIRST_ADMINISTRATOR: &str = "administrator";

/// Records, keys and settings.
#[derive(Debug)]
pub struct Unit {
    /// The records.
    pub store: Store,
    /// Settings.
    pub config: Config,
    /// Seals second factors of accounts.
    pub accounts_key: SealKey,
    /// Wraps the keys of encodings and uploads, and of what runs make of them.
    pub encodings_key: SealKey,
    /// Wraps the keys of content.
    pub content_key: SealKey,
    /// Opens content for releases, and makes the ids in them.
    pub release_keys: UnitKeys,
    /// Uploads that a request writes to at this moment.
    pub receiving: Receiving,
    /// Backups that the service makes.
    pub backups: Backups,
    /// Word between the thread that works on runs and those that wait for it.
    pub runs: Board,
}

impl Unit {
    /// Opens the records in `directory`. Where `audit.verify_at_start` says so nothing is added to a log that is not whole.
    ///
    /// # Errors
    /// [`StoreError`]; [`StoreError::Log`] with the first thing that is wrong with the log.
    pub fn open(
        directory: &Path,
        keys: ServiceKeys,
        config: Config,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, StoreError> {
        let ServiceKeys { unit: release_keys, audit: key, accounts, encodings, content } = keys;
        let entries = config.audit.checkpoint_entries;
        let store = Store::open(directory, key, clock, entries)?;
        if config.audit.verify_at_start {
            store.read(|connection| audit::verify_at_start(connection, store.key().public()))?;
        }
        Ok(Self {
            store,
            config,
            accounts_key: accounts,
            encodings_key: encodings,
            content_key: content,
            release_keys,
            receiving: Receiving::default(),
            backups: Backups::default(),
            runs: Board::default(),
        })
    }

    /// The key that wraps those of a kind of segments.
    pub(crate) const fn key_of(&self, kind: SegmentKind) -> &SealKey {
        if kind.is_of_content() { &self.content_key } else { &self.encodings_key }
    }

    /// Erases a segment: its key is gone with the transaction. The file is to be removed after it.
    pub(crate) fn shred(&self, act: &Act<'_>, segment: SegmentId) -> Result<(), StoreError> {
        let sql = "UPDATE segment SET wrapped_key = NULL, shredded_at = ?2 WHERE id = ?1 AND shredded_at IS NULL";
        act.sql().execute(sql, rusqlite::params![segment, act.now()])?;
        Ok(())
    }

    /// Opens a finished segment.
    pub(crate) fn open_segment(
        &self,
        id: SegmentId,
        kind: SegmentKind,
        key: &SealKey,
    ) -> Result<SegmentReader, IntakeError> {
        let sql = "SELECT wrapped_key, bytes FROM segment WHERE id = ?1 AND kind = ?2 AND shredded_at IS NULL";
        let (wrapped, bytes): (Vec<u8>, u64) = self.store.read(|connection| {
            let mut statement = connection.prepare_cached(sql)?;
            let values = rusqlite::params![id, kind.as_str()];
            Ok::<_, StoreError>(statement.query_row(values, |row| Ok((row.get(0)?, row.get(1)?)))?)
        })?;
        let corrupt = || StoreError::Corrupt { table: "segment", column: "wrapped_key" };
        let data = DataKey::unwrap(key, id, kind, &wrapped).ok_or_else(corrupt)?;
        Ok(SegmentReader::open(&self.store.segment_path(id), data, bytes)?)
    }

    /// The secret of a one-time link for the first administrator, where nobody has ever enrolled as one; else `None`.
    ///
    /// # Errors
    /// [`AccountError`].
    pub fn first_link(&self) -> Result<Option<zeroize::Zeroizing<String>>, AccountError> {
        let all = self.store.read(accounts::list)?;
        let administrators = || {
            let open = all.iter().filter(|account| account.disabled_at.is_none());
            open.filter(|account| account.roles.holds(Role::Administrator))
        };
        if administrators().any(|account| account.is_enrolled) {
            return Ok(None);
        }
        let waiting: Option<AccountId> = administrators().map(|account| account.id).next();
        let account = match waiting {
            Some(account) => account,
            None => accounts::create(
                &self.store,
                None,
                &NewAccount {
                    name: FIRST_ADMINISTRATOR.to_owned(),
                    roles: Roles::new([Role::Administrator])?,
                    agency: None,
                    projects: Vec::new(),
                    trained_until: None,
                },
            )?,
        };
        accounts::invite(&self.store, None, &self.config.accounts, account).map(Some)
    }
}
