// Step 5: the worker encodes. What it made can be looked at before it is sent.

import { button, el, id, save } from "./dom.js";
import type { EncodeReport } from "./encoder/js/session.js";
import { HANDLES, names, year, type Page, type Shown } from "./page.js";
import { actions, Bar, facts, Fault, heading, note, primary, refocus, rowsDone, table } from "./parts.js";
import { pieces, submission } from "./pieces.js";
import { bytes, count, counted } from "./words.js";

/** Why rows were refused, in words. */
const REJECTIONS: Record<string, string> = {
  "row-ragged": "more or fewer cells than the header",
  "row-invalid-utf8": "not text in the file\u2019s encoding",
  "row-nul": "a NUL byte",
  "row-no-identifier": "nothing that could identify anyone",
  "alias-unreadable": "an alias without a readable letter",
};

class Encode {
  readonly element: HTMLElement;
  #page: Page;
  #fault = new Fault();
  #body = el("div", { class: "stack" });
  #actions = actions();

  constructor(page: Page) {
    this.#page = page;
    this.element = el(
      "div",
      { class: "card step" },
      heading("Encode", "Names, dates and numbers become tokens and filters under your key, in this page. Nothing is sent yet."),
      this.#body,
      this.#fault.element,
      this.#actions,
    );
    if (page.journey().has.has("submission")) {
      this.#made();
    } else {
      this.#ready();
    }
  }

  #ready(): void {
    const { things } = this.#page;
    const [handles, hint, profile, explained] = [id("handles"), id("hint"), id("profile"), id("hint")];
    const wants = el("input", {
      type: "checkbox",
      id: handles,
      "aria-describedby": hint,
      checked: things.wantsHandles,
      change: () => {
        things.wantsHandles = wants.checked;
      },
    });
    const select = el(
      "select",
      {
        id: profile,
        "aria-describedby": explained,
        change: () => {
          things.profile = select.value === "trusted" ? "trusted" : "standard";
        },
      },
      el("option", { value: "standard" }, "Standard"),
      el("option", { value: "trusted" }, "Trusted"),
    );
    select.value = things.profile;
    this.#body.replaceChildren(
      el(
        "div",
        { class: "choice" },
        wants,
        el("label", { for: handles }, "Make the handles file too", el("small", { id: hint }, "It leads from a handle back to your row, for retractions and questions. Sealed to your own key; you save it, it is not sent.")),
      ),
      el(
        "details",
        { class: "more" },
        el("summary", {}, "More choices"),
        el(
          "div",
          { class: "field" },
          el("label", { for: profile }, "Profile"),
          el("p", { class: "help", id: explained }, "All agencies of a project use the same one. Standard unless the project agreed on Trusted."),
          select,
        ),
      ),
    );
    this.#actions.replaceChildren(
      primary("Encode", () => void this.#encode()),
      button("Back", () => this.#page.happen({ what: "go", to: "report" })),
    );
    refocus(this.#actions);
  }

  /** Bar and buttons while the worker encodes; pausing and giving up work while rows are read. */
  #running(): { bar: Bar; buttons: HTMLButtonElement[] } {
    const page = this.#page;
    const bar = new Bar("Encoding", page.say);
    const pause = button("Pause", () => {
      const isPaused = page.journey().work === "paused";
      page.happen({ what: "work", work: isPaused ? "running" : "paused" });
      pause.textContent = isPaused ? "Pause" : "Go on";
      bar.restart();
      page.say(isPaused ? "Encoding goes on" : "Encoding is paused");
      void page.session().then((session) => (isPaused ? session.resume() : session.pause()));
    });
    const cancel = button("Cancel", () => void page.session().then((session) => session.cancel()));
    this.#body.replaceChildren(
      bar.element,
      el("p", { class: "help mute small" }, "You can use other windows meanwhile. Keep this page open."),
    );
    this.#actions.replaceChildren(pause, cancel);
    refocus(this.#actions);
    bar.busy("Reading the keys\u2026");
    return { bar, buttons: [pause, cancel] };
  }

  async #encode(): Promise<void> {
    const page = this.#page;
    const { things } = page;
    if (things.keyFile === null || things.mapping === null) {
      return;
    }
    this.#fault.clear();
    page.happen({ what: "work", work: "running" });
    const { bar, buttons } = this.#running();
    const { profile, mapping, passphrase, wantsHandles } = things;
    const request = {
      exports: names(things),
      mapping,
      profile,
      year: year(),
      ...(passphrase === null ? {} : { passphrase }),
      ...(wantsHandles ? { handles: HANDLES } : {}),
    };
    try {
      const session = await page.session();
      const { report } = await session.encode(request, things.keyFile, (progress) => {
        if (progress.stage === "rows") {
          bar.set(progress.bytes, progress.bytesTotal, rowsDone(progress.rows, progress.bytes, progress.bytesTotal));
        } else {
          buttons.forEach((one) => (one.disabled = true));
          bar.busy("Sorting and writing the submission\u2026");
        }
      });
      things.encoded = report;
      things.source = submission(page, report.submission_bytes);
      things.sent = { ...report, bytes: report.submission_bytes };
      page.happen({ what: "made", thing: "submission" });
      page.say("Encoded");
      this.#made();
    } catch (error) {
      page.happen({ what: "work", work: "none" });
      if (page.broke(error)) {
        return;
      }
      this.#ready();
      const told = this.#fault.show(error);
      if (told.code === "cancelled") {
        this.#fault.clear();
        this.#body.prepend(note("info", el("p", {}, "Cancelled. Nothing was kept and nothing was sent.")));
        page.say("Cancelled");
      }
    }
  }

  #made(): void {
    const page = this.#page;
    const { encoded, wantsHandles } = page.things;
    if (encoded === null) {
      return;
    }
    const isTooLong = encoded.submission_bytes > page.facts.submissionBytesMax;
    const handles = async (): Promise<void> => save(`${page.facts.source}.${HANDLES}`, await pieces(page, HANDLES));
    this.#body.replaceChildren(
      summary(encoded),
      rejected(encoded) ?? "",
      el(
        "div",
        { class: "row" },
        button("Show me the bytes", () => page.showBytes()),
        wantsHandles ? button("Save the handles file", () => void handles()) : null,
      ),
    );
    if (isTooLong) {
      this.#fault.tell(`The linkage unit takes submissions of at most ${bytes(page.facts.submissionBytesMax)}.`, "Ask it to raise limits.submission_bytes_max.");
    }
    this.#actions.replaceChildren(
      isTooLong ? "" : primary(`Send ${bytes(encoded.submission_bytes)} to the linkage unit`, () => page.happen({ what: "go", to: "send" })),
      button("Back", () => page.happen({ what: "go", to: "report" })),
    );
    refocus(this.#actions);
  }
}

