// A compliance officer's work: what waits, the log and whether it is whole, the questions of an audit, agreements, accounts after
// an incident, decisions, and what is destroyed.

import assert from "node:assert/strict";
import { createHash, createPublicKey, verify } from "node:crypto";
import { copyFileSync, readFileSync, writeFileSync } from "node:fs";
import { after, before, test } from "node:test";

import { Linked } from "../node/linked.js";
import { accessible, sound } from "./sound.js";
import { Visits, sentOnce } from "./visits.js";

/** Questions that an audit asks: A1 to A26. */
const QUESTIONS = 26;
/** What stands before a key in DER (RFC 8410). */
const ED25519 = "302a300506032b6570032100";

let linked;
let service;
let visits;
before(async () => {
  linked = await Linked.start();
  ({ service } = linked);
  linked.run = (await linked.link()).run;
  linked.release = (await linked.decide((await linked.prepare(linked.run)).release, "approve")).release;
  const headers = await person("evaluator").session();
  await service.ask("GET", `/api/v1/releases/${linked.release}/bundle?terms=accepted`, { headers });
  await linked.prepare(linked.run);
  visits = await Visits.open(service);
});
after(() => Visits.end(service, visits));

const person = (role) => service.people[`the.${role}`];
const main = (page) => page.locator("main").innerText();
/** A file that a link gives, kept where the service's files are. */
async function saved({ page }, name) {
  const [download] = await Promise.all([page.waitForEvent("download"), page.getByRole("link", { name, exact: true }).click()]);
  const path = service.at(download.suggestedFilename());
  copyFileSync(await download.path(), path);
  return path;
}
/** Runs a command as a page shows it, where its files are. */
const shown = (command) => {
  const [program, ...options] = command.trim().split(" ");
  return service.run(program, ...options.map((one) => (/^audit.*\.jsonl$/.test(one) ? service.at(one) : one)));
};

test("somebody who asks for what is not theirs is told so, and the officer finds the entry by its fields", async () => {
  const visitor = await visits.as("the.operator");
  assert.equal(await visitor.open("/audit"), 403);
  await sound(visitor.page);
  await visitor.close();

  const officer = await visits.as("the.compliance");
  const { page } = officer;
  await officer.open("/");
  assert.equal(await officer.heading(), "Compliance");
  assert.match(await main(page), /Nobody has checked it on these pages yet[^]*release waits for its approver/);
  await officer.press("Audit log", "link");
  await page.getByLabel("How it ended").selectOption({ label: "refused" });
  await officer.fill({ "Who (log-in name or id)": "the.operator" });
  await officer.press("Search");
  const entries = page.getByRole("region", { name: "Entries of the log, as a table" });
  assert.equal(await entries.getByRole("row").count(), 2);
  assert.match(await entries.innerText(), /the\.operator, operator, was refused: asked for something[^]*\/audit/);
  await accessible(page);
  const file = await saved(officer, "Export this selection");
  assert.match(readFileSync(file, "utf8"), /"outcome":"denied"/);

  // The entry, its neighbours, and back with the same fields.
  await entries.getByRole("link").click();
  await page.getByRole("heading", { level: 1, name: /^Entry \d+$/ }).waitFor();
  assert.match(await main(page), /fits[^]*Continues the entry before/);
  await page.getByText("The line that is hashed").click();
  await accessible(page);
  await officer.press("Entry before", "link");
  await page.goBack();
  await page.goBack();
  assert.equal(await page.getByLabel("Who (log-in name or id)").inputValue(), "the.operator");
  assert.equal(await entries.getByRole("row").count(), 2);
  await page.reload();
  assert.equal(await entries.getByRole("row").count(), 2);

  await page.getByText("More fields").click();
  await officer.fill({ "From address": "192.0.2.1" });
  await officer.press("Search");
  assert.ok(await page.getByRole("heading", { name: "No such entry" }).isVisible());
  assert.equal(await page.getByLabel("From address").inputValue(), "192.0.2.1");
  await officer.press("Show everything", "link");
  await officer.fill({ From: "yesterday", Until: "2018-07-04" });
  await officer.press("Search");
  assert.equal(await page.getByLabel("From", { exact: true }).getAttribute("aria-invalid"), "true");
  assert.ok(await page.getByRole("alert").filter({ hasText: "A field of the filter is not of its form." }).isVisible());
  await accessible(page);
  await officer.fill({ From: "2018-07-05" });
  await officer.press("Search");
  assert.equal(await page.getByLabel("Until", { exact: true }).getAttribute("aria-invalid"), "true");
  await officer.close();
});

