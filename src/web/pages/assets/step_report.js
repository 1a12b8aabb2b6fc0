// Step 4: how well the export can be linked. Made in the worker, drawn here, sent nowhere.
import { button, el, save } from "./dom.js";
import { names, NEVER, year } from "./page.js";
import { actions, Bar, Fault, heading, primary, refocus, rowsDone } from "./parts.js";
import { pieces } from "./pieces.js";
import { drawn } from "./report.js";
class Report {
    element;
    #page;
    #fault = new Fault();
    #body = el("div", { class: "stack" });
    #actions = actions();
    constructor(page) {
        this.#page = page;
        this.element = el("div", { class: "card step" }, heading("See how well it links", "A report for you, made on this computer. Nothing of it is sent, and no value of anybody is in it."), this.#body, this.#fault.element, this.#actions);
        if (page.things.check === null || !page.journey().has.has("report")) {
            void this.#make();
        }
        else {
            this.#show();
        }
    }
    async #make() {
        const page = this.#page;
        const { things } = page;
        const bar = new Bar("Making the report", page.say);
        const stop = button("Stop", () => void page.session().then((session) => session.cancel()));
        this.#fault.clear();
        this.#actions.replaceChildren();
        this.#body.replaceChildren(bar.element, el("div", { class: "row" }, stop));
        bar.busy("Reading the file\u2026");
        page.happen({ what: "work", work: "running" });
        try {
            const session = await page.session();
            const request = { exports: names(things), mapping: things.mapping ?? "", year: year(), never: NEVER };
            things.check = await session.check(request, (progress) => {
                if (progress.stage === "rows") {
                    bar.set(progress.bytes, progress.bytesTotal, rowsDone(progress.rows, progress.bytes, progress.bytesTotal));
                }
                else {
                    bar.busy("Simulating a linkage; this takes up to a minute\u2026");
                    stop.disabled = true;
                }
            });
            page.happen({ what: "made", thing: "report" });
            page.say("The report is ready");
            this.#show();
        }
        catch (error) {
            page.happen({ what: "work", work: "none" });
            if (page.broke(error)) {
                return;
            }
            this.#body.replaceChildren();
            this.#fault.show(error);
            this.#actions.replaceChildren(primary("Try again", () => void this.#make()), button("Back", () => page.happen({ what: "go", to: "columns" })));
        }
    }
    #show() {
        const page = this.#page;
        const { check } = page.things;
        if (check === null) {
            return;
        }
        const name = `linkability-of-${page.facts.source}`;
        const rows = async () => save(`never-link-of-${page.facts.source}.csv`, await pieces(page, NEVER), "text/csv");
        this.#body.replaceChildren(drawn(check.report), el("div", { class: "row" }, button("Save the report", () => save(`${name}.html`, [check.page], "text/html")), check.report.never.length === 0 ? null : button("Save the list of rows that never link", () => void rows())));
        this.#actions.replaceChildren(primary("Continue to encoding", () => page.happen({ what: "go", to: "encode" })), button("Change the columns", () => page.happen({ what: "go", to: "columns" })));
        refocus(this.#actions);
    }
}
export function reportStep(page) {
    return { element: new Report(page).element };
}
