// Pieces that the steps are built of: errors beside their field, progress, actions.

import { button, el, id, type Child } from "./dom.js";
import { said, type Said } from "./refusals.js";
import { bytes, count, remaining } from "./words.js";

/** The heading of a step, which takes the focus when the step is shown. */
export function heading(text: string, lead: Child): HTMLElement {
  return el("header", { class: "step-head" }, el("h2", { tabindex: -1 }, text), el("p", { class: "lede" }, lead));
}

/** A place for an error; it is announced when it is set. */
export class Fault {
  readonly element = el("div", { class: "notice bad fault", role: "alert", id: id("fault"), hidden: true });

  /** Shows an error beside a field, if there is one. */
  show(error: unknown, field?: HTMLElement): Said {
    const told = said(error);
    this.tell(told.wrong, told.help, field, told.code);
    return told;
  }

  tell(wrong: string, help: string, field?: HTMLElement, code?: string): void {
    this.element.replaceChildren(
      el("p", {}, el("strong", {}, wrong)),
      help === "" && code === undefined
        ? ""
        : el("p", {}, help, code === undefined ? null : el("span", { class: "mute small" }, help === "" ? code : ` (${code})`)),
    );
    this.element.hidden = false;
    if (field !== undefined) {
      field.setAttribute("aria-invalid", "true");
      field.setAttribute("aria-errormessage", this.element.id);
      field.focus();
    }
  }

  clear(field?: HTMLElement): void {
    this.element.hidden = true;
    this.element.replaceChildren();
    field?.removeAttribute("aria-invalid");
    field?.removeAttribute("aria-errormessage");
  }
}

/** A note that is no error. */
export function note(kind: "info" | "good" | "warn", ...children: Child[]): HTMLElement {
  return el("div", { class: kind === "info" ? "notice" : `notice ${kind}` }, ...children);
}

/** Buttons of a step: what goes on first, what goes back last. */
export function actions(...children: Child[]): HTMLElement {
  return el("div", { class: "row actions" }, ...children);
}

export function primary(text: string, press: () => void): HTMLButtonElement {
  return button(text, press, { class: "main" });
}

/** Gives the focus to the first thing to do, where what had it is gone. */
export function refocus(within: HTMLElement): void {
  if (document.activeElement === null || document.activeElement === document.body) {
    within.querySelector<HTMLElement>("button:enabled, a")?.focus({ preventScroll: true });
  }
}

/** Pairs of a name and what it is. */
export function facts(...pairs: readonly (readonly [string, Child])[]): HTMLElement {
  const children = pairs.flatMap(([name, value]) => [el("dt", {}, name), el("dd", {}, value)]);
  return el("dl", { class: "facts" }, ...children);
}

/** A table that can be wider than the page. */
export function table(caption: string, heads: Child[], rows: Child[][], numbers: readonly number[] = []): HTMLElement {
  const kind = (at: number): { class?: string } => (numbers.includes(at) ? { class: "number" } : {});
  // A column without a heading has an empty cell there: a heading that says nothing is none.
  const head = heads.map((cell, at) => (cell === "" ? el("td", {}) : el("th", { scope: "col", ...kind(at) }, cell)));
  const body = rows.map((row) => el("tr", {}, ...row.map((cell, at) => el("td", kind(at), cell))));
  return el(
    "div",
    { class: "scroll", tabindex: 0, role: "region", "aria-label": caption },
    el(
      "table",
      {},
      el("caption", { class: "visually-hidden" }, caption),
      el("thead", {}, el("tr", {}, ...head)),
      el("tbody", {}, ...body),
    ),
  );
}

/** Steps of progress that are announced: each is one interruption for who listens. */
const SAID_SHARES = [0.25, 0.5, 0.75];

/** A bar with what is done, how long it may take, and room for buttons. */
export class Bar {
  readonly element: HTMLElement;
  #bar = el("progress", { max: 1, value: 0 });
  #line = el("p", { class: "progress-line" });
  #say: (text: string) => void;
  #started: number | null = null;
  #begun = 0;
  #saidShares = 0;

  constructor(label: string, say: (text: string) => void) {
    this.#say = say;
    this.#bar.setAttribute("aria-label", label);
    this.element = el("div", { class: "stack tight progress" }, this.#bar, this.#line);
  }

  /** So much of the whole is done; `what` says it in words. */
  set(part: number, whole: number, what: string): void {
    const share = whole === 0 ? 1 : part / whole;
    this.#bar.value = share;
    const now = performance.now();
    if (this.#started === null) {
      [this.#started, this.#begun] = [now, part];
    }
    const [seconds, moved] = [(now - this.#started) / 1000, part - this.#begun];
    const rest = seconds > 2 && moved > 0 && share < 1 ? remaining(((whole - part) * seconds) / moved) : "";
    const texts = [`${Math.floor(share * 100)} %`, what, rest].filter((text) => text !== "");
    this.#line.textContent = texts.join(" \u00b7 ");
    const next = SAID_SHARES[this.#saidShares];
    if (next !== undefined && share >= next) {
      this.#saidShares = SAID_SHARES.filter((one) => share >= one).length;
      this.#say(`${Math.floor(share * 100)} percent`);
    }
  }

  /** Something without a measure is under way. */
  busy(what: string): void {
    this.#bar.removeAttribute("value");
    this.#line.textContent = what;
    this.#say(what);
  }

  /** The time so far no longer says how long the rest takes. */
  restart(): void {
    this.#started = null;
  }
}

/** What is done of a file's rows. */
export function rowsDone(rows: number, read: number, total: number): string {
  return `${count(rows)} rows \u00b7 ${bytes(read)} of ${bytes(Math.max(read, total))}`;
}
