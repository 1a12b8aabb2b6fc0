// Clerical review: pairs are drawn, an agency looks some up, two operators judge blind and by keyboard, a third decides, and what
// the set then says of the linkage holds against the truth, which synthetic people have.

import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { after, before, test } from "node:test";

import { Service } from "../node/service.js";
import { accessible, sound } from "./sound.js";
import { Visits, sentOnce } from "./visits.js";

const PAIRS = 40;
/** Pairs of which the agency itself says what is true. */
const LOOKED_UP = 300;
/** Most things on a page that the keyboard stops at. */
const STOPS_MAX = 100;
const BUTTONS = { same: "Same person", different: "Different people" };

let service;
let visits;
let run;
/** Address of the set, as page and for programs. */
let set;
/** What is true of a pair, by its place. */
const truths = new Map();
before(async () => {
  // One source: of a pair of two sources nobody has both handles.
  service = await Service.start({ persons: 400, sources: ["police"], errors: "very-dirty" });
  for (const name of ["second.operator", "third.operator"]) await service.enrol(name, ["operator"]);
  await service.agree("irb", { project: service.project, protocol: "SYNTHETIC-1", decision: "approved" });
  await service.upload("police");
  const operator = person("operator");
  ({ run } = await operator.post("/api/v1/runs", { project: service.project }));
  const { state } = await service.until(operator, `/api/v1/runs/${run}`, (it) => !["queued", "running"].includes(it.state));
  assert.equal(state, "finished");
  visits = await Visits.open(service);
});
after(() => Visits.end(service, visits));

const person = (role) => service.people[`the.${role}`];
const main = (page) => page.locator("main").innerText();
const lines = (path) => readFileSync(path, "utf8").trim().split("\n").slice(1).map((line) => line.split(","));

/** Rows of the agency by handle, as its program finds them; of handles that are listed. */
function rows(handles) {
  writeFileSync(service.at("listed.csv"), ["handle", ...handles, ""].join("\n"));
  service.run("tallystick-agency", "lookup", "--key", service.at("police.keys"), "--handles", service.at("police.handles"),
    "--source", "police", "-o", service.at("rows.csv"), service.at("listed.csv"));
  return new Map(lines(service.at("rows.csv")));
}

/** Who stands behind each handle; `found` are rows by handle. */
function persons(found) {
  const known = new Map(lines(service.at("exports/truth.csv")).map(([, row, who]) => [row, who]));
  return new Map([...found].map(([handle, row]) => [handle, known.get(row)]));
}

/** Whether two handles are one person. */
function verdict(handles, of) {
  const [one, other] = handles.map((handle) => of.get(handle));
  assert.ok(one && other, "rows are known");
  return one === other ? "same" : "different";
}

const id = () => set.split("/").at(-1);
const put = async (by, path, body) => service.json("PUT", path, body, await by.session());
const lookups = async () => (await person("police").get("/api/v1/lookups")).lookups;

test("an operator draws pairs of a run, once", async () => {
  const visitor = await visits.as("the.operator");
  const { page } = visitor;
  await visitor.open("/review");
  assert.match(await main(page), /No set yet/);
  await visitor.fill({ Pairs: "many", Seed: "-1" });
  await visitor.press("Draw pairs");
  for (const label of ["Pairs", "Seed"]) assert.equal(await page.getByLabel(label, { exact: true }).getAttribute("aria-invalid"), "true");
  await accessible(page);
  await visitor.fill({ Pairs: "1", Seed: "7" });
  await visitor.press("Draw pairs");
  assert.ok(await page.getByRole("alert").isVisible());
  await accessible(page);
  await visitor.open("/review");
  await visitor.fill({ Pairs: String(PAIRS), Seed: "7" });
  await visitor.press("Draw pairs");
  assert.match(await page.getByRole("status").first().innerText(), /pairs were drawn/);
  const sets = async () => (await person("operator").get("/api/v1/review-sets")).sets.length;
  await sentOnce(visitor, sets);
  assert.equal(await sets(), 1);
  set = new URL(page.url()).pathname;
  await accessible(page);
  await visitor.close();
});

