// What leaves this computer and what stays, always in sight; and the bytes themselves, for who wants to see them.

import { button, el, save } from "./dom.js";
import { dump, head, HEAD_BYTES, SHOWN_BYTES, type Part } from "./bytes.js";
import type { Page } from "./page.js";
import { table } from "./parts.js";
import { bytes, count } from "./words.js";

const STAYS = [
  "the export with names, dates and numbers, and its file name",
  "the key file and its passphrase",
  "the mapping, the report, the handles file",
];

export class Leaves {
  readonly element: HTMLElement;
  #page: Page;
  #sent = el("b", {}, "0 bytes");
  #size = el("li", {});
  #show: HTMLButtonElement;

  constructor(page: Page) {
    this.#page = page;
    this.#show = button("Show me the bytes", () => page.showBytes());
    this.element = el(
      "aside",
      { class: "card leaves", "aria-labelledby": "leaves-title" },
      el("h2", { id: "leaves-title" }, "What leaves this computer"),
      el("h3", {}, "Stays here"),
      el("ul", { class: "stays" }, ...STAYS.map((one) => el("li", {}, one))),
      el("h3", {}, "Leaves, in step 6"),
      el("ul", { class: "goes" }, this.#size),
      el("p", { class: "sent" }, "Sent so far: ", this.#sent),
      this.#show,
      el(
        "details",
        { class: "more" },
        el("summary", {}, "How can I check that?"),
        el("p", {}, "Your browser enforces it: this page may connect to this service and nothing else. Open the developer tools (F12), tab Network, and watch what is sent."),
        el("p", {}, "The submission can be saved before it is sent, and compared with what the program tallystick-agency makes of the same file and keys."),
      ),
    );
    this.update();
  }

  update(): void {
    const { encoded, source } = this.#page.things;
    const made = this.#page.journey().has.has("submission");
    this.#show.hidden = !made || encoded === null;
    this.#size.textContent =
      made && source !== null ? `the encoded submission, ${bytes(source.size)}, and nothing else` : "the encoded submission, and nothing else";
  }

  sent(left: number): void {
    this.#sent.textContent = bytes(left);
  }
}

/** What of each part could be a name: nothing, and why. */
function explained(): HTMLElement {
  return el(
    "div",
    {},
    el("p", {}, el("strong", {}, "No byte of it is a name, a date or a number of a person. "), "Tokens and filters are computed from identifiers with the key file, which stays here. Without that key file the bytes tell how often a token comes and which filters are alike, not what they stand for. The columns for the evaluation are encrypted to the release desk."),
    el("p", {}, "The one readable word is your agency\u2019s short name, in the header."),
  );
}

/** The view of the bytes. */
export async function showBytes(page: Page): Promise<void> {
  const { source, encoded } = page.things;
  if (source === null) {
    return;
  }
  const read = head(await source.piece(0, HEAD_BYTES));
  const place = el("div", { class: "dump", "aria-live": "polite" });
  const show = async (part: Part): Promise<void> => {
    const shown = Math.min(part.bytes, SHOWN_BYTES);
    const lines = dump(await source.piece(part.at, shown), part.at);
    const text = lines.map((line) => `${line.at}  ${line.hex.padEnd(47)}  ${line.text}`).join("\n");
    place.replaceChildren(
      el("h3", {}, part.name),
      el("p", {}, part.what),
      el("p", { class: "help mute small" }, `The first ${count(shown)} of ${count(part.bytes)} bytes: place, hexadecimal, and as characters.`),
      el("pre", { tabindex: 0 }, text),
    );
  };
  const parts = read?.parts ?? [{ kind: "head", name: "Submission", what: "", at: 0, bytes: source.size } as const];
  const rows = parts.map((part) => [button(part.name, () => void show(part)), bytes(part.bytes), "none"]);
  const whole = async (): Promise<void> => {
    const all: Uint8Array<ArrayBuffer>[] = [];
    for (let at = 0; at < source.size; at += 4 << 20) {
      all.push(await source.piece(at, Math.min(4 << 20, source.size - at)));
    }
    save(`${page.facts.source}.tally`, all);
  };
  const dialog = el(
    "dialog",
    { class: "bytes", "aria-labelledby": "bytes-title" },
    el("h2", { id: "bytes-title" }, "The bytes that leave"),
    explained(),
    table("Parts of the submission", ["Part", "size", "bytes that could be a name"], rows, [1]),
    place,
    el(
      "div",
      { class: "row" },
      button("Close", () => dialog.close(), { class: "main" }),
      encoded === null ? null : button("Save the file as it is sent", () => void whole()),
    ),
  );
  dialog.addEventListener("close", () => dialog.remove());
  document.body.append(dialog);
  if (parts[0] !== undefined) {
    await show(parts[0]);
  }
  dialog.showModal();
}
