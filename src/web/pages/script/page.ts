// What the steps of the upload share: what was chosen and made so far, and how they tell what happened.

import type { CheckReport, EncodeReport, KeyDescribed, Session, Sniffed } from "./encoder/js/session.js";
import type { Facts } from "./facts.js";
import type { Sent } from "./receipt.js";
import type { Happening, Journey } from "./steps.js";
import type { Source } from "./tus.js";

/** Name of the handles file among the files of a session; it is sealed to the agency's own key. */
export const HANDLES = "handles.csv.age";
/** Name of the list of rows that can never link. */
export const NEVER = "never-link.csv";

/** What was chosen and made, in this tab's memory only. */
export interface Things {
  files: File[];
  sniffed: Sniffed | null;
  /** What a person said of columns, by name. */
  roles: Map<string, string>;
  orders: Map<string, string>;
  /** A mapping from a file, which then counts instead of the proposal. */
  saved: { name: string; text: string } | null;
  mapping: string | null;
  keyFile: File | null;
  passphrase: string | null;
  key: KeyDescribed | null;
  check: { report: CheckReport; page: string } | null;
  profile: "standard" | "trusted";
  wantsHandles: boolean;
  encoded: EncodeReport | null;
  /** What is sent, and what its receipt must say. */
  source: Source | null;
  sent: Sent | null;
}

export const nothing = (): Things => ({
  files: [],
  sniffed: null,
  roles: new Map(),
  orders: new Map(),
  saved: null,
  mapping: null,
  keyFile: null,
  passphrase: null,
  key: null,
  check: null,
  profile: "standard",
  wantsHandles: true,
  encoded: null,
  source: null,
  sent: null,
});

/** Names of the chosen files within the session: a file's own name is of no use there and could say something. */
export function names(things: Things): string[] {
  return things.files.length === 1 ? ["export"] : things.files.map((_, index) => `export-${index + 1}`);
}

/** The present year, by which the encoder bounds births. */
export const year = (): number => new Date().getFullYear();

/** A step as it is shown. */
export interface Shown {
  element: HTMLElement;
  /** Called when another step is shown: what must not stay is dropped here. */
  leave?: () => void;
}

export interface Page {
  readonly facts: Facts;
  readonly things: Things;
  /** Whether this page is the one that keeps a copy of what is sent; another one is open if not. */
  readonly keeps: boolean;
  journey(): Journey;
  happen(...happenings: Happening[]): void;
  /** The session with the encoder; it is started when it is first asked for. */
  session(): Promise<Session>;
  /** Ends the session, and with it whatever is under way. */
  endSession(): void;
  /** Whether the encoder itself broke: the page then begins again at the file, and says so. */
  broke(error: unknown): boolean;
  /** Tells those who do not see the page. */
  readonly say: (text: string) => void;
  /** What left this computer so far, in bytes. */
  leaves(bytes: number): void;
  /** Shows what the submission is made of. */
  showBytes(): void;
  /** Forgets everything and begins again. */
  again(): void;
}
