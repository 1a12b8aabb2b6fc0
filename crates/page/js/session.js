// What a page uses: one session with a worker of its own. Nothing here sends anything; `piece` gives the
// page what it may upload. Files and the key go to the worker and nowhere else.

import { Refusal } from "./refusal.js";

export { Refusal };

export class Session {
  #worker;
  #last = 0;
  #waiting = new Map();

  /** Starts the worker; `disk: false` keeps everything in memory. */
  static async start({ disk = true } = {}) {
    const session = new Session();
    Object.assign(session, await session.#call("start", { disk }));
    return session;
  }

  /** Use `Session.start`. */
  constructor() {
    this.#worker = new Worker(new URL("./worker.js", import.meta.url), { type: "module" });
    this.#worker.onmessage = ({ data }) => this.#answer(data);
    this.#worker.onerror = () => this.#end("the worker could not be started or stopped at a fault");
  }

  /** Names an export that was chosen; a Blob, of which the worker reads what it needs. */
  give(name, file) {
    return this.#call("give", { name, file });
  }

  /** Proposes a mapping: `{ exports, year, roles, dateOrders, ... }`. */
  sniff(told) {
    return this.#call("sniff", { told });
  }

  /** Refuses a mapping that is not well formed or does not fit the exports. */
  fits(exports, mapping) {
    return this.#call("fits", { exports, mapping });
  }

  /** The fingerprint of a key file, a Blob; with its passphrase if it is sealed. */
  async fingerprint(keyFile, passphrase) {
    return this.#withKey("fingerprint", { passphrase }, keyFile);
  }

  /** What of a key file is no secret: `{ fingerprint, project, epoch, keyCheck, seals }`. */
  async described(keyFile, passphrase) {
    return this.#withKey("described", { passphrase }, keyFile);
  }

  /** The linkability report: `{ report, page }`, for `{ exports, mapping, year }`. */
  check(request, progress) {
    return this.#call("check", { request }, progress);
  }

  /** Encodes: `{ exports, mapping, profile, year, passphrase?, handles?, rowId? }` under a key file, a Blob. */
  async encode(request, keyFile, progress) {
    return this.#withKey("encode", { request }, keyFile, progress);
  }

  /** Work stops at the next row, and goes on at `resume`. Sorting and writing at the end do not stop. */
  pause() {
    return this.#call("pause", {});
  }

  resume() {
    return this.#call("resume", {});
  }

  /** Gives up; `check` or `encode` is then refused with the code `cancelled`. */
  cancel() {
    return this.#call("cancel", {});
  }

  /** Bytes of the submission from a place on; fewer or none at its end. With a name, of another file. */
  piece(at, length, name) {
    return this.#call("piece", { at, length, name });
  }

  /** Overwrites and forgets what was written. */
  clear() {
    return this.#call("clear", {});
  }

  /** Ends the session at once, whatever it is doing. */
  close() {
    this.#worker.terminate();
    this.#end("the session was closed");
  }

  /** The key goes to the worker; this thread keeps no copy. */
  async #withKey(call, given, keyFile, progress) {
    const key = new Uint8Array(await keyFile.arrayBuffer());
    return this.#call(call, { ...given, key }, progress, [key.buffer]);
  }

  #call(call, given, progress = () => {}, moved = []) {
    return new Promise((resolve, reject) => {
      const id = (this.#last += 1);
      this.#waiting.set(id, { resolve, reject, progress });
      this.#worker.postMessage({ id, call, given }, moved);
    });
  }

  #answer({ id, progress, done, refused }) {
    const waiting = this.#waiting.get(id);
    if (waiting === undefined) {
      return;
    }
    if (progress !== undefined) {
      waiting.progress(progress);
      return;
    }
    this.#waiting.delete(id);
    if (refused === undefined) {
      waiting.resolve(done);
    } else {
      waiting.reject(new Refusal(refused));
    }
  }

  #end(message) {
    for (const { reject } of this.#waiting.values()) {
      reject(new Refusal({ code: "page-fault", message, help: "start a new session" }));
    }
    this.#waiting.clear();
  }
}
