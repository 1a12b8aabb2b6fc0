// Takes the first bytes of a submission, gives what each part of it is: a second reader of the layout in
// ARCHITECTURE.md, so that what leaves can be looked at.

/** Bytes that are read for the view: prefix, header and directory of any submission, and the rest of the first KiB. */
export const HEAD_BYTES = 4096;
/** Bytes that are shown of a part. */
export const SHOWN_BYTES = 1024;

const PREFIX_BYTES = 24;
const HEADER_BYTES = 376;
const ENTRY_BYTES = 64;
const MAGIC = [0x74, 0x61, 0x6c, 0x6c, 0x79, 0x0d, 0x0a, 0x1a];

export interface Part {
  kind: "head" | "tokens" | "filters" | "handles" | "levels" | "content";
  name: string;
  /** What stands there, for people. */
  what: string;
  at: number;
  bytes: number;
}

/** What the header says. */
export interface Head {
  project: string;
  keyCheck: string;
  epoch: number;
  profile: "trusted" | "standard" | "unknown";
  parts: Part[];
}

const KINDS: Record<number, [Part["kind"], string, string]> = {
  1: [
    "tokens",
    "Tokens of a pass",
    "16 bytes for each record: a keyed hash of a few identifiers together, and where the profile salts them, filters beside it. Made with the key file, which stays here.",
  ],
  2: ["filters", "Filters", "Bits for each field of each record, made with the key file, which stays here."],
  3: [
    "handles",
    "Handles and order",
    "16 bytes by which you alone find the row again, 16 that tell your own records of one person, and which record has which tokens.",
  ],
  4: ["levels", "Counts of agreement", "How often two records taken at random agree, as numbers: no record by itself."],
  5: [
    "content",
    "Sealed content",
    "The columns for the evaluation, encrypted to the release desk (age, X25519). Dates, codes and numbers; no identifier.",
  ],
};

const hex = (bytes: Uint8Array): string => Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");

/** What the beginning of a submission says; nothing if it is none. */
export function head(bytes: Uint8Array): Head | null {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length < PREFIX_BYTES + HEADER_BYTES || MAGIC.some((byte, at) => bytes[at] !== byte)) {
    return null;
  }
  const sections = view.getUint32(16, true);
  const directory = PREFIX_BYTES + HEADER_BYTES;
  const end = directory + sections * ENTRY_BYTES + 32;
  if (end > bytes.length) {
    return null;
  }
  const of = (at: number, length: number): Uint8Array => bytes.subarray(PREFIX_BYTES + at, PREFIX_BYTES + at + length);
  const parts: Part[] = [
    {
      kind: "head",
      name: "Header and list of parts",
      what: "Versions, project, a check of the key, your agency's short name, counts of rows, and where each part lies, with its SHA-256.",
      at: 0,
      bytes: end,
    },
  ];
  for (let index = 0; index < sections; index += 1) {
    const entry = directory + index * ENTRY_BYTES;
    const [kind, name, what] = KINDS[bytes[entry] ?? 0] ?? ["levels", "Unknown", ""];
    const [offset, length] = [16, 24].map((at) => Number(view.getBigUint64(entry + at, true)));
    const before = parts.at(-1);
    // Passes lie one after the other and are alike: one part for people.
    if (kind === "tokens" && before?.kind === "tokens") {
      before.bytes = (offset ?? 0) + (length ?? 0) - before.at;
      before.name = "Tokens of all passes";
    } else {
      parts.push({ kind, name, what, at: offset ?? 0, bytes: length ?? 0 });
    }
  }
  const profile = (["trusted", "standard"] as const)[of(60, 1)[0] ?? 0];
  return {
    keyCheck: hex(of(32, 8)),
    project: hex(of(40, 16)),
    epoch: new DataView(bytes.buffer, bytes.byteOffset + PREFIX_BYTES + 56, 4).getUint32(0, true),
    profile: profile ?? "unknown",
    parts,
  };
}

export interface Line {
  at: string;
  hex: string;
  text: string;
}

/** Bytes as programmers look at them: place, hexadecimal, and as characters where they are of ASCII. */
export function dump(bytes: Uint8Array, at: number): Line[] {
  const lines: Line[] = [];
  for (let start = 0; start < bytes.length; start += 16) {
    const row = bytes.subarray(start, start + 16);
    lines.push({
      at: (at + start).toString(16).padStart(8, "0"),
      hex: Array.from(row, (byte) => byte.toString(16).padStart(2, "0")).join(" "),
      text: Array.from(row, (byte) => (byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : "\u00b7")).join(""),
    });
  }
  return lines;
}