test("an agency looks up two records of its own, and answers once", async () => {
  const visitor = await visits.as("the.operator");
  const { page } = visitor;
  await visitor.open(`${set}/pairs/1`);
  await visitor.press("Ask the agency to look them up");
  assert.match(await page.getByRole("status").first().innerText(), /was asked/);
  await sentOnce(visitor, async () => (await lookups()).length);
  await visitor.press("Ask the agency to look them up");
  assert.match(await page.getByRole("alert").innerText(), /lookup-asked/);
  await accessible(page);

  const agency = await visits.as("the.police");
  await agency.open("/agency/lookups");
  const handles = await agency.page.getByRole("main").getByRole("cell").locator("code").allInnerTexts();
  const found = verdict(handles, persons(rows(handles)));
  await agency.page.getByRole("button", { name: "Answer" }).click();
  assert.ok(await agency.page.getByRole("combobox").evaluate((list) => list.validity.valueMissing));
  await agency.page.getByRole("combobox").selectOption(found);
  await agency.press("Answer");
  await sentOnce(agency, async () => JSON.stringify(await lookups()));
  assert.equal(await agency.page.getByRole("button", { name: "Answer" }).count(), 0);
  await accessible(agency.page);
  await Promise.all([visitor.close(), agency.close()]);

  // Of the others the agency says nothing, but here its handles tell what is true.
  const all = persons(new Map(lines(service.at("police.handles"))));
  for (let place = 2; place <= PAIRS; place += 1) {
    await person("operator").post(`/api/v1/review-sets/${id()}/pairs/${place}/lookup`);
    const question = (await lookups()).find(({ is_open: isOpen }) => isOpen);
    truths.set(place, verdict(question.handles, all));
    await put(person("police"), `/api/v1/lookups/${question.lookup}/answer`, { answer: "cannot-tell" });
  }
  assert.deepEqual([...new Set(truths.values())].sort(), ["different", "same"]);
});

/** Presses a key of the keyboard until the focus is on what has this name, then Enter. */
async function keyTo({ page }, name) {
  for (let stop = 0; stop < STOPS_MAX; stop += 1) {
    await page.keyboard.press("Tab");
    if (await page.evaluate(() => document.activeElement.textContent.trim()) === name) {
      await Promise.all([page.waitForNavigation(), page.keyboard.press("Enter")]);
      return;
    }
  }
  assert.fail(`the keyboard does not come to ${name}`);
}

const place = ({ page }) => Number(page.url().match(/\/pairs\/(\d+)/)?.[1]);

/** Judges whatever is next, until nothing is; gives the places. */
async function judge(visitor, says) {
  const judged = [];
  for (let at = place(visitor); at; at = place(visitor)) {
    assert.ok(truths.has(at), `pair ${at} was not decided by the agency`);
    await keyTo(visitor, BUTTONS[says(at)]);
    judged.push(at);
  }
  return judged;
}

test("two operators judge every pair by keyboard, and neither sees what the other said", async () => {
  const [one, other] = [await visits.as("the.operator"), await visits.as("second.operator")];
  await one.open(set);
  await keyTo(one, "Judge the next pair");
  const first = place(one);
  await sound(one.page);
  await other.open(`${set}/pairs/${first}`);
  const seen = await main(other.page);
  assert.doesNotMatch(seen, /weight|linked|probab/i);
  // Judged wrongly, and corrected by going back.
  const [wrong] = ["same", "different"].filter((it) => it !== truths.get(first));
  await keyTo(one, BUTTONS[wrong]);
  assert.notEqual(place(one), first);
  await one.page.goBack();
  await one.page.reload();
  assert.match(await main(one.page), /You judged this pair: (the same person|two different people)/);
  await keyTo(one, BUTTONS[truths.get(first)]);
  await other.page.reload();
  assert.equal(await main(other.page), seen);
  await judge(one, (at) => truths.get(at));
  assert.match(await main(one.page), /nothing left for you to judge[^]*Others have not finished/);
  assert.doesNotMatch(await main(one.page), /Precision/);
  await accessible(one.page);

  // The second one errs once, and cannot tell that it is the only difference.
  const [odd] = [...truths].find(([, truth]) => truth === "same");
  await other.open(`${set}/next`);
  const judged = await judge(other, (at) => (at === odd ? "different" : truths.get(at)));
  assert.equal(judged.length, truths.size);
  await Promise.all([one.close(), other.close()]);

  const third = await visits.as("third.operator");
  await third.open(set);
  await third.press("Judge the next pair", "link");
  assert.deepEqual(await judge(third, (at) => truths.get(at)), [odd]);
  assert.match(await main(third.page), /Precision by review/);
  // A pair of what was closed meanwhile leads to what became of it.
  assert.equal(await third.open(`${set}/pairs/${odd}`), 200);
  assert.equal(new URL(third.page.url()).pathname, set);
  await accessible(third.page);
  await third.close();
});