test("the log is found whole on the page, and from its export by the program, with the head that was kept", async () => {
  const officer = await visits.as("the.compliance");
  const { page } = officer;
  await officer.open("/audit/verify");
  const anchor = (await page.getByRole("region", { name: "Head of the log" }).innerText()).trim();
  await officer.press("Check the log now");
  assert.match(await page.getByRole("status").first().innerText(), /the log is whole/);
  await page.getByRole("radio", { name: /whole log/ }).check();
  await officer.press("Check the log now");
  assert.match(await main(page), /The log was whole when it was last checked/);
  const checks = () => page.getByRole("region", { name: "Last checks, as a table" }).getByRole("row").count();
  assert.equal(await checks(), 3);
  await sentOnce(officer, checks);
  await accessible(page);

  await saved(officer, "Export the whole log");
  const command = await page.getByRole("region", { name: "Command that checks an export" }).innerText();
  assert.match(command, new RegExp(`--key ${service.key}\\s*$`));
  shown(command);
  const anchored = await page.getByRole("region", { name: "Command that checks from a head on" }).innerText();
  shown(anchored.replace("NUMBER:HASH", anchor));
  const broken = anchor.replace(/.$/, (digit) => (digit === "0" ? "1" : "0"));
  assert.throws(() => shown(anchored.replace("NUMBER:HASH", broken)));
  await officer.open("/compliance");
  assert.match(await main(page), /The log is whole/);
  await officer.close();
});

test("every question of an audit is answered, and its evidence leads to entries that fit", async () => {
  const officer = await visits.as("the.compliance");
  const { page } = officer;
  await officer.open("/audit/questions");
  await page.getByLabel("Project", { exact: true }).selectOption({ label: "study" });
  await officer.press("Show");
  const questions = page.getByRole("main").getByRole("row").getByRole("link");
  assert.equal(await questions.count(), QUESTIONS);
  await officer.press("Answer all questions now");
  assert.match(await page.getByRole("status").first().innerText(), /Answered from the log/);
  assert.equal(await page.getByText("not asked yet").count(), 0);
  await accessible(page);
  const addresses = await questions.evaluateAll((all) => all.map(({ href }) => href));
  let evidence = 0;
  for (const address of addresses) {
    await page.goto(address);
    assert.ok(await page.getByRole("heading", { level: 2, name: "Answer" }).isVisible(), address);
    const entries = page.getByRole("region", { name: "Evidence" }).getByRole("link");
    if (await entries.count() === 0) continue;
    evidence += 1;
    await entries.first().click();
    await page.getByRole("heading", { level: 1, name: /^Entry \d+$/ }).waitFor();
    assert.match(await main(page), /fits/);
  }
  assert.ok(evidence > QUESTIONS / 2, `${evidence} questions have evidence`);
  await officer.open(addresses[0]);
  await officer.press("Answer now");
  assert.match(await page.getByRole("status").first().innerText(), /Answered from the log/);
  await accessible(page);
  await sentOnce(officer, () => page.getByRole("region", { name: "Evidence" }).count());
  await officer.close();
});

test("the present week cannot be signed off before it is over", async () => {
  const officer = await visits.as("the.compliance");
  const { page } = officer;
  await officer.open("/audit/reviews");
  assert.match(await main(page), /Every week is signed off/);
  const today = new Date();
  const monday = new Date(today - ((today.getUTCDay() + 6) % 7) * 86_400_000).toISOString().slice(0, 10);
  await officer.open(`/audit/reviews/${monday}`);
  assert.match(await main(page), /The week is not over/);
  assert.equal(await page.getByRole("button", { name: /^Sign off/ }).count(), 0);
  await accessible(page);
  await page.getByRole("link", { name: /^See them/ }).first().click();
  await page.getByRole("heading", { level: 1, name: "Audit log" }).waitFor();
  await officer.close();
});

test("an agreement is copied from the paper, whose hash the browser computes, and what is wrong stands beside its field", async () => {
  const officer = await visits.as("the.compliance");
  const { page } = officer;
  await officer.open("/agreements");
  await officer.press("Record an agreement", "link");
  await page.getByRole("radio", { name: /^Review board decision/ }).check();
  await officer.press("Go on");
  await officer.press("Record agreement");
  for (const label of ["SHA-256 of the signed paper", "First day", "Last day", "Number of the protocol"]) {
    assert.equal(await page.getByLabel(label, { exact: true }).getAttribute("aria-invalid"), "true", label);
  }
  await accessible(page);
  await officer.open("/agreements/new?kind=irb");
  const paper = service.at("paper.pdf");
  writeFileSync(paper, "What the board decided.");
  await page.getByLabel("Or choose the file").setInputFiles(paper);
  await page.getByText("Filled in above.").waitFor();
  const sha256 = createHash("sha256").update(readFileSync(paper)).digest("hex");
  assert.equal(await page.getByLabel("SHA-256 of the signed paper").inputValue(), sha256);
  await officer.fill({ "First day": "2026-02-01", "Last day": "2026-01-01", "Number of the protocol": "2026-17" });
  await page.getByLabel("Project", { exact: true }).selectOption({ label: "study" });
  await page.getByLabel("Decision", { exact: true }).selectOption({ label: "approved" });
  await officer.press("Record agreement");
  assert.match(await page.locator("#valid_until-wrong").innerText(), /before the first/);
  assert.equal(await page.getByLabel("Decision", { exact: true }).inputValue(), "approved");
  await accessible(page);

  await officer.open("/agreements/new?kind=irb");
  await page.getByLabel("Or choose the file").setInputFiles(paper);
  await page.getByText("Filled in above.").waitFor();
  await officer.fill({ "First day": "2026-02-01", "Last day": "2199-12-31", "Number of the protocol": "2026-17" });
  await page.getByLabel("Project", { exact: true }).selectOption({ label: "study" });
  await page.getByLabel("Decision", { exact: true }).selectOption({ label: "approved" });
  await officer.press("Record agreement");
  assert.match(await page.getByRole("status").first().innerText(), /recorded/);
  assert.ok((await main(page)).includes(sha256));
  const count = async () => (await person("compliance").get("/api/v1/agreements")).agreements.length;
  await sentOnce(officer, count);
  await officer.close();
});

