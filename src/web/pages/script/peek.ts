// Shows the first rows of the export on this screen when asked to, and drops them again.

import { button, el, given, seen } from "./dom.js";
import type { Page } from "./page.js";
import { table } from "./parts.js";
import { CELL_CHARS, PREVIEW_ROWS, preview, written } from "./preview.js";
import { fate } from "./roles.js";

export class Peek {
  readonly element: HTMLElement;
  #page: Page;
  #place = el("div", { class: "peek-rows", "aria-live": "polite" });
  #button: HTMLButtonElement;

  constructor(page: Page) {
    this.#page = page;
    this.#button = button("", () => void this.#turn(), { "aria-expanded": "false" });
    this.element = el(
      "div",
      { class: "peek" },
      this.#button,
      el("span", { class: "help mute small" }, "Real people\u2019s data: shown on this screen only, and gone when you go on."),
      this.#place,
    );
    this.close();
  }

  /** Takes the rows off the page. */
  close(): void {
    this.#place.replaceChildren();
    this.#button.textContent = `Show the first ${PREVIEW_ROWS} rows`;
    this.#button.setAttribute("aria-expanded", "false");
  }

  async #turn(): Promise<void> {
    if (this.#button.getAttribute("aria-expanded") === "true") {
      this.close();
      return;
    }
    const { files, sniffed } = this.#page.things;
    const [file] = files;
    if (file === undefined || sniffed === null) {
      return;
    }
    this.#button.setAttribute("aria-expanded", "true");
    this.#button.textContent = "Hide the rows";
    const found = await preview(file, written(sniffed.mapping ?? ""));
    if (this.#button.getAttribute("aria-expanded") !== "true") {
      return;
    }
    if (found === null || found.length === 0) {
      this.#place.replaceChildren(el("p", {}, "The rows of this file cannot be shown here. Encoding is not affected."));
      return;
    }
    const heads = sniffed.columns.map((column) => {
      const becomes = fate(column.role, column.releaseName);
      return el("span", { class: `head head-${becomes}` }, given(column.name, CELL_CHARS));
    });
    const cells = found.map((row) => heads.map((_, at) => el("bdi", {}, seen(row[at] ?? "", CELL_CHARS))));
    this.#place.replaceChildren(table("First rows of the export, on this screen only", heads, cells));
  }
}