test("a set without a verdict cannot be finished early, and says nothing", async () => {
  const { set: other } = await person("operator").post("/api/v1/review-sets", { run, pairs: PAIRS, seed: 8 });
  const visitor = await visits.as("the.operator");
  await visitor.open(`/review/${other}`);
  await visitor.press("Finish early", "link");
  await visitor.press("Finish the set");
  assert.match(await visitor.page.getByRole("alert").innerText(), /review-unjudged/);
  await sound(visitor.page);
  await visitor.press("Back to the set", "link");
  assert.match(await main(visitor.page), new RegExp(`0 of ${2 * PAIRS} judgements`));
  await visitor.close();
});

/** Quality of the same linkage, measured against the truth by the program from the same submission. */
function quality() {
  const of = persons(new Map(lines(service.at("police.handles"))));
  const truth = [...of].map(([handle, who]) => `police,${handle},${who}`);
  writeFileSync(service.at("truth.csv"), ["source,handle,person", ...truth, ""].join("\n"));
  service.run("tallystick", "link", "--keys", service.at("unit.keys"), "--out", service.at("out"), "--truth", service.at("truth.csv"),
    service.submission("police"));
  return JSON.parse(readFileSync(service.at("out/linkage_report.json"), "utf8")).quality;
}

test("what a review says of the linkage holds against the truth, and an officer sees it, but no pair", async () => {
  const operator = person("operator");
  const drawn = await operator.post("/api/v1/review-sets", { run, pairs: LOOKED_UP, seed: 9 });
  for (let place = 1; place <= drawn.pairs; place += 1) await operator.post(`/api/v1/review-sets/${drawn.set}/pairs/${place}/lookup`);
  const of = persons(new Map(lines(service.at("police.handles"))));
  for (const { lookup, handles, is_open: isOpen } of await lookups()) {
    if (isOpen) await put(person("police"), `/api/v1/lookups/${lookup}/answer`, { answer: verdict(handles, of) });
  }
  const { state, estimates } = await operator.get(`/api/v1/review-sets/${drawn.set}`);
  assert.equal(state, "finished");
  const measured = quality();
  const { summary } = await operator.get(`/api/v1/runs/${run}`);
  assert.equal(measured.accepted_pairs, summary.counts.pairs_accepted, "it is the same linkage");
  const { value, low, high } = estimates.precision;
  const { precision } = measured.truth;
  assert.ok(low <= precision && precision <= high, `${precision} is not from ${low} to ${high}`);
  assert.ok(high - low < 0.05, "and that says something");

  const officer = await visits.as("the.compliance");
  const { page } = officer;
  await officer.open("/review");
  await page.getByRole("link", { name: drawn.set.slice(0, 10) }).click();
  await page.getByRole("heading", { level: 2, name: "By kind of pair" }).waitFor();
  const figures = await page.locator("dt", { hasText: "Precision by review" }).locator("xpath=following-sibling::dd").allInnerTexts();
  for (const share of [value, low, high]) assert.ok(figures.join().includes(`${(100 * share).toFixed(1)} %`), figures.join());
  await accessible(page);
  assert.equal(await officer.open(`/review/${drawn.set}/pairs/1`), 403);
  assert.equal(await officer.open(`/review/${drawn.set}/next`), 403);
  await officer.close();
});
