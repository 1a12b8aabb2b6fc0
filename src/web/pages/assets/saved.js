// A mapping that was saved before, in place of the proposal. Where a column is no longer there, the encoder says which
// one may be meant, and one press takes it.
import { button, el, given, id } from "./dom.js";
import { Refusal } from "./encoder/js/session.js";
import { names } from "./page.js";
import { Fault, note } from "./parts.js";
import { meant } from "./refusals.js";
/** Longest mapping, as the encoder has it. */
const MAPPING_BYTES_MAX = 64 << 10;
export class SavedMapping {
    element;
    #page;
    #changed;
    #fault = new Fault();
    #input;
    #state = el("div", { "aria-live": "polite" });
    constructor(page, changed) {
        this.#page = page;
        this.#changed = changed;
        const input = id("mapping");
        this.#input = el("input", { type: "file", id: input, change: () => void this.#choose() });
        this.element = el("details", { class: "more", open: page.things.saved !== null }, el("summary", {}, "Use a mapping that you saved before"), el("div", { class: "field" }, el("label", { for: input }, "Mapping (.toml)"), this.#input), this.#fault.element, this.#state);
        this.#show();
    }
    async #choose() {
        const [file] = this.#input.files ?? [];
        this.#fault.clear(this.#input);
        if (file === undefined) {
            return;
        }
        if (file.size > MAPPING_BYTES_MAX) {
            this.#fault.show(new Refusal({ code: "mapping-too-large", message: "", help: "" }), this.#input);
            return;
        }
        await this.#take(file.name, await file.text());
    }
    async #take(name, text) {
        const { things } = this.#page;
        things.saved = { name, text };
        this.#page.happen({ what: "void", thing: "mapping" });
        this.#show();
        this.#changed();
        try {
            await (await this.#page.session()).fits(names(things), text);
            this.#fault.clear(this.#input);
            this.#page.say("The mapping fits the export");
        }
        catch (error) {
            this.refused(error, this.#fault);
        }
    }
    #show() {
        const { saved } = this.#page.things;
        if (saved === null) {
            this.#state.replaceChildren();
            return;
        }
        const drop = () => {
            this.#page.things.saved = null;
            this.#page.happen({ what: "void", thing: "mapping" });
            this.#input.value = "";
            this.#fault.clear(this.#input);
            this.#show();
            this.#changed();
        };
        this.#state.replaceChildren(note("info", el("p", {}, "In use instead of the list of columns: ", given(saved.name), "."), el("div", { class: "row" }, button("Use the list of columns", drop))));
    }
    /** Shows why a mapping does not fit; where the encoder knows what may be meant, offers it. */
    refused(error, fault) {
        const { saved } = this.#page.things;
        const likely = saved === null ? null : meant(error);
        if (saved === null || likely === null) {
            fault.show(error);
            return;
        }
        const { missing, instead } = likely;
        const take = () => {
            fault.clear();
            const text = saved.text.replaceAll(JSON.stringify(missing), JSON.stringify(instead));
            void this.#take(saved.name, text);
        };
        fault.tell("The mapping names a column that this export does not have.", "", undefined, "mapping-column-missing");
        fault.element.append(el("p", {}, "It has no column ", given(missing), ". Did you mean ", given(instead), "?"), el("div", { class: "row" }, button("Yes, use it", take)));
    }
}
