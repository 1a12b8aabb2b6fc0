//! Identities a second from normalised records to everything that leaves the agency, all fields
//! mapped, on one core, without reading and writing files. Budget: `standard` 15,000, `trusted`
//! 100,000.

use std::hint::black_box;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use tallystick_encoder::encode::{SourceEncoder, SourceSchema};
use tallystick_encoder::keys::{AgencyKeys, EncodingKeys, SecretKey};
use tallystick_encoder::mapping::Mapping;
use tallystick_encoder::normalise::{NormalisedRecord, Normaliser, RawFields};
use tallystick_wire::schema::FieldSet;
use tallystick_wire::{Profile, ProjectId, SourceLabel};

const MAPPING: &str = r#"
source = "bench"
type = "police"
[fields]
first = "FIRST"
last = "LAST"
middle = "MIDDLE"
dob = "DOB"
sex = "SEX"
ssn = "SSN"
phone = "PHONE"
address = "ADDRESS"
city = "CITY"
zip = "ZIP"
"#;
const HEADER: [&str; 10] =
    ["FIRST", "LAST", "MIDDLE", "DOB", "SEX", "SSN", "PHONE", "ADDRESS", "CITY", "ZIP"];
/// As many distinct people, so that neither keys nor tokens repeat more than in an export.
const PEOPLE: usize = 4_096;
/// All fields but the attributes.
const FIELDS: FieldSet = FieldSet(0x0FFF);

struct Row([String; 10]);

impl RawFields for Row {
    fn expose(&self, column: usize) -> &str {
        &self.0[column]
    }
}

/// An invented person, in the order of [`HEADER`]: names of syllables, everything else from the number.
fn row(number: usize) -> Row {
    const SYLLABLES: [&str; 16] = [
        "an", "ber", "cor", "da", "el", "fin", "gar", "ho", "is", "jo", "ka", "lin", "mar", "nor",
        "os", "per",
    ];
    let mixed = number.wrapping_mul(0x9E37_79B1);
    let digit = |at: usize| mixed >> (at * 3);
    let name = |at: usize, count: usize| -> String {
        (at..at + count).map(|at| SYLLABLES[digit(at) % SYLLABLES.len()]).collect()
    };
    Row([
        name(0, 2),
        name(2, 3),
        name(1, 1),
        format!("{}-{:02}-{:02}", 1950 + digit(0) % 55, 1 + digit(3) % 12, 2 + digit(5) % 26),
        ["F", "M"][number % 2].to_owned(),
        format!("{:04}", 1 + mixed % 9_998),
        format!("415555{:04}", digit(2) % 10_000),
        format!("{} {} Street", 1 + digit(4) % 2_000, name(3, 3)),
        name(4, 3),
        format!("{:05}", 94_000 + digit(6) % 300),
    ])
}

fn records() -> Vec<NormalisedRecord> {
    let mapping = Mapping::parse(MAPPING).expect("the mapping is well formed");
    let bound = mapping.bind(&HEADER).expect("the header has every column");
    let mut normaliser = Normaliser::new(&bound, 2026);
    (0..PEOPLE)
        .map(|number| {
            let mut record = NormalisedRecord::default();
            normaliser.normalise(&row(number), &mut record).expect("rows hold something");
            record
        })
        .collect()
}

fn encoder(profile: Profile) -> SourceEncoder {
    let keys = AgencyKeys {
        encoding_key: SecretKey::new([1; 32]),
        local_key: SecretKey::new([2; 32]),
        project: ProjectId([3; 16]),
        epoch: 0,
    };
    let source = SourceLabel::parse("bench").expect("a short name");
    let schema = SourceSchema { fields: FIELDS, attributes: [None; 4], profile };
    SourceEncoder::new(EncodingKeys::derive(&keys, source), schema, false)
}

fn encode(criterion: &mut Criterion) {
    let records = records();
    let mut group = criterion.benchmark_group("encode");
    group.throughput(Throughput::Elements(records.len() as u64));
    group.sample_size(20);
    for (name, profile) in [("standard", Profile::Standard), ("trusted", Profile::Trusted)] {
        let mut encoder = encoder(profile);
        group.bench_function(name, |bencher| {
            bencher.iter(|| {
                let mut rows = 0usize;
                for record in &records {
                    let handle = encoder.handle(record);
                    let (filters, presence) = encoder.encode(handle, record, |row| {
                        rows += 1;
                        black_box(row.filters);
                    });
                    black_box((filters, presence));
                }
                assert!(rows >= 20 * records.len(), "every identity is in every pass");
                rows
            });
        });
    }
    group.finish();
}

criterion_group!(benches, encode);
criterion_main!(benches);
