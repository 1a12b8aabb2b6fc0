// Step 6: the submission is sent in pieces, and goes on after a broken connection. At its end there is a receipt.
import { button, el, save } from "./dom.js";
import { renewed } from "./facts.js";
import { forget, keep } from "./kept.js";
import { HANDLES } from "./page.js";
import { actions, Bar, facts, Fault, heading, note, primary, refocus } from "./parts.js";
import { pieces } from "./pieces.js";
import { check } from "./receipt.js";
import { Upload } from "./tus.js";
import { bytes, count, moment } from "./words.js";
/** After so long without an answer a request is given up and tried again. */
const REQUEST_MILLISECONDS = 120_000;
const TROUBLES = {
    connection: "The connection is broken.",
    busy: "The linkage unit is looking at the submission.",
    service: "The linkage unit does not answer rightly.",
};
/** A promise that something outside resolves, or the signal breaks off. */
function until(signal, begin) {
    if (signal.aborted) {
        return Promise.reject(signal.reason);
    }
    return new Promise((resolve, reject) => {
        const end = (settle) => {
            over();
            signal.removeEventListener("abort", abort);
            settle();
        };
        const abort = () => end(() => reject(signal.reason));
        const over = begin(() => end(resolve));
        signal.addEventListener("abort", abort);
    });
}
class Send {
    element;
    #page;
    #place;
    #fault = new Fault();
    #body = el("div", { class: "stack" });
    #trouble = el("div", { class: "trouble", role: "status" });
    #actions = actions();
    #stop = new AbortController();
    #copying = Promise.resolve();
    #goOn = null;
    constructor(page, place) {
        this.#page = page;
        this.#place = place;
        this.element = el("div", { class: "card step" }, heading("Send", "Only the encoded submission goes to the linkage unit. You get a signed receipt."), this.#body, this.#trouble, this.#fault.element, this.#actions);
        void this.#send();
    }
    #means(bar) {
        return {
            fetch: (address, request) => {
                const limit = AbortSignal.timeout(REQUEST_MILLISECONDS);
                const signal = AbortSignal.any([limit, ...(request.signal instanceof AbortSignal ? [request.signal] : [])]);
                return fetch(address, { ...request, signal });
            },
            now: () => performance.now(),
            sha256: (piece) => crypto.subtle.digest("SHA-256", piece),
            wait: (milliseconds, trouble, signal) => this.#wait(milliseconds, trouble, signal, bar),
            signIn: (signal) => this.#signIn(signal),
            pause: (signal) => this.#paused(signal),
        };
    }
    async #send() {
        const page = this.#page;
        const { source, sent } = page.things;
        if (source === null || sent === null) {
            return;
        }
        const bar = new Bar("Sending", page.say);
        this.#stop = new AbortController();
        this.#running(bar);
        page.happen({ what: "work", work: "running" });
        const upload = new Upload(this.#means(bar), page.facts.csrf, this.#stop.signal);
        const told = {
            place: (place) => {
                this.#place = place;
                if (page.keeps) {
                    this.#copying = keep(source, place, sent, this.#stop.signal);
                }
            },
            progress: (at, left) => {
                this.#trouble.replaceChildren();
                bar.set(at, source.size, `${bytes(at)} of ${bytes(source.size)}`);
                page.leaves(left);
            },
            taken: () => {
                this.#actions.replaceChildren();
                bar.busy("All is there. The linkage unit looks at it\u2026");
            },
        };
        try {
            const submission = await upload.send(source, told, this.#place);
            const line = await upload.receipt(submission);
            const checked = await check(line, sent);
            this.#stop.abort();
            await this.#forget();
            page.happen({ what: "made", thing: "receipt" });
            this.#received(line, checked);
        }
        catch (error) {
            await this.#broken(error);
        }
    }
    #running(bar) {
        const page = this.#page;
        const pause = button("Pause", () => {
            const isPaused = page.journey().work === "paused";
            page.happen({ what: "work", work: isPaused ? "running" : "paused" });
            pause.textContent = isPaused ? "Pause" : "Go on";
            bar.restart();
            page.say(isPaused ? "Sending goes on" : "Sending is paused after this piece");
            this.#goOn?.();
        });
        this.#fault.clear();
        this.#body.replaceChildren(bar.element, el("p", { class: "help mute small" }, "A broken connection costs nothing: it goes on where it was, even if this page is closed meanwhile."));
        this.#actions.replaceChildren(pause, button("Cancel", () => void this.#cancel()));
        bar.busy("Asking the linkage unit\u2026");
    }
    #paused(signal) {
        if (this.#page.journey().work !== "paused") {
            return Promise.resolve();
        }
        return until(signal, (resolve) => {
            this.#goOn = resolve;
            return () => {
                this.#goOn = null;
            };
        });
    }
    /** Waits, shows why, and tries sooner when the line is back or the user says so. */
    #wait(milliseconds, trouble, signal, bar) {
        bar.restart();
        return until(signal, (resolve) => {
            const isOffline = !navigator.onLine;
            const timer = isOffline ? 0 : setTimeout(resolve, milliseconds);
            addEventListener("online", resolve);
            if (trouble !== "busy") {
                const when = isOffline
                    ? "It goes on by itself when this computer is online again."
                    : `It is tried again in ${Math.ceil(milliseconds / 1000)} seconds.`;
                this.#trouble.replaceChildren(note("warn", el("p", {}, el("strong", {}, TROUBLES[trouble]), " ", when, " Nothing is lost."), el("div", { class: "row" }, button("Try now", resolve))));
            }
            return () => {
                clearTimeout(timer);
                removeEventListener("online", resolve);
                this.#trouble.replaceChildren();
            };
        });
    }
    /** The session has ended: the user signs in elsewhere and comes back. */
    async #signIn(signal) {
        for (;;) {
            await until(signal, (resolve) => {
                const way = el("a", { href: "/", target: "_blank", rel: "noopener" }, "Sign in in a new tab");
                this.#trouble.replaceChildren(note("warn", el("p", {}, el("strong", {}, "You were signed out. "), way, ", then come back and go on. What was sent is kept."), el("div", { class: "row" }, button("Go on", resolve))));
                return () => this.#trouble.replaceChildren();
            });
            const csrf = await renewed(signal).catch(() => null);
            if (csrf !== null) {
                this.#page.facts.csrf = csrf;
                return csrf;
            }
        }
    }
    async #cancel() {
        const place = this.#place;
        this.#stop.abort();
        if (place !== null) {
            const bar = new Bar("Cancelling", this.#page.say);
            await new Upload(this.#means(bar), this.#page.facts.csrf, new AbortController().signal).end(place).catch(() => { });
        }
    }
    async #forget() {
        await this.#copying;
        if (this.#page.keeps) {
            await forget();
        }
    }
    async #broken(error) {
        const page = this.#page;
        const wasCancelled = this.#stop.signal.aborted;
        this.#stop.abort();
        await this.#forget();
        this.#place = null;
        this.#trouble.replaceChildren();
        this.#body.replaceChildren();
        page.happen({ what: "work", work: "none" });
        const isKept = page.things.encoded !== null;
        if (wasCancelled) {
            this.#body.replaceChildren(note("info", el("p", {}, "Cancelled. The linkage unit has erased what was there.")));
            page.say("Cancelled");
        }
        else {
            this.#fault.show(error);
        }
        this.#actions.replaceChildren(isKept ? primary("Send again", () => void this.#send()) : primary("Start over", () => page.again()), isKept ? button("Choose another key", () => page.happen({ what: "go", to: "key" })) : "");
        refocus(this.#actions);
    }
    #received(line, { receipt, isOfThis, signature }) {
        const page = this.#page;
        const { facts: known, things } = page;
        const isRight = isOfThis && signature !== "wrong" && (known.unitKey === "" || known.unitKey === receipt.key);
        const handles = async () => save(`${known.source}.${HANDLES}`, await pieces(page, HANDLES));
        const keepReceipt = () => save(`${known.source}.tally.receipt.json`, [line, "\n"], "application/json");
        this.#trouble.replaceChildren();
        this.#body.replaceChildren(isRight
            ? note("good", el("p", {}, el("strong", {}, "Received. "), "The linkage unit has the submission, and the receipt is of what was encoded here."))
            : note("warn", el("p", {}, el("strong", {}, "The receipt does not fit what was sent. "), "Keep it, and ask the linkage unit before anything else is sent.")), facts(["Received", moment(receipt.received_at)], ["Receipt", el("span", { class: "code" }, receipt.receipt)], ["Rows", `${count(receipt.rows_read)} read, ${count(receipt.rows_accepted)} accepted`], ["Records", count(receipt.records)], ["Size", bytes(receipt.bytes)], ["SHA-256", el("span", { class: "code" }, receipt.sha256)], ["Signature", { right: "checked in this browser", wrong: "wrong", unknown: "this browser cannot check it; the program can" }[signature]]));
        this.#actions.replaceChildren(primary("Save the receipt", keepReceipt), things.wantsHandles && things.encoded !== null ? button("Save the handles file", () => void handles()) : "", el("a", { class: "button", href: "/agency/submissions" }, "All submissions"), button("Send another export", () => page.again()));
        refocus(this.#actions);
        page.say("Received. Save the receipt");
    }
}
export function sendStep(page, place) {
    return { element: new Send(page, place).element };
}
