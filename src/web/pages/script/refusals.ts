// Takes refusals of the encoder and of the service, gives what is wrong and what to do here, in this page. Codes that
// are not listed say what the encoder or the service says.

import { Refusal } from "./encoder/js/session.js";
import { Refused } from "./tus.js";

export interface Said {
  wrong: string;
  help: string;
  code: string;
}

type Words = readonly [wrong: string, help: string];

const WORDS: Record<string, Words> = {
  // The file.
  "export-not-built-in": [
    "Workbooks and Parquet files cannot be read in a browser.",
    "Save the sheet as \u201cCSV UTF-8\u201d and choose that file, or use the program tallystick-agency.",
  ],
  "export-empty": ["The file is empty.", "Choose the export again once it is written."],
  "sniff-public-file": [
    "This is a public file without anybody\u2019s name, so it cannot be linked.",
    "Choose the export with names and dates of birth.",
  ],
  // The columns.
  "sniff-no-name": [
    "No column holds a name, and without one no row can be linked.",
    "Choose what holds the first and last name, or the whole name, in the list of columns.",
  ],
  "sniff-questions": ["Some questions are open.", "Answer each; it cannot be seen in the file."],
  "aliases-missing": [
    "This mapping reads further names from a second file. That cannot be done in a browser.",
    "Take the part [aliases] out, or use the program tallystick-agency.",
  ],
  "mapping-too-large": ["This is too long for a mapping.", "Perhaps the export was chosen. A mapping is a small .toml file."],
  // The key.
  "keys-syntax": ["This is not a key file.", "Choose the file that tallystick-agency keys new or keys accept wrote."],
  "keys-foreign-table": ["These are not the keys of an agency.", "Choose your agency\u2019s own key file; never the linkage unit\u2019s."],
  "keys-not-joined": [
    "This key file still waits for its invitation.",
    "Run tallystick-agency keys accept with the invitation that you were sent.",
  ],
  "keys-passphrase-needed": ["This key file is sealed with a passphrase.", "Type the passphrase."],
  "keys-passphrase-wrong": ["The passphrase does not open this key file.", "Type it again; capital letters and spaces count."],
  "keys-recipient-missing": [
    "The file has columns for the evaluation, but these keys name nobody to seal them to.",
    "Ask the agency that invited you for an invitation with a release recipient.",
  ],
  // Sending.
  "submission-key-differs": [
    "The other agencies of this project use another key than yours.",
    "Nothing was kept. Read your fingerprint to the agency that invited you, by telephone, and ask for a new invitation if theirs differs.",
  ],
  "submission-project-unknown": [
    "The linkage unit does not know the project of your key file.",
    "Give the unit the project\u2019s number, shown beside the fingerprint, or choose the key file of another project.",
  ],
  "submission-foreign-source": [
    "The submission is not of the agency that you are signed in for.",
    "Sign in with an account of that agency.",
  ],
  "submission-schema-unknown": ["This page is of another version than the linkage unit.", "Load the page again."],
  "uploads-too-many": [
    "Your agency has too many uploads that were begun and not ended.",
    "End one of them in the list of submissions, or wait until the service does.",
  ],
  "submission-not-recognised": ["The service did not take this for a submission.", "Encode again."],
  "origin-foreign": ["The service does not accept requests from this address.", "Open the service by its own address."],
  "page-fault": ["The encoder stopped at a fault of its own.", "Load the page again, and tell the linkage unit if it comes back."],
};

/** Dates of agreements pass: what the code begins with says which one it is. */
const AGREEMENTS: readonly (readonly [string, string])[] = [
  ["mou-", "The memorandum of understanding does not permit this upload now."],
  ["dsa-", "Your data sharing agreement does not permit this upload now."],
];

/** What to say of an error. */
export function said(error: unknown): Said {
  if (!(error instanceof Refusal || error instanceof Refused)) {
    return { wrong: "Something went wrong in this page.", help: "Load the page again.", code: "page-fault" };
  }
  const { code } = error;
  const known = WORDS[code];
  if (known !== undefined) {
    return { wrong: known[0], help: known[1], code };
  }
  const agreement = AGREEMENTS.find(([start]) => code.startsWith(start));
  if (agreement !== undefined) {
    return { wrong: agreement[1], help: "Nothing was kept. Ask the linkage unit\u2019s compliance officer.", code };
  }
  return { wrong: sentence(error.message), help: sentence(error.help), code };
}

/** With a capital at its beginning and a stop at its end. */
function sentence(text: string): string {
  const begun = text.slice(0, 1).toUpperCase() + text.slice(1);
  return begun === "" || /[.?!]$/.test(begun) ? begun : `${begun}.`;
}

/** What the encoder thinks was meant: the column that is not there, and the one that is like it. */
export function meant(error: unknown): { missing: string; instead: string } | null {
  if (!(error instanceof Refusal) || error.code !== "mapping-column-missing") {
    return null;
  }
  const missing = /has no column ("(?:[^"\\]|\\.)*")/.exec(error.message)?.[1];
  const instead = /did you mean the column ("(?:[^"\\]|\\.)*")/.exec(error.help)?.[1];
  if (missing === undefined || instead === undefined) {
    return null;
  }
  try {
    return { missing: JSON.parse(missing) as string, instead: JSON.parse(instead) as string };
  } catch {
    return null;
  }
}
