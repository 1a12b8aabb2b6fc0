// The way of a study through the unit, each role in a window of its own: linked, tried, refused, prepared, and approved by one of
// two who are at it at once.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { Linked, STUDY } from "../node/linked.js";
import { accessible } from "./sound.js";
import { Visits, sentOnce } from "./visits.js";

let linked;
let service;
let visits;
before(async () => {
  linked = await Linked.start();
  ({ service } = linked);
  await service.enrol("another.approver", ["approver"]);
  await service.enrol("preparing.approver", ["preparer", "approver"]);
  visits = await Visits.open(service);
});
after(() => Visits.end(service, visits));

const person = (role) => service.people[`the.${role}`];
const path = (page) => new URL(page.url()).pathname;
const releases = async () => (await person("preparer").get("/api/v1/releases")).releases.length;
/** A release once its check is over. */
const checked = (address) => service.until(person("preparer"), `/api/v1${address}`, ({ state }) => state !== "queued");
const main = (page) => page.locator("main").innerText();
/** Without these lines a table, a column of days and a trait of the study are not declared. */
const UNDECLARED = STUDY
  .replace(/^\[\[disclosure\.table\]\]\nname = "link_quality"\nperson = "study_id"\n/m, "")
  .replace(/^\[\[disclosure\.days\]\]\ntable = "service"\ncolumn = "rel_day"\nfrom = "person"\n/m, "");

async function fillStudy(visitor, study) {
  await visitor.page.getByLabel("Run", { exact: true }).selectOption({ index: 1 });
  await visitor.fill({ Study: study });
}

test("an operator sees the sources, estimates and starts a run, once, and follows it to its end", async () => {
  const visitor = await visits.as("the.operator");
  const { page } = visitor;
  await visitor.open("/runs");
  await visitor.press("New run", "link");
  await page.getByLabel("Project", { exact: true }).selectOption({ label: "study" });
  await visitor.press("Show its sources");
  for (const source of service.sources) assert.ok(await page.getByRole("row", { name: new RegExp(`^${source}`) }).isVisible());
  await visitor.press("Estimate the run");
  await accessible(page);
  await visitor.press("Start the run");
  const runs = async () => (await person("operator").get("/api/v1/runs")).runs.length;
  await sentOnce(visitor, runs);
  assert.equal(await runs(), 1);
  const address = path(page);
  assert.match(address, /^\/runs\/run_/);
  linked.run = await service.until(person("operator"), `/api/v1${address}`, ({ state }) => !["queued", "running"].includes(state));
  assert.equal(linked.run.state, "finished");
  await page.locator("#run-state", { hasText: "finished" }).waitFor();
  await page.locator("figure svg").first().waitFor();
  await visitor.close();
});

