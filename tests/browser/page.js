// The page of the tests: a session, and the files that were chosen, for the tests to use.

import { Session } from "/crates/page/js/session.js";

/** Bytes of one piece of a submission. */
const PIECE_BYTES = 4 << 20;

/** Runs `use` with a session that has the chosen files. */
async function withSession(options, use) {
  const chosen = Object.fromEntries([...document.querySelector("#files").files].map((file) => [file.name, file]));
  const session = await Session.start(options);
  try {
    for (const [name, file] of Object.entries(chosen)) {
      await session.give(name, file);
    }
    return await use(session, chosen);
  } finally {
    await session.clear();
    session.close();
  }
}

async function digest(blob) {
  const hash = await crypto.subtle.digest("SHA-256", await blob.arrayBuffer());
  return Array.from(new Uint8Array(hash), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

function base64(blob) {
  return new Promise((resolve) => {
    const reader = new FileReader();
    reader.onload = () => resolve(reader.result.split(",")[1]);
    reader.readAsDataURL(blob);
  });
}

const told = ({ code, message, help }) => ({ refused: { code, message, help } });

window.tests = {
  /** Encodes, and takes the submission piece by piece, as an upload does; hands it over where wanted. */
  encode: (options, request, key, { pauseAfterRows = Infinity, wanted = false } = {}) =>
    withSession(options, async (session, chosen) => {
      const seen = { rows: 0, turns: 0, stages: new Set(), paused: false };
      const started = performance.now();
      const done = await session.encode(request, chosen[key], async ({ stage, rows }) => {
        seen.turns += 1;
        seen.stages.add(stage);
        seen.rows = rows ?? seen.rows;
        if (rows > pauseAfterRows && !seen.paused) {
          seen.paused = true;
          await session.pause();
          await session.fits(request.exports, request.mapping);
          await session.resume();
        }
      });
      const milliseconds = performance.now() - started;
      const pieces = [];
      do {
        pieces.push(await session.piece(pieces.length * PIECE_BYTES, PIECE_BYTES));
      } while (pieces.at(-1).length === PIECE_BYTES);
      const submission = new Blob(pieces);
      const sha256 = await digest(submission);
      if (wanted) {
        await window.received(await base64(submission));
      }
      const bytes = submission.size;
      seen.stages = [...seen.stages];
      return { ...done, milliseconds, bytes, sha256, disk: session.disk, seen };
    }),

  cancel: (options, request, key) =>
    withSession(options, async (session, chosen) => {
      const work = session.encode(request, chosen[key], () => session.cancel());
      return work.then(() => ({}), told);
    }),

  sniff: (request) => withSession({}, (session) => session.sniff(request)),

  check: (request) =>
    withSession({}, async (session) => {
      const started = performance.now();
      const { report, page } = await session.check(request);
      return { report, pageBytes: page.length, milliseconds: performance.now() - started };
    }),

  fingerprint: (key) =>
    withSession({}, (session, chosen) => session.fingerprint(chosen[key])).catch(told),

  described: (key) => withSession({}, (session, chosen) => session.described(chosen[key])).catch(told),

  /** What the browser's own disk holds of ours. */
  left: async () => {
    const names = [];
    const storage = await navigator.storage.getDirectory();
    for await (const name of (await storage.getDirectoryHandle("tallystick", { create: true })).keys()) {
      const file = await (await (await storage.getDirectoryHandle("tallystick")).getFileHandle(name)).getFile();
      names.push(file.size);
    }
    return names;
  },
};
window.ready = true;
