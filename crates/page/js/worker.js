// The worker of a session: takes calls as messages, answers each once, tells progress in between.

import init from "../dist/tallystick_page.js";
import { Keeper, Place } from "./files.js";
import { Refusal } from "./refusal.js";
import { Work } from "./work.js";

/** Name of the submission among the files of a session. */
const SUBMISSION = "submission.tally";
/** Directory on the browser's disk; it holds encodings and sealed content, as the program's scratch does. */
const DIRECTORY = "tallystick";
/** Files there: the submission, its rows while they are sorted, and sealed content. */
const PLACES = 3;

let keeper;
let work;
let memory;

/** Empty files on the browser's disk; none where it has no such disk. */
async function places() {
  const found = [];
  try {
    const root = await navigator.storage.getDirectory();
    const directory = await root.getDirectoryHandle(DIRECTORY, { create: true });
    // What another session left when it was torn down; a session that is alive keeps its files locked.
    for await (const name of directory.keys()) {
      await directory.removeEntry(name).catch(() => {});
    }
    for (let number = 0; number < PLACES; number += 1) {
      const name = `${crypto.randomUUID()}.part`;
      const file = await directory.getFileHandle(name, { create: true });
      found.push(new Place(await file.createSyncAccessHandle()));
    }
  } catch {
    // Private windows and older browsers: memory has to do.
  }
  return found;
}

const calls = {
  async start({ disk }) {
    const exports = await init({ module_or_path: new URL("../dist/tallystick_page_bg.wasm", import.meta.url) });
    memory = exports.memory;
    const found = disk ? await places() : [];
    keeper = new Keeper(found, [SUBMISSION]);
    work = new Work(keeper);
    return { version: work.version(), disk: found.length > 0 };
  },
  give: ({ name, file }) => keeper.give(name, file),
  sniff: ({ told }) => work.sniff(told),
  fits: ({ exports, mapping }) => work.fits(exports, mapping),
  fingerprint: ({ key, passphrase }) => work.fingerprint(key, passphrase),
  described: ({ key, passphrase }) => work.described(key, passphrase),
  check: ({ request }, tell) => work.check(request, tell),
  async encode({ request, key }, tell) {
    const report = await work.encode({ ...request, output: SUBMISSION }, key, tell);
    return { report, memoryBytes: memory.buffer.byteLength };
  },
  pause: () => work.pause(),
  resume: () => work.resume(),
  cancel: () => work.cancel(),
  /** A piece of a file that was written, fewer bytes at its end. */
  piece({ name, at, length }) {
    const file = keeper.made(name ?? SUBMISSION);
    if (file === undefined) {
      throw new Refusal({ code: "page-request", message: "there is no such file", help: "encode first" });
    }
    const bytes = new Uint8Array(Math.min(length, Math.max(0, file.size() - at)));
    file.read(at, bytes);
    return bytes;
  },
  clear: () => keeper.clear(),
};

self.onmessage = async ({ data: { id, call, given } }) => {
  try {
    const done = await calls[call](given, (progress) => self.postMessage({ id, progress }));
    self.postMessage({ id, done });
  } catch (error) {
    const known = error instanceof Refusal;
    const { code, message, help } = known
      ? error
      : { code: "page-fault", message: "the page stopped at a fault of its own", help: "load it again" };
    self.postMessage({ id, refused: { code, message, help } });
  }
};
