// Step 1: the export is chosen. It is looked at here and goes nowhere.
import { button, el, given, id } from "./dom.js";
import { names, year } from "./page.js";
import { Bar, Fault, heading } from "./parts.js";
/** "Study one, until 31 December 2027." */
function projectLine(project) {
    const state = project.isOpen
        ? project.until === null
            ? "open"
            : `open until ${project.until}`
        : project.why || "not open";
    return el("li", { class: project.isOpen ? "is-open" : "is-closed" }, el("strong", {}, given(project.name)), ` \u2014 ${state}`);
}
function projects(page) {
    const all = page.facts.projects;
    return el("div", { class: "projects" }, el("h3", {}, all.length === 1 ? "Your project" : "Your projects"), all.length === 0
        ? el("p", {}, "No agreement names your agency and a project yet. The linkage unit\u2019s compliance officer records it.")
        : el("ul", {}, ...all.map(projectLine)), all.length > 1 ? el("p", { class: "help mute small" }, "Your key file says which of them a submission is for.") : null);
}
/** Files in the order of their names: the same files are the same export, however they were picked. */
function inOrder(list) {
    return [...list].sort((one, other) => (one.name < other.name ? -1 : Number(one.name > other.name)));
}
class Choosing {
    element;
    #page;
    #fault = new Fault();
    #input;
    #zone;
    #isStopped = false;
    #busy = el("div", { class: "working" });
    constructor(page) {
        this.#page = page;
        const [input, hint] = [id("export"), id("hint")];
        this.#input = el("input", {
            type: "file",
            id: input,
            multiple: true,
            "aria-describedby": hint,
            change: () => void this.#choose(this.#input.files),
        });
        this.#zone = el("div", { class: "drop", dragover: over, dragleave: out, drop: (event) => this.#drop(event) }, el("p", { class: "drop-title" }, el("label", { for: input }, "Drop the export here, or choose it")), this.#input, el("p", { class: "help mute small", id: hint }, "CSV or another delimited text, also gzipped or zipped. Several files of the same columns are one export."));
        this.element = el("div", { class: "card step" }, heading("Choose the export", "It is opened in this page and stays on this computer. Nothing is sent before step 6."), this.#zone, this.#fault.element, this.#busy, projects(page));
    }
    #drop(event) {
        event.preventDefault();
        this.#zone.classList.remove("is-over");
        void this.#choose(event.dataTransfer?.files ?? null);
    }
    async #choose(list) {
        if (list === null || list.length === 0 || this.#page.journey().work !== "none") {
            return;
        }
        const page = this.#page;
        this.#isStopped = false;
        this.#fault.clear(this.#input);
        page.happen({ what: "void", thing: "file" }, { what: "work", work: "running" });
        const bar = new Bar("Looking at the file", page.say);
        this.#busy.replaceChildren(bar.element, button("Stop", () => this.#stop()));
        bar.busy("Looking at the columns\u2026");
        try {
            await this.#look(inOrder(list));
            page.happen({ what: "made", thing: "file" }, { what: "go", to: "columns" });
        }
        catch (error) {
            page.happen({ what: "work", work: "none" });
            this.#input.value = "";
            if (!this.#isStopped && !page.broke(error)) {
                this.#fault.show(error, this.#input);
            }
        }
        finally {
            this.#busy.replaceChildren();
        }
    }
    #stop() {
        this.#isStopped = true;
        this.#page.endSession();
    }
    async #look(files) {
        const { things, facts } = this.#page;
        Object.assign(things, { files, saved: null, mapping: null, roles: new Map(), orders: new Map(), sniffed: null });
        const session = await this.#page.session();
        for (const [index, name] of names(things).entries()) {
            await session.give(name, files[index]);
        }
        things.sniffed = await session.sniff({
            exports: names(things),
            year: year(),
            source: facts.source,
            sourceType: facts.sourceType,
        });
    }
}
function over(event) {
    event.preventDefault();
    event.currentTarget.classList.add("is-over");
}
function out(event) {
    event.currentTarget.classList.remove("is-over");
}
export function fileStep(page) {
    return { element: new Choosing(page).element };
}
