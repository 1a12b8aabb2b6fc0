// Pictures of the main pages, for README and docs: `node screenshots.js --write` makes those of docs/img/pages anew.

import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

import { small } from "./png.js";

export const FOLDER = fileURLToPath(new URL("../../docs/img/pages", import.meta.url));
const DESK = { width: 1440, height: 900 };
const TELEPHONE = { width: 360, height: 800 };

/** Name of the picture, who looks, at what, and how. */
const shots = ({ run, checked, released }) => [
  ["sign-in", null, "/sign-in"],
  ["agency", "the.police", "/agency"],
  ["runs", "the.operator", "/runs"],
  ["run", "the.operator", `/runs/${run.run}`],
  ["operations", "the.operator", "/operations"],
  ["release", "the.preparer", `/releases/${released.release}`],
  ["approval", "the.approver", `/releases/${checked.release}/decide`],
  ["download", "the.evaluator", `/releases/${released.release}`],
  ["compliance", "the.compliance", "/compliance"],
  ["log", "the.compliance", "/audit"],
  ["questions", "the.compliance", "/audit/questions"],
  ["administration", "administrator", "/admin"],
  ["help", null, "/help"],
  ["run-dark", "the.operator", `/runs/${run.run}`, { colorScheme: "dark" }],
  ["release-telephone", "the.evaluator", `/releases/${released.release}`, { viewport: TELEPHONE }],
];

/** Takes all of them into a folder; gives their names and bytes. */
export async function take(visits, linked, folder) {
  mkdirSync(folder, { recursive: true });
  const taken = [];
  for (const [name, person, path, options = {}] of shots(linked)) {
    const wanted = { viewport: DESK, reducedMotion: "reduce", ...options };
    const visitor = person ? await visits.as(person, wanted) : await visits.nobody(wanted);
    const status = await visitor.open(path);
    if (status !== 200) throw new Error(`${path}: ${status}`);
    await visitor.page.evaluate(() => document.fonts.ready.then(() => true));
    const picture = small(await visitor.page.screenshot({ animations: "disabled", caret: "hide" }));
    writeFileSync(join(folder, `${name}.png`), picture);
    taken.push({ name, bytes: picture.length });
    await visitor.close();
  }
  return taken;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { Linked } = await import("../node/linked.js");
  const { Visits } = await import("./visits.js");
  const folder = process.argv.includes("--write") ? FOLDER : process.argv[2];
  const linked = await Linked.start();
  try {
    await linked.fill();
    const visits = await Visits.open(linked.service);
    console.table(await take(visits, linked, folder));
    await visits.close();
  } finally {
    await linked.service.stop();
  }
}