test("after an incident the officer sees what an account touched, and what became of each release", async () => {
  const officer = await visits.as("the.compliance");
  const { page } = officer;
  await officer.open("/audit/accounts");
  await officer.fill({ "Log-in name or id": "nobody.at.all" });
  await officer.press("Search");
  assert.ok(await page.getByRole("heading", { name: "No such account" }).isVisible());
  await accessible(page);
  await officer.fill({ "Log-in name or id": "the.evaluator" });
  await officer.press("Search");
  assert.equal(await officer.heading(), "What the.evaluator touched");
  const downloads = page.getByRole("region", { name: "Downloads, as a table" });
  const sha256 = (await person("preparer").get(`/api/v1/releases/${linked.release}`)).bundle_sha256;
  assert.ok((await downloads.innerText()).includes(linked.release));
  assert.ok((await downloads.innerText()).includes(sha256));
  await accessible(page);
  await page.getByRole("region", { name: "By kind, as a table" }).getByRole("link").first().click();
  await page.getByRole("heading", { level: 1, name: "Audit log" }).waitFor();

  await officer.open("/decisions");
  await officer.press("No. 1", "link");
  await officer.press("Take back");
  assert.match(await main(page), /It was downloaded 1 time\./);
  await accessible(page);
  await officer.press("Keep it", "link");
  await officer.press("Take back");
  await officer.press("Take back release 1");
  assert.match(await page.getByRole("status").first().innerText(), /Taken back\./);
  await sentOnce(officer, async () => (await person("preparer").get(`/api/v1/releases/${linked.release}`)).state);
  await officer.open("/decisions");
  assert.match(await page.getByRole("row", { name: /^No\. 1/ }).innerText(), /taken back[^]*the\.preparer[^]*the\.approver/);
  await officer.press("Waiting", "link");
  assert.equal(await page.getByRole("region", { name: "Decisions" }).getByRole("row").count(), 2);
  await officer.press("Decided", "link");
  await officer.press("No. 1", "link");
  assert.match(await main(page), /Everybody who downloaded it, below, has to destroy it[^]*the\.evaluator/);
  await accessible(page);
  const visitor = await visits.as("the.evaluator");
  await visitor.open(`/releases/${linked.release}`);
  assert.match(await main(visitor.page), /This release was taken back[^]*destroy it/);
  assert.equal(await visitor.page.getByRole("button", { name: /^Download/ }).count(), 0);
  await accessible(visitor.page);
  await Promise.all([visitor.close(), officer.close()]);
});

test("what a run linked is destroyed once its number is typed, and the certificate can be checked without the service", async () => {
  const officer = await visits.as("the.compliance");
  const { page } = officer;
  await officer.open("/retention");
  assert.equal(await page.getByRole("region", { name: "Submissions that are held" }).getByRole("row").count(), 1 + service.sources.length);
  await officer.press("Linked persons", "link");
  assert.match(await main(page), /due for destruction/);
  await officer.press("Destroy persons of run 1", "link");
  await officer.fill({ "Number of the run": "2" });
  await officer.press("Destroy what this run linked");
  assert.equal(await page.getByLabel("Number of the run").getAttribute("aria-invalid"), "true");
  await accessible(page);
  await page.goto(page.url());
  await officer.fill({ "Number of the run": "1" });
  await officer.press("Destroy what this run linked");
  assert.equal(await officer.heading(), "Certificate of destruction");
  await accessible(page);

  const fact = (name) => page.locator("dt", { hasText: name }).locator("xpath=following-sibling::dd[1]").innerText();
  const key = createPublicKey({ key: Buffer.from(ED25519 + service.key, "hex"), format: "der", type: "spki" });
  const said = Buffer.concat([Buffer.from("tallystick destruction v1\0"), Buffer.from(await page.locator("pre").innerText())]);
  assert.equal(await fact("Public key of the unit"), service.key);
  assert.ok(verify(null, said, key, Buffer.from((await fact("Signature")).trim(), "hex")), "the certificate is the unit's");
  const destroyed = async () => (await person("compliance").get("/api/v1/audit/entries?kind=data-destroyed")).entries.length;
  await sentOnce(officer, destroyed);
  await officer.open("/retention?part=destroyed");
  assert.equal(await page.getByRole("region", { name: "Destructions" }).getByRole("row").count(), 2);
  await officer.press("Linked persons", "link");
  assert.match(await main(page), /No linked persons are held/);
  await officer.close();
});