test("a preparer is told the line of a mistake, and tries a study, of which nothing is kept", async () => {
  const visitor = await visits.as("the.preparer");
  const { page } = visitor;
  await visitor.open("/releases");
  await visitor.press("Prepare a release", "link");
  await visitor.fill({ Study: STUDY });
  await visitor.press("Try it");
  assert.equal(await page.getByLabel("Run", { exact: true }).getAttribute("aria-invalid"), "true");
  assert.match(await page.getByRole("alert").innerText(), /Choose a finished run/);
  await accessible(page);

  const broken = STUDY.replace("[disclosure]", "[disclosure");
  const line = STUDY.split("\n").indexOf("[disclosure]") + 1;
  for (const button of ["Try it", "Ask for the release"]) {
    await fillStudy(visitor, broken);
    await visitor.press(button);
    assert.ok(await page.getByRole("heading", { name: `Line ${line} of the study` }).isVisible());
    assert.match(await page.getByRole("region", { name: "Lines of the study" }).locator("mark").innerText(), /\[disclosure$/);
    assert.equal(await page.getByLabel("Study", { exact: true }).inputValue(), broken);
  }
  await accessible(page);

  await fillStudy(visitor, STUDY.replace(/^k = 11$/m, "k = 5000"));
  await visitor.press("Try it");
  assert.match(await page.getByRole("alert").innerText(), /The check would refuse it:[^]*too few persons/i);
  await accessible(page);
  await fillStudy(visitor, STUDY);
  await visitor.press("Try it");
  assert.match(await page.getByRole("status").innerText(), /The check would let it pass/);
  assert.ok(await page.getByRole("region", { name: "Tables" }).isVisible());
  await accessible(page);
  // Loaded again it is tried again, and nothing comes of that either.
  await page.reload();
  assert.match(await page.getByRole("status").innerText(), /The check would let it pass/);
  assert.equal(await releases(), 0);
  await visitor.close();
});

test("a release that the check refuses says each reason and what to change, and begins the next one", async () => {
  const visitor = await visits.as("the.preparer");
  const { page } = visitor;
  await visitor.open("/releases/new");
  await fillStudy(visitor, UNDECLARED);
  await visitor.press("Ask for the release");
  await sentOnce(visitor, releases);
  const refused = path(page);
  assert.equal((await checked(refused)).state, "refused");
  await page.reload();
  const reasons = page.locator("section").filter({ has: page.getByRole("heading", { name: /^Why it was refused/ }) }).getByRole("listitem");
  const said = await reasons.allInnerTexts();
  assert.deepEqual(said.map((text) => text.match(/\(([a-z-]+)\)/)?.[1]).sort(), ["days-undeclared", "table-undeclared"]);
  for (const text of said) assert.match(text, /^\S.{10,}\([a-z-]+\)\n\S.{10,}\.$/s);
  await accessible(page);

  await visitor.press("prepare another one from this study", "link");
  assert.equal((await page.getByLabel("Study", { exact: true }).inputValue()).trim(), UNDECLARED.trim());
  await visitor.fill({ Study: STUDY });
  await visitor.press("Ask for the release");
  linked.withdrawn = path(page);
  assert.notEqual(linked.withdrawn, refused);
  assert.equal((await checked(linked.withdrawn)).state, "checked");
  await visitor.close();
});

test("a preparer withdraws a release of her own, once, and Chromium asks before it sends a study again", async () => {
  const visitor = await visits.as("the.preparer");
  const { page } = visitor;
  await visitor.open(linked.withdrawn);
  assert.match(await main(page), /Waits for approval/);
  await visitor.press("Withdraw");
  await accessible(page);
  await visitor.press("Keep it", "link");
  await visitor.press("Withdraw");
  await visitor.press(/^Withdraw release \d+$/);
  assert.match(await visitor.heading(), /withdrawn/);
  const state = async () => JSON.stringify(await person("preparer").get(`/api/v1${linked.withdrawn}`));
  await sentOnce(visitor, state);
  // The form that was left open in another tab.
  await visitor.open(`${linked.withdrawn}/withdraw`);
  await visitor.press(/^Withdraw release \d+$/);
  assert.ok(await page.getByRole("alert").isVisible());
  await accessible(page);

  const count = await releases();
  await visitor.open("/releases/new");
  await fillStudy(visitor, STUDY);
  await visitor.press("Try it");
  await visitor.press("Releases", "link");
  await Promise.all([page.waitForEvent("framenavigated", (frame) => frame.url().startsWith("chrome-error:")),
    assert.rejects(page.goBack(), /ERR_CACHE_MISS/)]);
  await visitor.open("/releases");
  assert.equal(await releases(), count);
  visitor.forgive();
  await visitor.close();
});

test("who prepared a release cannot approve it, whatever else she may", async () => {
  const visitor = await visits.as("preparing.approver");
  const { page } = visitor;
  await visitor.open("/releases/new");
  await fillStudy(visitor, STUDY);
  await visitor.press("Ask for the release");
  linked.release = path(page);
  assert.equal((await checked(linked.release)).state, "checked");
  await visitor.open("/approvals");
  assert.match(await page.getByRole("row").nth(1).innerText(), /You prepared it/);
  await visitor.open(`${linked.release}/decide`);
  assert.match(await main(page), /Somebody else has to approve it/);
  assert.equal(await page.getByRole("button", { name: /^Approve/ }).count(), 0);
  await accessible(page);
  await visitor.close();
});

/** An approver at the checklist of the release that waits. */
async function approver(name) {
  const visitor = await visits.as(name);
  await visitor.open("/approvals");
  await visitor.press(/^Decide on release \d+$/, "link");
  return visitor;
}

async function tick(visitor) {
  for (const box of await visitor.page.getByRole("checkbox").all()) await box.check();
}

test("an approval without all of the Five Safes, without days, or a refusal without a reason is none", async () => {
  const visitor = await approver("the.approver");
  const { page } = visitor;
  const refused = async (field, words) => {
    assert.equal(await field.getAttribute("aria-invalid"), "true");
    const message = page.locator(`#${await field.getAttribute("aria-errormessage")}`);
    assert.match(await message.innerText(), words);
    await accessible(page);
  };
  await tick(visitor);
  await page.getByRole("checkbox").nth(2).uncheck();
  await visitor.press(/^Approve release/);
  const five = page.getByRole("group", { name: "The Five Safes" });
  assert.match(await five.getByRole("alert").innerText(), /Tick every point/);
  assert.deepEqual(await page.getByRole("checkbox").evaluateAll((all) => all.map(({ checked }) => checked)), [true, true, false, true, true]);
  await accessible(page);
  await page.getByRole("checkbox").nth(2).check();
  for (const [days, words] of [["a week", /whole number/], ["0", /./], ["99999", /./]]) {
    await page.getByLabel("Days for which it can be downloaded").fill(days);
    await visitor.press(/^Approve release/);
    await refused(page.getByLabel("Days for which it can be downloaded"), words);
    assert.equal(await page.getByRole("checkbox", { checked: true }).count(), 5);
  }
  await visitor.press(/^Refuse release/);
  await refused(page.getByLabel("Reason", { exact: true }), /Choose the reason/);
  assert.equal((await person("preparer").get(`/api/v1${linked.release}`)).state, "checked");
  await visitor.close();
});

test("of two approvers at once one decides, and the other is told who was quicker", async () => {
  const all = await Promise.all([approver("the.approver"), approver("another.approver")]);
  for (const visitor of all) {
    await tick(visitor);
    await accessible(visitor.page);
  }
  await Promise.all(all.map((visitor) => visitor.press(/^Approve release/)));
  const said = await Promise.all(all.map(({ page }) => main(page)));
  const late = said.findIndex((text) => /Somebody was quicker/.test(text));
  assert.notEqual(late, -1, said.join("\n---\n"));
  const quicker = ["another.approver", "the.approver"][late];
  assert.match(said[late], new RegExp(`${quicker} decided on this release`));
  assert.match(said[late], /What you chose was not entered/);
  await accessible(all[late].page);
  const [winner] = all.filter((_, index) => index !== late);
  assert.match(await main(winner.page), new RegExp(`Approved by somebody other than the preparer by ${quicker}`));

  const released = await service.until(person("preparer"), `/api/v1${linked.release}`, ({ state }) => state !== "approved");
  assert.equal(released.state, "released");
  const decided = async () => JSON.stringify(await person("preparer").get(`/api/v1${linked.release}`));
  await sentOnce(winner, decided);
  // Back at the form: what it shows now, or sends if it was kept as it was, is not entered.
  await winner.page.goBack();
  assert.match(await main(winner.page), new RegExp(`${quicker} decided on this release`));
  await winner.open(linked.release);
  assert.match(await winner.heading(), /open for download/);
  await all[late].open("/approvals");
  assert.match(await main(all[late].page), /Nothing waits/);
  await Promise.all(all.map((visitor) => visitor.close()));
});

test("an approver refuses a release for a reason, which its preparer reads", async () => {
  const { release } = await linked.prepare(linked.run.run);
  const visitor = await approver("another.approver");
  await visitor.page.getByLabel("Reason", { exact: true }).selectOption({ label: "It is not needed, or another takes its place" });
  await visitor.press(/^Refuse release/);
  assert.match(await visitor.page.getByRole("status").first().innerText(), /Refused\. The preparer sees the reason/);
  await sentOnce(visitor, async () => JSON.stringify(await person("preparer").get(`/api/v1/releases/${release}`)));
  const preparer = await visits.as("the.preparer");
  await preparer.open("/releases");
  await preparer.page.getByLabel("State", { exact: true }).selectOption({ label: "refused by the approver" });
  await preparer.page.getByRole("region", { name: "Releases" }).getByRole("row").nth(2).waitFor({ state: "detached" });
  await preparer.page.getByRole("link", { name: /^Release \d+$/ }).click();
  await preparer.page.getByRole("heading", { name: "Its approver refused it" }).waitFor();
  assert.match(await main(preparer.page), /It is not needed, or another takes its place\. What is to be done differently is another release/);
  await accessible(preparer.page);
  await Promise.all([visitor.close(), preparer.close()]);
});
