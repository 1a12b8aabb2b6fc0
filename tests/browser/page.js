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

const told = ({ code, message, help }) => ({ refused: { code, message, help } });

window.tests = {
  /** Encodes, and hands the submission over piece by piece. */
  encode: (options, request, key, pauseAfterRows) =>
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
      let [bytes, last] = [0, 0];
      do {
        const piece = await session.piece(bytes, PIECE_BYTES);
        last = piece.length;
        bytes += last;
        await window.received?.(btoa(Array.from(piece, (byte) => String.fromCharCode(byte)).join("")));
      } while (last > 0);
      return { ...done, milliseconds, bytes, disk: session.disk, seen: { ...seen, stages: [...seen.stages] } };
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
