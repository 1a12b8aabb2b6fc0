// Step 2: what each column is. The proposal is the encoder's; what it can not see it asks, and nothing is guessed.

import { button, el, given, id, save, seen } from "./dom.js";
import { Refusal, type Column, type Question, type Sniffed } from "./encoder/js/session.js";
import { names, year, type Page, type Shown } from "./page.js";
import { actions, Fault, heading, primary } from "./parts.js";
import { Peek } from "./peek.js";
import { fate, GROUPS, label, order, type Fate } from "./roles.js";
import { SavedMapping } from "./saved.js";
import { counted, sure } from "./words.js";

const FATES: Record<Fate, string> = { links: "links, encoded", sealed: "sent sealed", stays: "stays here" };
const BADGES: Record<Fate, string> = { links: "badge busy", sealed: "badge good", stays: "badge" };

/** One column: its name, what it is, and why. */
class Row {
  readonly element: HTMLTableRowElement;
  readonly select: HTMLSelectElement;
  #fate = el("td", { class: "fate" });
  #sure = el("td", { class: "sure" });

  constructor(column: Column, changed: (role: string) => void) {
    const name = id("column");
    const groups = GROUPS.map((group) =>
      el(
        "optgroup",
        { label: group.label },
        ...group.choices.map((choice) => el("option", { value: choice.role }, choice.label)),
      ),
    );
    this.select = el("select", { "aria-labelledby": name, change: () => changed(this.select.value) }, ...groups);
    this.element = el(
      "tr",
      {},
      el("th", { scope: "row", id: name }, given(column.name)),
      el("td", { class: "role" }, this.select),
      this.#fate,
      this.#sure,
    );
  }

  set(column: Column, isSaid: boolean): void {
    if (![...this.select.options].some((option) => option.value === column.role)) {
      this.select.prepend(el("option", { value: column.role }, label(column.role)));
    }
    this.select.value = column.role;
    const becomes = fate(column.role, column.releaseName);
    this.element.dataset["fate"] = becomes;
    this.#fate.replaceChildren(el("span", { class: BADGES[becomes] }, FATES[becomes]));
    const word = sure(column.percent);
    const kind = word === "sure" || word === "likely" ? "is-sure" : "is-unsure";
    this.#sure.replaceChildren(
      isSaid
        ? el("span", { class: "is-sure" }, "as you say")
        : el("span", { class: kind }, `${word} \u00b7 ${column.percent} %`),
      el("span", { class: "why" }, seen(column.reason, 240)),
    );
  }
}

class Columns {
  readonly element: HTMLElement;
  readonly peek: Peek;
  #page: Page;
  #saved: SavedMapping;
  #rows = new Map<string, Row>();
  #counts = el("p", { class: "counts", "aria-live": "polite" });
  #questions = el("div", { class: "stack questions" });
  #fault = new Fault();
  #text = el("pre", { class: "mapping", tabindex: 0 });
  #own: HTMLElement;
  #asked = 0;

  constructor(page: Page) {
    this.#page = page;
    this.peek = new Peek(page);
    this.#saved = new SavedMapping(page, () => this.#show());
    for (const column of this.#sniffed.columns) {
      this.#rows.set(column.name, new Row(column, (role) => this.#say(column.name, role)));
    }
    const rows = [...this.#rows.values()].map((row) => row.element);
    const heads = ["Column", "What it is", "Becomes", "How sure, and why"];
    const list = el(
      "table",
      { class: "columns" },
      el("caption", { class: "visually-hidden" }, "Columns of the export"),
      el("thead", {}, el("tr", {}, ...heads.map((head) => el("th", { scope: "col" }, head)))),
      el("tbody", {}, ...rows),
    );
    this.#own = el("div", { class: "stack own" }, this.#questions, this.#counts, this.peek.element, list);
    this.element = el(
      "div",
      { class: "card step" },
      heading("Say what each column is", this.#lead()),
      this.#own,
      this.#saved.element,
      this.#details(),
      this.#fault.element,
      actions(
        primary("Continue to the key", () => void this.#onward()),
        button("Back", () => page.happen({ what: "go", to: "file" })),
      ),
    );
    this.#show();
  }

  get #sniffed(): Sniffed {
    return this.#page.things.sniffed as Sniffed;
  }

  #lead(): string {
    const { rows, rowsRejected, layout, columns } = this.#sniffed;
    const bad = rowsRejected === 0 ? "" : ` ${counted(rowsRejected, "row")} cannot be read and will be reported.`;
    const known = layout === null ? "Look over what was found, and change what is wrong." : `The layout is known: ${seen(layout)}.`;
    return `${counted(rows, "row")}, ${counted(columns.length, "column")}.${bad} ${known}`;
  }

  #details(): HTMLElement {
    const { facts } = this.#page;
    const take = (): void => {
      const text = this.#page.things.mapping ?? this.#text.textContent ?? "";
      save(`${facts.source}.mapping.toml`, [text], "application/toml");
    };
    return el(
      "details",
      { class: "more" },
      el("summary", {}, "The mapping as text"),
      el("p", { class: "help mute small" }, "Names of columns and formats; no value of anybody. The program tallystick-agency reads the same file."),
      this.#text,
      button("Save the mapping", take),
    );
  }

