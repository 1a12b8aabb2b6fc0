// The module in Chromium, in a worker behind a strict policy, against the program and the vectors.

import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { after, before, test } from "node:test";

import { openPage } from "./chromium.js";
import { Project, year } from "./project.js";
import { assertSameButSealed, assertVectors } from "./same.js";

const PROFILES = ["standard", "trusted"];
/** Where the browser keeps what is large: on its own disk, or in memory where it has none. */
const DISKS = [true, false];
let project;
let exports;
let browser;
let submission;

before(async () => {
  project = await Project.make();
  exports = project.synthetic(600);
  browser = await openPage();
  await browser.page.exposeFunction("received", (text) => {
    submission = new Uint8Array(Buffer.from(text, "base64"));
  });
});
after(async () => {
  await browser?.close();
  project.remove();
});

const nameOf = (path) => path.split("/").at(-1);
const choose = (...paths) => browser.page.setInputFiles("#files", paths);

async function encode(path, mapping, profile, keys, { disk = true, ...more } = {}) {
  await choose(path, keys);
  const request = { exports: [nameOf(path)], mapping, profile, year };
  const done = await browser.page.evaluate(
    ([given, asked, key, options]) => window.tests.encode(given, asked, key, options),
    [{ disk }, request, nameOf(keys), more],
  );
  return { ...done, submission };
}

function assertSameDigest({ bytes, sha256 }, native) {
  assert.deepEqual([bytes, sha256], [native.length, createHash("sha256").update(native).digest("hex")]);
}

test("vectors: tokens, filters and bytes", async () => {
  for (const { name, export: path, keys, mapping, cases } of project.vectors()) {
    for (const profile of PROFILES) {
      const done = await encode(path, mapping, profile, keys, { wanted: true });
      const { submission: made, report } = done;
      assertVectors(made, cases, profile, report.passes.map((pass) => pass.name));
      assertSameDigest(done, project.native(`${name}-${profile}`, path, mapping, profile, keys));
    }
  }
});

test("exports without content: byte for byte, on the browser's disk and in memory", async () => {
  for (const { source, export: path, plain } of exports) {
    for (const profile of PROFILES) {
      const native = project.native(`${source}-${profile}`, path, plain, profile);
      for (const disk of DISKS) {
        const done = await encode(path, plain, profile, project.keys, { disk });
        assert.equal(done.disk, disk);
        assertSameDigest(done, native);
      }
    }
  }
});

test("exports with content: the same, and the same content when opened", async () => {
  for (const { source, export: path, whole } of exports) {
    const made = await encode(path, whole, "standard", project.keys, { wanted: true });
    await assertSameButSealed(made.submission, project.native(source, path, whole, "standard"), project.identity);
  }
});

test("paused and resumed: the same bytes, with progress on the way", async () => {
  const [{ source, export: path, plain }] = exports;
  const done = await encode(path, plain, "standard", project.keys, { pauseAfterRows: 0 });
  const { seen } = done;
  assertSameDigest(done, project.native(source, path, plain, "standard"));
  assert.ok(seen.paused && seen.turns > 1 && seen.rows > 1_000, JSON.stringify(seen));
  assert.deepEqual(seen.stages, ["rows", "writing"]);
});

test("cancelled: refused as such, and nothing is left on the browser's disk", async () => {
  const [{ export: path, plain }] = exports;
  await choose(path, project.keys);
  const request = { exports: [nameOf(path)], mapping: plain, profile: "standard", year };
  const { refused } = await browser.page.evaluate(
    ([asked, key]) => window.tests.cancel({ disk: true }, asked, key),
    [request, nameOf(project.keys)],
  );
  assert.equal(refused.code, "cancelled");
  const left = await browser.page.evaluate(() => window.tests.left());
  assert.ok(left.every((bytes) => bytes === 0), `${left}`);
});

test("sniff, check and fingerprint in the worker", async () => {
  const [{ source, export: path, whole }] = exports;
  await choose(path, project.keys);
  const sniffed = await browser.page.evaluate((asked) => window.tests.sniff(asked), {
    exports: [nameOf(path)],
    year,
  });
  assert.equal(sniffed.source, source);
  assert.equal(`${sniffed.mapping.trimEnd()}\n`, project.run("tallystick-agency", "sniff", path));
  const { report, pageBytes } = await browser.page.evaluate((asked) => window.tests.check(asked), {
    exports: [nameOf(path)],
    mapping: whole,
    year,
  });
  assert.ok(report.rows_read > 1_000 && pageBytes > 10_000);
  const print = await browser.page.evaluate((key) => window.tests.fingerprint(key), nameOf(project.keys));
  const checked = project.run("tallystick-agency", "keys", "check", project.keys);
  assert.ok(checked.includes(print));
  const described = await browser.page.evaluate((key) => window.tests.described(key), nameOf(project.keys));
  const shown = (name) => checked.match(new RegExp(`^${name} +(.*)$`, "m"))[1];
  const { project: number, epoch, keyCheck, fingerprint, seals } = described;
  assert.deepEqual([number, String(epoch), keyCheck, fingerprint], ["project", "epoch", "key check", "fingerprint"].map(shown));
  assert.equal(seals, true);
});

test("the page asks only for its own parts, sends nothing, and breaks no rule of its policy", () => {
  const asked = new Set(browser.requests);
  for (const request of asked) {
    assert.match(request, /^GET \/(crates\/page\/(js|dist)\/[a-z_]+\.(js|wasm)|tests\/browser\/page\.(html|js))$/);
  }
  assert.ok(asked.has("GET /crates/page/dist/tallystick_page_bg.wasm"));
  assert.deepEqual(browser.complaints, []);
  assert.ok(readFileSync(project.keys, "utf8").includes("encoding_key"), "the keys are still the user's own");
});
