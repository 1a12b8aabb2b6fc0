// Measures encoding in Chromium, and beside it the program on the same export:
//   TALLYSTICK_PROGRAMS=target/release node measure.js EXPORT MAPPING [standard|trusted ...]
// Prints one line of JSON for each profile. Sizes in bytes, times in milliseconds of wall clock.

import { readFileSync, statSync } from "node:fs";
import { loadavg } from "node:os";

import { openPage } from "./chromium.js";
import { Project, year } from "./project.js";

const [exported, mapped, ...profiles] = process.argv.slice(2);
const mapping = readFileSync(mapped, "utf8");
const project = await Project.make();
const browser = await openPage();
await browser.page.setInputFiles("#files", [exported, project.keys]);
const [name, key] = [exported, project.keys].map((path) => path.split("/").at(-1));
for (const profile of profiles.length > 0 ? profiles : ["standard", "trusted"]) {
  const started = performance.now();
  const native = project.native(profile, exported, mapping, profile);
  const nativeMilliseconds = performance.now() - started;
  const request = { exports: [name], mapping, profile, year };
  for (const disk of [true, false]) {
    const done = await browser.page.evaluate(
      ([options, asked, keys]) => window.tests.encode(options, asked, keys),
      [{ disk }, request, key],
    );
    const { report, memoryBytes, milliseconds, bytes } = done;
    const figures = {
      chromium: browser.version,
      profile,
      disk: done.disk,
      rows: report.rows_read,
      identities: report.records,
      exportBytes: statSync(exported).size,
      submissionBytes: bytes,
      sameLength: bytes === native.length,
      memoryBytes,
      milliseconds: Math.round(milliseconds),
      nativeMilliseconds: Math.round(nativeMilliseconds),
      ratio: Number((milliseconds / nativeMilliseconds).toFixed(2)),
      load: loadavg()[0],
    };
    console.log(JSON.stringify(figures));
  }
}
await browser.close();
project.remove();
