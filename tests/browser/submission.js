// Takes the bytes of a submission, gives its sections and columns, by the layout in ARCHITECTURE.md. A second
// reader of the format, for tests only.

const HEADER = 24;
const HEADER_BYTES = 376;
const ENTRY_BYTES = 64;
/** Place of the set of fields in the header. */
const FIELDS_AT = 32 + 8 + 16 + 4 + 4 + 16;

/** Fields with the words of their filter, in the order of the wire. */
const FIELDS = [
  ["first", 4], ["last", 4], ["roots", 4], ["dob", 4], ["ssn4", 2], ["phone", 2], ["address", 4], ["zip", 1],
  ["city", 2], ["sex", 1], ["middle", 1], ["suffix", 1], ["attribute.0", 2], ["attribute.1", 2],
  ["attribute.2", 2], ["attribute.3", 2],
];

const PASS = 1;
const FILTERS = 2;
const ASSEMBLER = 3;
export const CONTENT = 5;

/** Kind, pass, rows and bytes of every section. */
export function sections(file) {
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  const count = view.getUint32(16, true);
  return Array.from({ length: count }, (_, index) => {
    const at = HEADER + HEADER_BYTES + index * ENTRY_BYTES;
    const [rows, offset, bytes] = [8, 16, 24].map((place) => Number(view.getBigUint64(at + place, true)));
    return { kind: file[at], pass: file[at + 1], rows, bytes: file.subarray(offset, offset + bytes) };
  });
}

/** Everything before the directory. */
export function header(file) {
  return file.subarray(0, HEADER + HEADER_BYTES);
}

const hex = (bytes) => Buffer.from(bytes).toString("hex");
const cells = (bytes, width) =>
  Array.from({ length: bytes.length / width }, (_, row) => bytes.subarray(row * width, (row + 1) * width));

/** Of each record by its handle: continuity token, and tokens by number of the pass. */
export function records(file) {
  const all = sections(file);
  const assembler = all.find(({ kind }) => kind === ASSEMBLER);
  const count = assembler.rows;
  const column = (start, width) => cells(assembler.bytes.subarray(start, start + count * width), width);
  const found = column(0, 16).map((handle, row) => ({
    handle: hex(handle),
    continuity: hex(column(count * 16, 16)[row]),
    tokens: [],
  }));
  let at = count * 36;
  for (const { pass, rows, bytes } of all.filter(({ kind }) => kind === PASS)) {
    const tokens = cells(bytes.subarray(0, rows * 16), 16).map(hex);
    const view = new DataView(assembler.bytes.buffer, assembler.bytes.byteOffset + at, rows * 4);
    tokens.forEach((token, row) => found[view.getUint32(row * 4, true)].tokens.push({ pass, token }));
    at += rows * 4;
  }
  return found;
}

/** Filters of each record in profile `trusted`, as words by field; fields without a bit are left out. */
export function filters(file) {
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  const fields = view.getUint32(HEADER + FIELDS_AT, true);
  const { rows, bytes } = sections(file).find(({ kind }) => kind === FILTERS);
  const found = Array.from({ length: rows }, () => ({}));
  let at = 0;
  FIELDS.forEach(([name, words], bit) => {
    if ((fields & (1 << bit)) === 0) {
      return;
    }
    const column = new DataView(bytes.buffer, bytes.byteOffset + at, rows * words * 8);
    found.forEach((record, row) => {
      const filter = Array.from({ length: words }, (_, word) =>
        column.getBigUint64((row * words + word) * 8, true),
      );
      if (filter.some((word) => word !== 0n)) {
        record[name] = filter.map((word) => word.toString(16).padStart(16, "0"));
      }
    });
    at += rows * words * 8;
  });
  return found;
}