function summary(report: EncodeReport): HTMLElement {
  return el(
    "div",
    { class: "stack" },
    note("good", el("p", {}, el("strong", {}, "Encoded."), ` ${counted(report.rows_read, "row")} became ${counted(report.records, "record")}. Nothing was sent yet.`)),
    facts(
      ["Rows read", count(report.rows_read)],
      ["Accepted", count(report.rows_accepted)],
      ["Refused", count(report.rows_rejected)],
      ["Same identity as a row before, put together", count(report.rows_collapsed)],
      ...(report.aliases === 0 ? [] : ([["Further names", count(report.aliases)]] as const)),
      ["Records", count(report.records)],
      ["Size", bytes(report.submission_bytes)],
    ),
  );
}

function rejected(report: EncodeReport): HTMLElement | null {
  if (report.rejections.length === 0) {
    return null;
  }
  const rows = report.rejections.map((one) => [
    REJECTIONS[one.code] ?? one.code,
    count(one.count),
    `${one.lines.map(String).join(", ")}${one.count > one.lines.length ? ", \u2026" : ""}`,
  ]);
  return el(
    "details",
    { class: "more" },
    el("summary", {}, `${counted(report.rows_rejected, "row")} refused: which, and why`),
    table("Rows that were refused", ["Why", "rows", "lines"], rows, [1]),
  );
}

export function encodeStep(page: Page): Shown {
  return { element: new Encode(page).element };
}
