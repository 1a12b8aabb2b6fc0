// What the pages use of crates/page/js/session.js, which is served beside them as it is.

export interface Told {
  code: string;
  message: string;
  help: string;
}

export class Refusal extends Error {
  constructor(told: Told);
  readonly code: string;
  readonly help: string;
}

export type Progress =
  | { stage: "rows"; rows: number; bytes: number; bytesTotal: number }
  | { stage: "writing" };

export interface Column {
  name: string;
  role: string;
  percent: number;
  reason: string;
  releaseName: string | null;
}

export interface Answer {
  column: string;
  dateOrder?: string;
  role?: string;
}

export interface Question {
  code: string;
  text: string;
  answers: Answer[];
}

export interface Sniffed {
  rows: number;
  rowsSeen: number;
  rowsRejected: number;
  source: string;
  sourceType: string;
  layout: string | null;
  columns: Column[];
  questions: Question[];
  mapping: string | null;
  problem: Told | null;
}

export interface SniffRequest {
  exports: string[];
  year: number;
  source?: string;
  sourceType?: string;
  roles?: [string, string][];
  dateOrders?: [string, string][];
}

export interface Cells {
  present: number;
  missing: number;
  unreadable: number;
}

export interface Lines {
  count: number;
  lines: (number | string)[];
}

export interface Forecast {
  recall: number;
  low: number;
  high: number;
  persons: number;
  identities: number;
  learned_pairs: number;
  without: { field: string; recall: number }[];
}

/** Shares are thousandths, but for heaping, where they are hundredths of a percent. */
export interface CheckReport {
  source: string;
  rows_read: number;
  rows_accepted: number;
  identities: number;
  fields: { field: string; cells: Cells }[];
  content: { field: string; cells: Cells }[];
  groups: { by: string; group: string; rows: number; never: number; present_permille: number[] }[];
  placeholders: { field: string; word: string; rows: Lines; used: number; drop: string | null }[];
  hot: { field: string; people: Lines }[];
  heaping: { what: string; share: number; expected: number; heaped: boolean }[];
  repeats: { kind: string; meaning: string; groups: Lines }[];
  never: { code: string; reason: string; rows: Lines }[];
  forecast: Forecast | null;
  warnings: { code: string; text: string }[];
}

export interface EncodeReport {
  source: string;
  digest: string;
  rows_read: number;
  rows_accepted: number;
  rows_rejected: number;
  rows_collapsed: number;
  aliases: number;
  records: number;
  rejections: { code: string; count: number; lines: (number | string)[] }[];
  fields: (Cells & { name: string })[];
  content: (Cells & { name: string })[];
  submission_bytes: number;
}

export interface KeyDescribed {
  fingerprint: string;
  project: string;
  epoch: number;
  keyCheck: string;
  seals: boolean;
}

export interface EncodeRequest {
  exports: string[];
  mapping: string;
  profile: string;
  year: number;
  passphrase?: string;
  handles?: string;
}

export class Session {
  static start(options?: { disk?: boolean }): Promise<Session>;
  readonly version: string;
  readonly disk: boolean;
  give(name: string, file: Blob): Promise<void>;
  sniff(told: SniffRequest): Promise<Sniffed>;
  fits(exports: string[], mapping: string): Promise<void>;
  described(keyFile: Blob, passphrase?: string): Promise<KeyDescribed>;
  check(
    request: { exports: string[]; mapping: string; year: number; never?: string },
    progress?: (progress: Progress) => void,
  ): Promise<{ report: CheckReport; page: string }>;
  encode(
    request: EncodeRequest,
    keyFile: Blob,
    progress?: (progress: Progress) => void,
  ): Promise<{ report: EncodeReport; memoryBytes: number }>;
  pause(): Promise<void>;
  resume(): Promise<void>;
  cancel(): Promise<void>;
  piece(at: number, length: number, name?: string): Promise<Uint8Array<ArrayBuffer>>;
  clear(): Promise<void>;
  close(): void;
}