  /** Writes what is proposed into the page; elements stay, so that the focus does. */
  #show(): void {
    const { things } = this.#page;
    const { columns, questions, mapping } = this.#sniffed;
    const tally: Record<Fate, number> = { links: 0, sealed: 0, stays: 0 };
    for (const column of columns) {
      this.#rows.get(column.name)?.set(column, things.roles.has(column.name));
      tally[fate(column.role, column.releaseName)] += 1;
    }
    this.#counts.replaceChildren(
      el("strong", {}, counted(tally.links, "column")),
      ` to link by, `,
      el("strong", {}, counted(tally.sealed, "column")),
      ` for the evaluation, `,
      el("strong", {}, counted(tally.stays, "column")),
      " stay here.",
    );
    this.#ask(questions);
    this.#own.hidden = things.saved !== null;
    this.#text.textContent = things.saved?.text ?? mapping ?? "Answer the questions first.";
  }

  #ask(questions: Question[]): void {
    const kept = new Set(questions.map((question) => question.text));
    for (const old of [...this.#questions.children]) {
      if (old instanceof HTMLElement && !kept.has(old.dataset["text"] ?? "")) {
        old.remove();
      }
    }
    const shown = new Set([...this.#questions.children].map((child) => (child as HTMLElement).dataset["text"]));
    for (const question of questions.filter((one) => !shown.has(one.text))) {
      this.#questions.append(this.#question(question));
    }
  }

  #question(question: Question): HTMLElement {
    const name = id("question");
    const choices = question.answers.map((answer) => {
      const choice = id("answer");
      const press = (): void => this.#answer(answer);
      const text =
        answer.dateOrder !== undefined
          ? order(answer.dateOrder)
          : question.code === "sniff-event-date"
            ? given(answer.column)
            : label(answer.role ?? "");
      return el(
        "div",
        { class: "choice" },
        el("input", { type: "radio", name, id: choice, change: press }),
        el("label", { for: choice }, text),
      );
    });
    const legend = el("legend", {}, asked(question));
    return el("fieldset", { class: "notice question", "data-text": question.text }, legend, ...choices);
  }

  #answer({ column, dateOrder, role }: Question["answers"][number]): void {
    if (dateOrder !== undefined) {
      this.#page.things.orders.set(column, dateOrder);
      void this.#propose();
    } else if (role !== undefined) {
      this.#say(column, role);
    }
  }

  #say(column: string, role: string): void {
    this.#page.things.roles.set(column, role);
    void this.#propose();
  }

  /** Asks the encoder again with all that was said; only the last answer counts. */
  async #propose(): Promise<void> {
    const { things, facts } = this.#page;
    const asked = (this.#asked += 1);
    this.#page.happen({ what: "void", thing: "mapping" });
    this.#fault.clear();
    this.element.setAttribute("aria-busy", "true");
    try {
      const session = await this.#page.session();
      const sniffed = await session.sniff({
        exports: names(things),
        year: year(),
        source: facts.source,
        sourceType: facts.sourceType,
        roles: [...things.roles],
        dateOrders: [...things.orders],
      });
      if (asked === this.#asked) {
        things.sniffed = sniffed;
        this.#show();
      }
    } catch (error) {
      if (asked === this.#asked && !this.#page.broke(error)) {
        this.#fault.show(error);
      }
    } finally {
      if (asked === this.#asked) {
        this.element.removeAttribute("aria-busy");
      }
    }
  }

  async #onward(): Promise<void> {
    const { things } = this.#page;
    this.#fault.clear();
    const { questions, problem } = this.#sniffed;
    if (things.saved === null && questions.length > 0) {
      const first = this.#questions.querySelector<HTMLElement>("input");
      this.#fault.tell(`${counted(questions.length, "question")} ${questions.length === 1 ? "is" : "are"} open.`, "Answer each; it cannot be seen in the file.");
      first?.focus();
      return;
    }
    const text = things.saved?.text ?? this.#sniffed.mapping;
    if (text === null) {
      this.#fault.show(new Refusal(problem ?? { code: "sniff-no-mapping", message: "there is no mapping yet", help: "" }));
      return;
    }
    try {
      await (await this.#page.session()).fits(names(things), text);
    } catch (error) {
      this.#saved.refused(error, this.#fault);
      return;
    }
    if (things.mapping !== text || !this.#page.journey().has.has("mapping")) {
      things.mapping = text;
      this.#page.happen({ what: "made", thing: "mapping" });
    }
    this.#page.happen({ what: "go", to: "key" });
  }
}

/** A question of the encoder in the words of this page. */
function asked(question: Question): string {
  const column = seen(question.answers[0]?.column ?? "");
  switch (question.code) {
    case "sniff-date-order":
      return `How are the dates in \u201c${column}\u201d written? No date in it tells day from month.`;
    case "sniff-event-date":
      return "Which date is that of the event of the row?";
    default:
      return `What is this column? ${seen(question.text, 200)}`;
  }
}

export function columnsStep(page: Page): Shown {
  const columns = new Columns(page);
  return { element: columns.element, leave: () => columns.peek.close() };
}

