//! Small submissions, column by column, of values that often meet a threshold exactly.

use tallystick_wire::schema::PassSpec;
use tallystick_wire::{BlockToken, ContinuityToken, Field, FieldSet, PASSES, Profile, Submission};

use crate::submission::Outline;

/// SplitMix64: the same everywhere.
pub(crate) struct Random(pub(crate) u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    fn below(&mut self, end: usize) -> usize {
        usize::try_from(self.next() % end as u64).unwrap()
    }

    fn of<T: Copy>(&mut self, values: &[T]) -> T {
        values[self.below(values.len())]
    }

    fn one_in(&mut self, count: usize) -> bool {
        self.below(count) == 0
    }
}

/// One source.
pub(crate) struct Made<'a> {
    pub(crate) label: &'a str,
    pub(crate) profile: Profile,
    pub(crate) fields: FieldSet,
    pub(crate) attributes: [&'a str; 4],
    pub(crate) passes: &'a [u8],
    pub(crate) records: usize,
    pub(crate) seed: u64,
}

/// Bits from one place on.
pub(crate) fn run(words: usize, start: usize, length: usize) -> Vec<u64> {
    let mut out = vec![0; words];
    for bit in start..start + length {
        out[bit / 64] |= 1 << (bit % 64);
    }
    out
}

/// A filter of a field: of two that start apart by one step, a threshold is met exactly.
fn filter(field: Field, random: &mut Random) -> Vec<u64> {
    if random.one_in(12) {
        return vec![0; field.words()];
    }
    let (length, step) = match field {
        Field::First | Field::Last => random.of(&[(25, 9), (50, 23), (100, 17)]),
        Field::Roots => (5, 1),
        Field::Ssn4 => (20, 7),
        Field::Phone => (25, 4),
        Field::Dob => {
            let parts = [0, 1, 2].map(|_| 1 << random.below(3));
            let digits = run(1, random.below(3), 5)[0];
            return vec![parts[0], parts[1], parts[2], digits];
        }
        Field::Address => {
            let house = 1 << random.below(2);
            let digits = run(1, random.of(&[0, 4]), 10)[0];
            let street = run(2, random.of(&[0, 9, 80]), 25);
            return vec![house, digits, street[0], street[1]];
        }
        Field::Zip => {
            let (low, high) = (random.below(2) as u64, random.below(2) as u64);
            return vec![0x7000_0000_0000_0007 | low << 20 | high << 50];
        }
        Field::City => {
            let halves = [random.below(3) as u64, random.below(3) as u64];
            let word = 1 << 63 | halves[0] << 4 | halves[1] << 40;
            return vec![random.below(3) as u64, word];
        }
        Field::Sex | Field::Middle | Field::Suffix => return vec![7 << random.below(2)],
        _ => (25, 9),
    };
    run(field.words(), random.below(3) * step, length)
}

/// Everything about a record that its passes repeat.
struct Drawn {
    presence: u32,
    continuity: ContinuityToken,
}

impl Made<'_> {
    fn draw(&self, random: &mut Random) -> Vec<Drawn> {
        let draw = |_| {
            let absent = self.fields.fields().filter(|_| random.one_in(7)).collect::<Vec<_>>();
            let fields = absent.into_iter().fold(self.fields, FieldSet::without);
            let dated = fields.contains(Field::Dob) && random.one_in(4);
            let flag = if dated { FieldSet::DOB_IS_DEFAULT } else { 0 };
            let mut continuity = ContinuityToken::default();
            match random.below(4) {
                0 => {}
                1 => continuity.0[15] = random.of(&[1, 2]),
                _ => continuity.0 = [random.of(&[3, 4, 0xF5]); 16],
            }
            Drawn { presence: fields.0 | flag, continuity }
        };
        (0..self.records).map(draw).collect()
    }

    /// The submission.
    pub(crate) fn submission(&self) -> Submission<Vec<u8>> {
        let mut random = Random(self.seed);
        let drawn = self.draw(&mut random);
        let passes: Vec<(u8, Vec<(BlockToken, u32)>)> =
            self.passes.iter().map(|pass| (*pass, rows(*pass, &drawn, &mut random))).collect();
        let outline = Outline {
            label: self.label,
            profile: self.profile,
            fields: self.fields,
            attributes: self.attributes,
            presence: drawn.iter().map(|it| it.presence).collect(),
            local: drawn.iter().map(|it| it.continuity).collect(),
            passes,
        };
        outline.submission(&mut |_, _, field| filter(field, &mut random))
    }
}

/// Rows of a pass: most records have one, some several, some none; one block has a quarter of them.
fn rows(pass: u8, drawn: &[Drawn], random: &mut Random) -> Vec<(BlockToken, u32)> {
    let spec: &PassSpec = &PASSES[usize::from(pass)];
    let mut rows = Vec::new();
    for (record, drawn) in (0u32..).zip(drawn) {
        let needed = spec.needed_fields();
        if needed.intersection(FieldSet(drawn.presence)) != needed || random.one_in(9) {
            continue;
        }
        for _ in 0..random.of(&[1, 1, 1, 2, 3]) {
            // High first bytes: the order of tokens is that of unsigned numbers.
            let mut token = [random.of(&[0x10, 0x7F, 0x80, 0xF0]); 16];
            token[15] = u8::try_from(random.below(6)).unwrap();
            if random.one_in(4) {
                token = [0x90; 16];
            }
            if !rows.contains(&(BlockToken(token), record)) {
                rows.push((BlockToken(token), record));
            }
        }
    }
    rows.sort_unstable();
    rows
}
