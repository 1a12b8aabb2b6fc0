// Step 3: the key file. It is read in the worker, never sent, and its bytes are overwritten there once read.

import { button, el, given, id } from "./dom.js";
import type { KeyDescribed } from "./encoder/js/session.js";
import type { Project } from "./facts.js";
import type { Page, Shown } from "./page.js";
import { actions, facts, Fault, heading, note, primary } from "./parts.js";
import { said } from "./refusals.js";

class Key {
  readonly element: HTMLElement;
  #page: Page;
  #fault = new Fault();
  #input: HTMLInputElement;
  #passphrase: HTMLInputElement;
  #sealed: HTMLElement;
  #card = el("div", { class: "key-card", "aria-live": "polite" });
  #onward: HTMLButtonElement;

  constructor(page: Page) {
    this.#page = page;
    const [input, passphrase, hint] = [id("key"), id("passphrase"), id("hint")];
    this.#input = el("input", { type: "file", id: input, "aria-describedby": hint, change: () => void this.#choose() });
    this.#passphrase = el("input", {
      type: "password",
      id: passphrase,
      autocomplete: "off",
      spellcheck: "false",
    });
    this.#sealed = el(
      "form",
      {
        class: "field",
        hidden: true,
        submit: (event) => {
          event.preventDefault();
          void this.#open();
        },
      },
      el("label", { for: passphrase }, "Passphrase of the key file"),
      el("div", { class: "row" }, this.#passphrase, el("button", {}, "Open")),
      el("p", { class: "help mute small" }, "Opening takes some seconds on purpose: each guess costs an attacker as much."),
    );
    this.#onward = primary("Continue to the report", () => page.happen({ what: "go", to: "report" }));
    this.element = el(
      "div",
      { class: "card step" },
      heading("Choose the key file", "It makes the encoding unreadable to all who do not have it. It is read here and never sent."),
      el(
        "div",
        { class: "field" },
        el("label", { for: input }, "Key file of the project"),
        this.#input,
        el("p", { class: "help mute small", id: hint }, "The file that tallystick-agency keys new or keys accept wrote, such as police.keys."),
      ),
      this.#sealed,
      this.#fault.element,
      this.#card,
      actions(this.#onward, button("Back", () => page.happen({ what: "go", to: "columns" }))),
    );
    this.#show();
  }

  async #choose(): Promise<void> {
    const [file] = this.#input.files ?? [];
    const { things } = this.#page;
    this.#drop();
    things.keyFile = file ?? null;
    things.passphrase = null;
    this.#passphrase.value = "";
    this.#sealed.hidden = true;
    if (file !== undefined) {
      await this.#read();
    }
  }

  async #open(): Promise<void> {
    this.#drop();
    this.#page.things.passphrase = this.#passphrase.value;
    await this.#read();
  }

  #drop(): void {
    this.#fault.clear(this.#input);
    this.#fault.clear(this.#passphrase);
    this.#page.things.key = null;
    this.#page.happen({ what: "void", thing: "key" });
    this.#show();
  }

  async #read(): Promise<void> {
    const { things } = this.#page;
    const { keyFile, passphrase } = things;
    if (keyFile === null) {
      return;
    }
    this.element.setAttribute("aria-busy", "true");
    if (passphrase !== null) {
      this.#card.replaceChildren(el("p", { class: "help mute small" }, "Opening the key file\u2026"));
    }
    try {
      const key = await (await this.#page.session()).described(keyFile, passphrase ?? undefined);
      if (things.keyFile === keyFile && things.passphrase === passphrase) {
        things.key = key;
        this.#accept(key);
      }
    } catch (error) {
      this.#refuse(error);
    } finally {
      this.element.removeAttribute("aria-busy");
      this.#show();
    }
  }

  #refuse(error: unknown): void {
    if (this.#page.broke(error)) {
      return;
    }
    const { code } = said(error);
    if (code === "keys-passphrase-needed") {
      // Not a fault: most key files are sealed.
      this.#sealed.hidden = false;
      this.#passphrase.focus();
      this.#page.say("The key file is sealed: type its passphrase");
      return;
    }
    this.#page.things.passphrase = null;
    this.#fault.show(error, code === "keys-passphrase-wrong" ? this.#passphrase : this.#input);
  }

  /** The key counts if the project is one of the unit's, open, and content can be sealed. */
  #accept(key: KeyDescribed): void {
    const project = projectOf(this.#page, key);
    const { mapping } = this.#page.things;
    if (project === null) {
      this.#fault.tell(
        "These keys are of a project that your agency cannot send for.",
        `Give the linkage unit the project\u2019s number, ${key.project}, or choose the key file of another project.`,
        this.#input,
        "submission-project-unknown",
      );
    } else if (!project.isOpen) {
      this.#fault.tell(`No upload is permitted for this project now: ${project.why}`, "The linkage unit\u2019s compliance officer can say when it will be.", this.#input);
    } else if (!key.seals && mapping !== null && /^\[content\]/m.test(mapping)) {
      this.#fault.tell(
        "The file has columns for the evaluation, but these keys name nobody to seal them to.",
        "Ask the agency that invited you for an invitation with a release recipient, or leave these columns out.",
        this.#input,
        "keys-recipient-missing",
      );
    } else {
      this.#page.happen({ what: "made", thing: "key" });
    }
  }

  #show(): void {
    const { key, keyFile } = this.#page.things;
    this.#onward.disabled = !this.#page.journey().has.has("key");
    if (key === null || keyFile === null) {
      this.#card.replaceChildren();
      return;
    }
    const project = projectOf(this.#page, key);
    const groups = key.fingerprint.split(" ").map((group) => el("span", { class: "digits" }, group));
    this.#card.replaceChildren(
      el("p", { class: "fingerprint-title" }, "Fingerprint of the keys"),
      el("p", { class: "fingerprint", "aria-label": key.fingerprint.split("").join(" ") }, ...groups),
      el("p", { class: "help mute small" }, "All agencies of the project see the same digits. Compare them by telephone once, at a number that you know."),
      facts(
        ["File", given(keyFile.name)],
        ["Project", project === null ? el("span", { class: "code" }, key.project) : given(project.name)],
        ...(key.epoch === 0 ? [] : ([["Epoch", String(key.epoch)]] as const)),
      ),
      ...sameAsBefore(key, project),
    );
  }
}

function projectOf(page: Page, key: KeyDescribed): Project | null {
  return page.facts.projects.find((project) => project.number === key.project) ?? null;
}

/** What the key of the agency's own standing submission says. */
function sameAsBefore(key: KeyDescribed, project: Project | null): HTMLElement[] {
  if (project === null || project.keyCheck === null) {
    return [];
  }
  return project.keyCheck === key.keyCheck
    ? [note("good", el("p", {}, "The same key as your last submission."))]
    : [
        note(
          "warn",
          el("p", {}, el("strong", {}, "Another key than your last submission. ")),
          el("p", {}, "If the project did not get new keys, this is the wrong file, and the linkage unit will refuse what it encodes."),
        ),
      ];
}

export function keyStep(page: Page): Shown {
  return { element: new Key(page).element };
}
