//! Rows a second through norm/v1, phonetic codes included. Budget: 400,000 rows a second on one core.

use std::hint::black_box;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use tallystick_encoder::mapping::Mapping;
use tallystick_encoder::normalise::{NormalisedRecord, Normaliser, RawFields};

const MAPPING: &str = r#"
source = "bench"
type = "police"
[fields]
first = "FIRST"
last = "LAST"
middle = "MIDDLE"
dob = { column = "DOB", formats = ["%m/%d/%Y"] }
sex = "SEX"
ssn = "SSN"
phone = "PHONE"
address = "ADDRESS"
city = "CITY"
zip = "ZIP"
local_id = "ID"
"#;

const HEADER: [&str; 11] =
    ["FIRST", "LAST", "MIDDLE", "DOB", "SEX", "SSN", "PHONE", "ADDRESS", "CITY", "ZIP", "ID"];

const ROWS: [[&str; 11]; 4] = [
    [
        "Daniel",
        "Rollins",
        "J",
        "01/08/1984",
        "M",
        "536-22-6789",
        "(415) 555-2671",
        "22 Hemmings Street Apt 5",
        "San Francisco",
        "94110-1234",
        "0012345",
    ],
    [
        "MARIA ELENA",
        "GARCIA-LOPEZ",
        "",
        "11/30/1971",
        "F",
        "",
        "5105550199",
        "1200 N 16TH AVE #204",
        "OAKLAND",
        "94601",
        "A0023456",
    ],
    ["José", "Núñez Peña", "NMN", "", "Male", "XXX-XX-4321", "", "Homeless", "", "", "777"],
    [
        "WILLIAM",
        "O'BRIEN JR",
        "ALLEN",
        "1/1/1969",
        "",
        "4455",
        "unknown",
        "850 Bryant St",
        "SAN FRANCISCO",
        "94103",
        "",
    ],
];

struct Row([&'static str; 11]);

impl RawFields for Row {
    fn expose(&self, column: usize) -> &str {
        self.0[column]
    }
}

fn normalise(criterion: &mut Criterion) {
    let mapping = Mapping::parse(MAPPING).expect("the mapping is well formed");
    let bound = mapping.bind(&HEADER).expect("the header has every column");
    let mut normaliser = Normaliser::new(&bound, 2026);
    let mut record = NormalisedRecord::default();
    let rows = ROWS.map(Row);
    let mut group = criterion.benchmark_group("normalise");
    group.throughput(Throughput::Elements(rows.len() as u64));
    group.bench_function("mixed rows", |bencher| {
        bencher.iter(|| {
            for row in &rows {
                black_box(normaliser.normalise(row, &mut record).is_ok());
            }
            black_box(record.last().len())
        });
    });
    group.finish();
}

criterion_group!(benches, normalise);
criterion_main!(benches);
