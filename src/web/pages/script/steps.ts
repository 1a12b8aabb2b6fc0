// Takes what happened on the upload page, gives how it stands: which step is shown, what is there already, what is
// under way. Pure, so that every way through it can be tried without a browser.

export const STEPS = ["file", "columns", "key", "report", "encode", "send"] as const;
export type Step = (typeof STEPS)[number];

/** What the steps make, in order; each rests on those before it. */
export type Thing = "file" | "mapping" | "key" | "report" | "submission" | "receipt";

/** What is under way. */
export type Work = "none" | "running" | "paused";

export interface Journey {
  readonly at: Step;
  readonly has: ReadonlySet<Thing>;
  readonly work: Work;
}

export type Happening =
  | { what: "made"; thing: Thing }
  | { what: "void"; thing: Thing }
  | { what: "go"; to: Step }
  | { what: "work"; work: Work }
  | { what: "again" };

/** What each thing is made from: where one of these changes, the thing is void. */
const MADE_FROM: Record<Thing, readonly Thing[]> = {
  file: [],
  mapping: ["file"],
  key: [],
  report: ["file", "mapping"],
  submission: ["file", "mapping", "key"],
  receipt: ["submission"],
};

/** What must be there before a step is shown. */
const NEEDS: Record<Step, readonly Thing[]> = {
  file: [],
  columns: ["file"],
  key: ["file", "mapping"],
  report: ["file", "mapping", "key"],
  encode: ["file", "mapping", "key", "report"],
  send: ["submission"],
};

export const START: Journey = { at: "file", has: new Set(), work: "none" };

/** An upload that is taken up again after the page was loaded anew: only sending is left. */
export const RESUMED: Journey = { at: "send", has: new Set<Thing>(["submission"]), work: "none" };

function without(has: ReadonlySet<Thing>, thing: Thing): Set<Thing> {
  const left = new Set(has);
  left.delete(thing);
  for (const other of Object.keys(MADE_FROM) as Thing[]) {
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
export function open(journey: Journey, step: Step): boolean {
  if (journey.work !== "none" || journey.has.has("receipt")) {
    return step === journey.at;
  }
  return NEEDS[step].every((thing) => journey.has.has(thing));
}

/** Whether a step is behind: what it makes is there. */
export function done(journey: Journey, step: Step): boolean {
  const makes: Record<Step, Thing> = {
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
export function loses(journey: Journey): boolean {
  return journey.has.size > 0 && !journey.has.has("receipt");
}

function settled(journey: Journey): Journey {
  if (NEEDS[journey.at].every((thing) => journey.has.has(thing))) {
    return journey;
  }
  const at = STEPS.slice(0, STEPS.indexOf(journey.at)).findLast((step) =>
    NEEDS[step].every((thing) => journey.has.has(thing)),
  );
  return { ...journey, at: at ?? "file" };
}

/** How it stands after something happened; the same journey where that can not be now. */
export function after(journey: Journey, happening: Happening): Journey {
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
export function stepOf(hash: string): Step | null {
  return STEPS.find((step) => `#${step}` === hash) ?? null;
}
