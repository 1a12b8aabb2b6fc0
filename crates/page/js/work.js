// Takes a keeper of files and requests, gives what the module says, refuses with a Refusal. Between steps
// it lets others have their turn, so that work can be shown, paused and given up.

import { PageCheck, PageEncoding, described, fingerprint, fits, sniff, version } from "../dist/tallystick_page.js";
import { Refusal } from "./refusal.js";

/** Rows between two looks at the clock. */
const STEP_ROWS = 250;
/** Milliseconds of work before others have their turn. */
const TURN_MS = 40;

/** Runs a call of the module. */
function call(work) {
  try {
    return work();
  } catch (thrown) {
    throw refusal(thrown);
  }
}

function refusal(thrown) {
  if (typeof thrown === "string") {
    return new Refusal(JSON.parse(thrown));
  }
  // A fault of ours: the module is not to be used any more. Its words might hold anything.
  const message = "the encoder stopped at a fault of its own";
  return new Refusal({ code: "page-fault", message, help: "load the page again, and tell us if it comes back" });
}

/** One thing at a time with one keeper. */
export class Work {
  #keeper;
  #paused = null;
  #cancelled = false;

  constructor(keeper) {
    this.#keeper = keeper;
  }

  /** Version of the module. */
  version() {
    return version();
  }

  /** The proposed mapping of an export; see the request in crates/page/src/proposal.rs. */
  sniff(told) {
    return JSON.parse(call(() => sniff(this.#keeper, JSON.stringify(told))));
  }

  /** Refuses a mapping that is not well formed or does not fit the exports. */
  fits(exports, mapping) {
    call(() => fits(this.#keeper, JSON.stringify(exports), mapping));
  }

  /** The fingerprint of a key file, with its passphrase if it is sealed; its bytes are overwritten. */
  fingerprint(key, passphrase) {
    try {
      return call(() => fingerprint(key, passphrase));
    } finally {
      key.fill(0);
    }
  }

  /** What of a key file is no secret: `{ fingerprint, project, epoch, keyCheck, seals }`; its bytes are overwritten. */
  described(key, passphrase) {
    try {
      return JSON.parse(call(() => described(key, passphrase)));
    } finally {
      key.fill(0);
    }
  }

  /** How well an export can be linked: the report, and the same as an HTML page. */
  async check(request, progress) {
    const check = call(() => PageCheck.start(this.#keeper, JSON.stringify(request)));
    const [report, page] = await this.#through(check, progress);
    return { report: JSON.parse(report), page };
  }

  /** Encodes; the submission is then a file of the keeper under `request.output`. Gives the report. */
  async encode({ passphrase, ...request }, key, progress) {
    let encoding;
    try {
      encoding = call(() => PageEncoding.start(this.#keeper, JSON.stringify(request), key, passphrase));
    } finally {
      key.fill(0);
    }
    return JSON.parse(await this.#through(encoding, progress));
  }

  pause() {
    if (this.#paused === null) {
      let resume;
      const until = new Promise((resolve) => {
        resume = resolve;
      });
      this.#paused = { until, resume };
    }
  }

  resume() {
    this.#paused?.resume();
    this.#paused = null;
  }

  /** Gives up what is on its way; nothing is left of it. */
  cancel() {
    this.#cancelled = true;
    this.resume();
  }

  async #through(work, progress = () => {}) {
    this.#cancelled = false;
    try {
      let more = true;
      while (more) {
        const end = performance.now() + TURN_MS;
        while (more && performance.now() < end) {
          more = call(() => work.step(STEP_ROWS));
        }
        const [rows, bytes, bytesTotal] = work.progress();
        progress({ stage: "rows", rows, bytes, bytesTotal });
        await turn();
        while (this.#paused !== null) {
          await this.#paused.until;
        }
        if (this.#cancelled) {
          throw new Refusal({
            code: "cancelled",
            message: "cancelled; nothing was kept",
            help: "start again when you like",
          });
        }
      }
      progress({ stage: "writing" });
      return call(() => work.finish());
    } finally {
      work.free();
    }
  }
}

/** Lets messages through. A timer would be held back; a channel is not. */
function turn() {
  return new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => {
      port1.close();
      resolve();
    };
    port2.postMessage(null);
  });
}
