// The module in node against the program and the vectors.

import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { after, before, test } from "node:test";

import { Decrypter } from "age-encryption";

import { withFiles } from "./module.js";
import { Project, year } from "./project.js";
import { assertSameBytes, assertSameButSealed, assertVectors } from "./same.js";

const PROFILES = ["standard", "trusted"];
let project;
let exports;

before(async () => {
  project = await Project.make();
  exports = project.synthetic(600);
});
after(() => project.remove());

/** Encodes one export; gives the submission, the report and what else was made. */
function encode(path, mapping, profile, keys, more = {}) {
  return withFiles({ "export.csv": path }, async (work, made) => {
    const request = { exports: ["export.csv"], mapping, profile, year, output: "s.tally", ...more };
    const report = await work.encode(request, new Uint8Array(readFileSync(keys)));
    return { submission: made("s.tally"), report, made: more.handles && made(more.handles) };
  });
}

test("vectors: tokens, filters and bytes", async () => {
  const all = project.vectors();
  assert.ok(all.length >= 4);
  for (const { name, export: path, keys, mapping, cases } of all) {
    for (const profile of PROFILES) {
      const { submission, report } = await encode(path, mapping, profile, keys);
      const passes = report.passes.map((pass) => pass.name);
      assertVectors(submission, cases, profile, passes);
      assertSameBytes(submission, project.native(`${name}-${profile}`, path, mapping, profile, keys));
    }
  }
});

test("exports without content: byte for byte", async () => {
  for (const { source, export: path, plain } of exports) {
    for (const profile of PROFILES) {
      const { submission, report } = await encode(path, plain, profile, project.keys);
      assertSameBytes(submission, project.native(`${source}-${profile}`, path, plain, profile));
      assert.equal(report.submission_bytes, submission.length);
      assert.ok(report.text.includes(report.digest));
    }
  }
});

test("exports with content: the same, and the same content when opened", async () => {
  for (const { source, export: path, whole } of exports) {
    const { submission } = await encode(path, whole, "standard", project.keys);
    await assertSameButSealed(submission, project.native(source, path, whole, "standard"), project.identity);
  }
});

test("handles: as the program writes them, plain and sealed", async () => {
  const [{ export: path, plain }] = exports;
  const handles = project.path("h.csv");
  project.native("handles", path, plain, "standard", project.keys, "--handles", handles);
  const { made } = await encode(path, plain, "standard", project.keys, { handles: "h.csv" });
  assertSameBytes(made, readFileSync(handles));
  const sealed = await encode(path, plain, "standard", project.keys, { handles: "h.csv.age" });
  const identity = readFileSync(project.keys, "utf8").match(/AGE-SECRET-KEY-[A-Z0-9]+/)[0];
  const decrypter = new Decrypter();
  decrypter.addIdentity(identity);
  assertSameBytes(await decrypter.decrypt(sealed.made), readFileSync(handles));
});

test("sniff: the mapping that the program proposes", async () => {
  for (const { source, export: path } of exports) {
    const sniffed = await withFiles({ [`${source}.csv`]: path }, (work) =>
      work.sniff({ exports: [`${source}.csv`], year }),
    );
    assert.deepEqual([sniffed.questions, sniffed.problem], [[], null]);
    assert.equal(`${sniffed.mapping.trimEnd()}\n`, project.run("tallystick-agency", "sniff", path));
    assert.ok(sniffed.columns.every(({ name, role, reason }) => name && role && reason));
  }
});

test("check: the report of the program, and its page", async () => {
  const [{ export: path, whole }] = exports;
  const [mapping, json] = [project.path("check.toml"), project.path("check.json")];
  writeFileSync(mapping, whole);
  project.run("tallystick-agency", "check", path, "--mapping", mapping, "--json", json);
  const { report, page } = await withFiles({ "export.csv": path }, (work) =>
    work.check({ exports: ["export.csv"], mapping: whole, year }),
  );
  assert.deepEqual(report, JSON.parse(readFileSync(json, "utf8")));
  assert.ok(page.startsWith("<!doctype html>") || page.startsWith("<!DOCTYPE html>"));
});

test("a sealed key file: opened by its passphrase only", async () => {
  const [{ export: path, plain }] = exports;
  const [sealed, phrase] = [project.path("sealed.keys"), project.path("phrase")];
  const passphrase = "quiet-lantern-19-harbour-meadow";
  writeFileSync(phrase, `${passphrase}\n`, { mode: 0o600 });
  project.run("tallystick-agency", "keys", "new", sealed, "--passphrase-file", phrase);
  const native = project.native("sealed", path, plain, "standard", sealed, "--passphrase-file", phrase);
  const { submission } = await encode(path, plain, "standard", sealed, { passphrase });
  assertSameBytes(submission, native);
  const wrong = encode(path, plain, "standard", sealed, { passphrase: `${passphrase}x` });
  await assert.rejects(wrong, { code: "keys-passphrase-wrong" });
});

test("progress, pause and cancel", async () => {
  const [{ export: path, plain }] = exports;
  await withFiles({ "export.csv": path }, async (work, _, keeper) => {
    const request = { exports: ["export.csv"], mapping: plain, profile: "standard", year, output: "s.tally" };
    const key = new Uint8Array(readFileSync(project.keys));
    const seen = [];
    const cancelled = work.encode(request, key, (progress) => {
      seen.push(progress);
      work.pause();
      setImmediate(() => work.cancel());
    });
    await assert.rejects(cancelled, { name: "Refusal", code: "cancelled" });
    assert.equal(keeper.made("s.tally"), undefined, "nothing is kept");
    assert.ok(seen[0].rows > 0 && seen[0].bytes <= seen[0].bytesTotal);
    assert.ok(key.every((byte) => byte === 0), "the key is overwritten");
  });
});

test("refusals have code and help, and show no value", async () => {
  const secret = "c0ffee15c0ffee15c0ffee15c0ffee15";
  const text = "first,last\nZEBRA,QUAGGA\n";
  const path = project.path("small.csv");
  writeFileSync(path, text);
  const refused = async (code, use) => {
    await assert.rejects(withFiles({ "export.csv": path }, use), (error) => {
      assert.equal(error.code, code);
      assert.ok(error.help.length > 0);
      assert.doesNotMatch(`${error.message} ${error.help}`, /ZEBRA|QUAGGA|c0ffee/i);
      return true;
    });
  };
  const mapping = 'source = "s"\ntype = "other"\n[fields]\nfirst = "frist"\nlast = "last"\n';
  await refused("mapping-column-missing", (work) => work.fits(["export.csv"], mapping));
  await refused("mapping-syntax", (work) => work.fits(["export.csv"], "source = "));
  const key = (entry) => new TextEncoder().encode(`[agency]\n${entry}\n`);
  await refused("keys-syntax", (work) => work.fingerprint(key(`encoding_key = ${secret}`)));
  await refused("keys-foreign-table", (work) =>
    work.fingerprint(new TextEncoder().encode(`[linkage_unit]\nrelease_key = "${secret}"\n`)),
  );
  await refused("sniff-column-unknown", (work) =>
    work.sniff({ exports: ["export.csv"], year, roles: [["none", "last"]] }),
  );
  await refused("page-request", (work) => work.sniff({ exports: ["export.csv"], year, [secret]: 1 }));
});
