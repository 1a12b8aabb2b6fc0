// What a column can be, in the words of those who fill exports. The codes are those of the encoder.

import { field } from "./words.js";

/** What becomes of a column. */
export type Fate = "links" | "sealed" | "stays";

export interface Choice {
  role: string;
  label: string;
}

/** The choices of a column, as they stand in its drop-down. */
export const GROUPS: readonly { label: string; fate: Fate; choices: readonly Choice[] }[] = [
  {
    label: "Links people (encoded, never sent as text)",
    fate: "links",
    choices: [
      { role: "name-last-first", label: "Name: Last, First Middle" },
      { role: "name-first-last", label: "Name: First Middle Last" },
      { role: "first", label: "First name" },
      { role: "middle", label: "Middle name or initial" },
      { role: "last", label: "Last name" },
      { role: "suffix", label: "Suffix (Jr, Sr, III)" },
      { role: "dob", label: "Date of birth" },
      { role: "dob-year", label: "Year of birth" },
      { role: "dob-month", label: "Month of birth" },
      { role: "dob-day", label: "Day of birth" },
      { role: "sex", label: "Sex" },
      { role: "ssn", label: "Social security number" },
      { role: "phone", label: "Telephone" },
      { role: "address", label: "Address" },
      { role: "address-house", label: "Address: house number" },
      { role: "address-direction", label: "Address: direction" },
      { role: "address-street", label: "Address: street" },
      { role: "address-type", label: "Address: street type" },
      { role: "city", label: "City" },
      { role: "zip", label: "ZIP code" },
      { role: "local-id", label: "Your number of the person" },
    ],
  },
  {
    label: "For the evaluation (sent sealed)",
    fate: "sealed",
    choices: [
      { role: "event-date", label: "Date of the event" },
      { role: "date", label: "Another date" },
      { role: "code", label: "Code or category" },
      { role: "integer", label: "Whole number" },
      { role: "flag", label: "Yes or no" },
      { role: "content", label: "For the evaluation (any kind)" },
    ],
  },
  {
    label: "Stays here",
    fate: "stays",
    choices: [
      { role: "ignore", label: "Leave out" },
      { role: "withheld", label: "Names somebody: leave out" },
      { role: "row-id", label: "Your number of the row" },
      { role: "event-number", label: "Incident or case number" },
    ],
  },
];

const ATTRIBUTE = "attribute.";

/** A role in words. */
export function label(role: string): string {
  for (const group of GROUPS) {
    const choice = group.choices.find((one) => one.role === role);
    if (choice !== undefined) {
      return choice.label;
    }
  }
  if (role.startsWith(ATTRIBUTE)) {
    return `Stable fact: ${field(role.slice(ATTRIBUTE.length))}`;
  }
  return role === "name" ? "Whole name" : role;
}

/** What becomes of a column of this role; `released` is its name in a release, where the encoder gives it one. */
export function fate(role: string, released: string | null): Fate {
  if (role.startsWith(ATTRIBUTE) || role === "name") {
    return "links";
  }
  const found = GROUPS.find((group) => group.choices.some((choice) => choice.role === role));
  // The number of an incident is content where its pseudonym is sealed.
  if (role === "event-number" && released !== null) {
    return "sealed";
  }
  return found?.fate ?? "stays";
}

/** An order of dates, with what it makes of one that can be read in two ways. */
const ORDERS: Record<string, string> = {
  mdy: "Month first: 07/04/2018 is 4 July",
  dmy: "Day first: 07/04/2018 is 7 April",
  ymd: "Year first: 2018-07-04 is 4 July",
};

export function order(word: string): string {
  return ORDERS[word] ?? word;
}
