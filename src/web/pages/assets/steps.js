// Takes what happened on the upload page, gives how it stands: which step is shown, what is there already, what is
// under way. Pure, so that every way through it can be tried without a browser.
export const STEPS = ["file", "columns", "key", "report", "encode", "send"];
/** What each thing is made from: where one of these changes, the thing is void. */
const MADE_FROM = {
    file: [],
    mapping: ["file"],
    key: [],
    report: ["file", "mapping"],
    submission: ["file", "mapping", "key"],
    receipt: ["submission"],
};
/** What must be there before a step is shown. */
const NEEDS = {
    file: [],
    columns: ["file"],
    key: ["file", "mapping"],
    report: ["file", "mapping", "key"],
    encode: ["file", "mapping", "key", "report"],
    send: ["submission"],
};
export const START = { at: "file", has: new Set(), work: "none" };
/** An upload that is taken up again after the page was loaded anew: only sending is left. */
export const RESUMED = { at: "send", has: new Set(["submission"]), work: "none" };
function without(has, thing) {
    const left = new Set(has);
    left.delete(thing);
    for (const other of Object.keys(MADE_FROM)) {
        if (MADE_FROM[other].includes(thing) && left.has(other)) {
            for (const gone of [...left]) {
                if (!without(left, other).has(gone)) {
                    left.delete(gone);
                }
            }
        }
    }
    return left;
}
/** Whether a step can be shown now. */
export function open(journey, step) {
    if (journey.work !== "none" || journey.has.has("receipt")) {
        return step === journey.at;
    }
    return NEEDS[step].every((thing) => journey.has.has(thing));
}
/** Whether a step is behind: what it makes is there. */
export function done(journey, step) {
    const makes = {
        file: "file",
        columns: "mapping",
        key: "key",
        report: "report",
        encode: "submission",
        send: "receipt",
    };
    return journey.has.has(makes[step]);
}
/** Whether leaving the page would lose something. */
export function loses(journey) {
    return journey.has.size > 0 && !journey.has.has("receipt");
}
function settled(journey) {
    if (NEEDS[journey.at].every((thing) => journey.has.has(thing))) {
        return journey;
    }
    const at = STEPS.slice(0, STEPS.indexOf(journey.at)).findLast((step) => NEEDS[step].every((thing) => journey.has.has(thing)));
    return { ...journey, at: at ?? "file" };
}
/** How it stands after something happened; the same journey where that can not be now. */
export function after(journey, happening) {
    switch (happening.what) {
        case "made": {
            // Made anew: whatever rests on the old one is void.
            const has = without(journey.has, happening.thing);
            has.add(happening.thing);
            return { ...journey, has, work: "none" };
        }
        case "void":
            return settled({ ...journey, has: without(journey.has, happening.thing), work: "none" });
        case "go":
            return open(journey, happening.to) ? { ...journey, at: happening.to } : journey;
        case "work":
            return { ...journey, work: happening.work };
        case "again":
            return journey.work === "none" ? START : journey;
    }
}
/** The step of the address behind `#`. */
export function stepOf(hash) {
    return STEPS.find((step) => `#${step}` === hash) ?? null;
}
