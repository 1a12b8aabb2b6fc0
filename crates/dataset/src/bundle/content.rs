//! What a bundle is made of.

use tallystick_wire::Digest;

use crate::column::Table;

/// All that is in a bundle.
#[derive(Clone, Debug)]
pub struct BundleContent<'a> {
    /// What the documents and the manifest say of the release.
    pub facts: ReleaseFacts,
    /// Tables, in the order in which they are listed. One that another refers to stands before it.
    pub tables: &'a [Table],
    /// Which columns refer to which.
    pub relations: Vec<Relation>,
    /// Files that others made, such as the linkage report, in the order in which they are listed.
    pub members: Vec<Member>,
}

/// What the documents and the manifest say of a release. Texts are shown as they are; days are
/// `YYYY-MM-DD` and instants RFC 3339, and neither is parsed.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct ReleaseFacts {
    /// Number of the release, unique at its unit.
    pub release_id: String,
    /// Title of the dataset.
    pub title: String,
    /// What it is and for what, in a paragraph.
    pub summary: String,
    /// The project that it is for.
    pub project: String,
    /// Number of the data use agreement.
    pub agreement: String,
    /// The de-identification profile.
    pub profile: String,
    /// Who made it: the linkage unit's name.
    pub producer: String,
    /// Day of the release.
    pub released_on: String,
    /// What may be done with it, in a paragraph.
    pub terms: String,
    /// What an analyst should know, each in a sentence or two.
    pub notes: Vec<String>,
    /// What was linked.
    pub inputs: Vec<Input>,
    /// SHA-256 of the configuration.
    pub config_hash: Digest,
    /// Version of the program, with its commit.
    pub code_version: String,
    /// Seed of what was drawn, if anything was.
    pub seed: Option<String>,
    /// Smallest group of persons alike in what others may know that was demanded; tables of counts have no smaller cell.
    pub k_demanded: Option<u64>,
    /// Smallest such group after protection.
    pub k_achieved: Option<u64>,
    /// What was taken out.
    pub suppressed: Vec<Suppression>,
    /// Name of the member that is the notice on redisclosure (42 CFR 2.32), if rows need one.
    pub notice: Option<String>,
    /// Who prepared and approved it.
    pub approvals: Vec<Approval>,
    /// Where the audit log stood.
    pub audit_head: Option<AuditHead>,
}

/// A file that went into the linkage.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Input {
    /// Name of the source.
    pub source: String,
    /// SHA-256 of the file.
    pub sha256: Digest,
    /// Rows.
    pub rows: u64,
    /// Day on which it was exported, if known.
    pub snapshot_on: Option<String>,
}

/// Something that was taken out for protection.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Suppression {
    /// What: such as `cells of person.index_district` or `persons`.
    pub what: String,
    /// How many.
    pub count: u64,
}

/// A decision on the release.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Approval {
    /// Number of the account.
    pub actor: String,
    /// What it decided: `prepared`, `approved`.
    pub decision: String,
    /// When.
    pub at: String,
}

/// An entry of the audit log.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct AuditHead {
    /// Its number.
    pub entry: u64,
    /// Its hash.
    pub sha256: Digest,
}

/// A column of texts whose every value stands in a column of another table.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Relation {
    /// The table that refers.
    pub table: String,
    /// Its column.
    pub column: String,
    /// The table referred to.
    pub to_table: String,
    /// Its column, which is its key.
    pub to_column: String,
}

impl Relation {
    /// A column refers to one of the same name.
    pub fn on(column: &str, table: &str, to_table: &str) -> Self {
        Self {
            table: table.to_owned(),
            column: column.to_owned(),
            to_table: to_table.to_owned(),
            to_column: column.to_owned(),
        }
    }
}

/// A file that others made.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Member {
    /// Name in the bundle, with folders if any.
    pub name: String,
    /// Media type, such as `text/html`.
    pub media_type: String,
    /// What it is, for the list in `README.txt`.
    pub description: String,
    /// Its bytes.
    pub bytes: Vec<u8>,
}
