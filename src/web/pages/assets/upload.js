// The upload in the browser: takes the page that the service wrote, gives its six steps. The address holds the name of
// the step and nothing else; nothing is kept but a copy of what is being sent (kept.ts).
import { button, el } from "./dom.js";
import { Refusal, Session } from "./encoder/js/session.js";
import { facts as factsOf } from "./facts.js";
import { alone, forget, left } from "./kept.js";
import { Leaves, showBytes } from "./leaves.js";
import { nothing } from "./page.js";
import { actions, heading, note, primary } from "./parts.js";
import { after, done, loses, open, RESUMED, START, STEPS, stepOf } from "./steps.js";
import { said } from "./refusals.js";
import { columnsStep } from "./step_columns.js";
import { encodeStep } from "./step_encode.js";
import { fileStep } from "./step_file.js";
import { keyStep } from "./step_key.js";
import { reportStep } from "./step_report.js";
import { sendStep } from "./step_send.js";
import { Upload } from "./tus.js";
import { bytes } from "./words.js";
const TITLES = { file: "File", columns: "Columns", key: "Key", report: "Report", encode: "Encode", send: "Send" };
/** How long the page before this one may take to let go of what it kept. */
const PATIENCE_MILLISECONDS = 15_000;
class UploadPage {
    facts;
    things = nothing();
    keeps = false;
    #journey = START;
    #session = null;
    #shown = null;
    #shownStep = null;
    #place = null;
    #title = document.title;
    #steps = el("ol", { class: "upload-steps", "aria-label": "Steps" });
    #body = el("section", { class: "step-place" });
    #notice = el("div", { class: "upload-notice", role: "status" });
    #said = el("div", { class: "visually-hidden", role: "status" });
    #leaves;
    constructor(main) {
        this.facts = factsOf(main);
        this.#leaves = new Leaves(this);
        const work = el("div", { class: "upload-body" }, el("div", { class: "upload-step" }, this.#notice, this.#body), this.#leaves.element);
        main.append(el("div", { class: "upload" }, this.#steps, work, this.#said));
        addEventListener("popstate", () => this.#wentBack());
        addEventListener("beforeunload", (event) => {
            if (loses(this.#journey)) {
                event.preventDefault();
            }
        });
    }
    journey() {
        return this.#journey;
    }
    happen(...happenings) {
        for (const happening of happenings) {
            this.#journey = after(this.#journey, happening);
        }
        this.#show();
    }
    session() {
        this.#session ??= Session.start();
        this.#session.catch(() => {
            this.#session = null;
        });
        return this.#session;
    }
    endSession() {
        void this.#session?.then((session) => session.close());
        this.#session = null;
    }
    broke(error) {
        if (!(error instanceof Refusal && error.code === "page-fault")) {
            return false;
        }
        this.endSession();
        this.happen({ what: "void", thing: "file" });
        const told = said(error);
        this.#notice.replaceChildren(note("warn", el("p", {}, el("strong", {}, told.wrong), " ", told.help)));
        return true;
    }
    say = (text) => {
        this.#said.textContent = text;
    };
    leaves(left) {
        this.#leaves.sent(left);
    }
    showBytes() {
        void showBytes(this);
    }
    again() {
        void this.#session?.then((session) => session.clear().finally(() => session.close()));
        this.#session = null;
        this.things = nothing();
        this.#place = null;
        this.leaves(0);
        this.#notice.replaceChildren();
        this.happen({ what: "again" });
    }
    /** Shows what is at hand first: an upload to take up again, or the first step. */
    async begin() {
        const before = stepOf(location.hash);
        history.replaceState(null, "", location.pathname + location.search);
        const isKept = (await left()) !== null;
        if (isKept) {
            this.#body.replaceChildren(el("p", { class: "mute" }, "Looking at an upload that was not finished\u2026"));
        }
        this.keeps = await alone(isKept ? PATIENCE_MILLISECONDS : 0);
        const found = this.keeps && isKept ? await left() : null;
        if (found !== null && (await this.#takeUp(found.note, found.source))) {
            return;
        }
        if (before !== null && before !== "file" && this.#notice.childElementCount === 0) {
            this.#notice.replaceChildren(note("info", el("p", {}, el("strong", {}, "The page was loaded again. "), "It keeps nothing of your file, so choose it again. Nothing was sent.")));
        }
        this.#show();
    }
    /** Offers to go on with an upload; ends it where nothing is there to go on with. */
    async #takeUp({ place, sent }, source) {
        const means = {
            fetch: (address, request) => fetch(address, request),
            now: () => performance.now(),
            sha256: (piece) => crypto.subtle.digest("SHA-256", piece),
            wait: () => Promise.reject(new TypeError("no connection")),
            signIn: () => Promise.reject(new TypeError("signed out")),
            pause: () => Promise.resolve(),
        };
        const upload = new Upload(means, this.facts.csrf, new AbortController().signal);
        let state;
        try {
            state = await upload.state(place);
        }
        catch {
            // No line: what was kept stays, and is offered when the page is loaded again.
            return false;
        }
        if (state === null || (state.state !== "receiving" && state.state !== "complete" && state.state !== "accepted")) {
            await forget();
            return false;
        }
        if (source === null) {
            await upload.end(place).catch(() => { });
            await forget();
            this.#notice.replaceChildren(note("info", el("p", {}, el("strong", {}, "The upload was broken off too early to go on. "), "What had been sent was erased; choose the file again.")));
            return false;
        }
        const goOn = () => {
            Object.assign(this.things, { source, sent });
            [this.#journey, this.#place] = [RESUMED, place];
            this.#show();
        };
        const giveUp = async () => {
            await upload.end(place).catch(() => { });
            await forget();
            this.#show();
        };
        const offer = el("div", { class: "card step" }, heading("Go on with the upload", `An upload of ${bytes(source.size)} from this browser was not finished. The encoded submission is still here; nothing of the export is.`), actions(primary("Go on sending", goOn), button("Give it up", () => void giveUp())));
        this.#body.replaceChildren(offer);
        this.#showSteps();
        return true;
    }
    #wentBack() {
        const to = stepOf(location.hash) ?? "file";
        if (to === this.#journey.at) {
            return;
        }
        if (open(this.#journey, to)) {
            this.#journey = after(this.#journey, { what: "go", to });
            this.#show(false);
            return;
        }
        // Not now: the address is that of what is shown.
        history.pushState(null, "", `#${this.#journey.at}`);
        if (this.#journey.work !== "none") {
            this.say("Something is under way. Cancel it first to go back.");
            this.#notice.replaceChildren(note("info", el("p", {}, "Something is under way. Cancel it first to go back.")));
        }
    }
    #show(isNew = true) {
        const { at } = this.#journey;
        this.#leaves.update();
        this.#showSteps();
        // A step that came to its end of itself is shown anew only when another one is.
        if (at === this.#shownStep && this.#shown !== null && this.#journey !== START) {
            return;
        }
        this.#shown?.leave?.();
        // While the step is made, what it tells is of itself.
        this.#shown = { element: this.#body };
        const isFirst = this.#shownStep === null;
        if (!isFirst && isNew) {
            history.pushState(null, "", at === "file" ? location.pathname + location.search : `#${at}`);
            this.#notice.replaceChildren();
        }
        this.#shownStep = at;
        document.title = `${TITLES[at]} \u2013 step ${STEPS.indexOf(at) + 1} of ${STEPS.length} \u2013 ${this.#title}`;
        const views = {
            file: () => fileStep(this),
            columns: () => columnsStep(this),
            key: () => keyStep(this),
            report: () => reportStep(this),
            encode: () => encodeStep(this),
            send: () => sendStep(this, this.#place),
        };
        this.#shown = views[at]();
        this.#body.replaceChildren(this.#shown.element);
        if (!isFirst) {
            this.#shown.element.querySelector("h2")?.focus();
        }
    }
    #showSteps() {
        const items = STEPS.map((step, index) => {
            const isHere = step === this.#journey.at;
            const text = [el("span", { class: "mark", "aria-hidden": "true" }, String(index + 1)), el("span", { class: "step-name" }, TITLES[step])];
            if (!isHere && done(this.#journey, step)) {
                text.push(el("span", { class: "visually-hidden" }, ", done"));
            }
            const isOpen = !isHere && open(this.#journey, step);
            const state = isHere ? "is-here" : done(this.#journey, step) ? "is-done" : "is-ahead";
            const go = () => this.happen({ what: "go", to: step });
            const what = isOpen
                ? el("button", { type: "button", click: go }, ...text)
                : el("span", isHere ? { "aria-current": "step" } : {}, ...text);
            return el("li", { class: state }, what);
        });
        this.#steps.replaceChildren(...items);
    }
}
const main = document.querySelector("[data-upload]");
if (main !== null && typeof WebAssembly === "object" && "locks" in navigator) {
    document.querySelector("#without-script")?.setAttribute("hidden", "");
    void new UploadPage(main).begin();
}
