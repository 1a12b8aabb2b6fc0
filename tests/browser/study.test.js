// What evaluators do with a release, from their project to the file that they verify; and what they and an agency read when an
// agreement is over.

import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { copyFileSync, readFileSync } from "node:fs";
import { after, before, test } from "node:test";

import { Linked, STUDY } from "../node/linked.js";
import { accessible, sound } from "./sound.js";
import { Uploading } from "./uploading.js";
import { Visits, sentOnce } from "./visits.js";

let linked;
let service;
let visits;
before(async () => {
  linked = await Linked.start();
  ({ service } = linked);
  linked.run = (await linked.link()).run;
  linked.release = (await linked.decide((await linked.prepare(linked.run)).release, "approve")).release;
  visits = await Visits.open(service);
});
after(() => Visits.end(service, visits));

const person = (role) => service.people[`the.${role}`];
const main = (page) => page.locator("main").innerText();
const address = () => `/releases/${linked.release}`;
const downloads = async () => (await person("preparer").get(`/api/v1${address()}`)).downloads?.length ?? assert.fail("no downloads are told");
const day = (days) => new Date(Date.now() + days * 86_400_000).toISOString().slice(0, 10);

test("an evaluator finds the agreements of the project, and reads study, report and codebook of a release", async () => {
  const visitor = await visits.as("the.evaluator");
  const { page } = visitor;
  await visitor.open("/");
  assert.equal(await visitor.heading(), "Your projects");
  await visitor.press("study", "link");
  assert.match(await main(page), /Everything that a download needs is in force/);
  const agreements = page.getByRole("region", { name: "Agreements, as a table" });
  assert.match(await agreements.innerText(), /licence[^]*in force/i);
  await page.getByRole("link", { name: /^Release \d+$/ }).click();
  await page.getByRole("heading", { level: 2, name: "The study" }).waitFor();

  assert.match(await main(page), /first referral of the period, 2017-11-01 to 2019-06-30/);
  for (const arm of ["LEAD", "COMPARISON_POOL"]) {
    const figure = page.getByRole("figure", { name: `Arm ${arm}` });
    assert.ok(await figure.locator("svg").isVisible());
    await figure.getByText("As a table").click();
    assert.match(await figure.getByRole("row", { name: /^in the study/ }).innerText(), /\d/);
  }
  await page.getByText("The whole definition, as a file").click();
  assert.match(await page.getByRole("region", { name: "Definition of the study" }).innerText(), /\[disclosure\]/);
  await accessible(page);
  // An evaluator learns no name of the unit's people, and nothing of other accounts.
  assert.doesNotMatch(await main(page), /the\.(preparer|approver|operator|compliance)/);

  // The report stands in a frame that may run nothing, not even what looks into it: what comes for it is read.
  const report = (answer) => answer.url().endsWith("/report.html");
  const [framed] = await Promise.all([page.waitForResponse(report), visitor.press("Linkage report", "link")]);
  assert.equal(framed.status(), 200);
  assert.ok(await page.getByTitle(/^Linkage report of release/).isVisible());
  const [alone] = await Promise.all([page.waitForResponse(report), visitor.press("Open it by itself", "link")]);
  assert.equal(alone.status(), 200);
  await page.goBack();
  assert.match(await (await visitor.context.request.get(framed.url())).text(), /<h1[^]*Precision/i);

  await visitor.press("Codebook", "link");
  const count = (text) => page.getByRole("status").filter({ hasText: text });
  const all = (await page.getByRole("status").innerText()).match(/^\d+ columns\./)[0];
  await page.getByLabel("Table", { exact: true }).selectOption("person");
  await count(/^\d+ columns fit\./).waitFor();
  assert.deepEqual(await page.getByRole("heading", { level: 2 }).allInnerTexts(), ["person"]);
  await accessible(page);
  await page.goBack();
  await count(all).waitFor();
  await page.goForward();
  await count(/^\d+ columns fit\./).waitFor();
  await page.getByLabel("Search", { exact: true }).fill("no such thing");
  const before = visitor.requests.length;
  await page.getByLabel("Search", { exact: true }).press("Enter");
  await page.getByRole("heading", { name: "No column fits" }).waitFor();
  assert.deepEqual(visitor.requests.slice(before).filter((one) => /codebook$/.test(one)).length, 1, "asked once");
  await accessible(page);
  await visitor.close();

  // The same without JavaScript.
  const plain = await visits.as("the.evaluator", { javaScriptEnabled: false });
  await plain.open(`${address()}/codebook`);
  await plain.fill({ Search: "age_band" });
  await plain.press("Search");
  assert.ok(await plain.page.getByRole("rowheader", { name: /^age_band/ }).first().isVisible());
  assert.match(await plain.page.getByRole("status").innerText(), /^\d+ columns fit\./);
  await plain.page.goBack();
  assert.match(await plain.page.getByRole("status").innerText(), new RegExp(`^${all}`));
  await plain.close();
});

test("a release is downloaded once its terms are accepted, and the file is the one whose hash is shown", async () => {
  const visitor = await visits.as("the.evaluator");
  const { page } = visitor;
  await visitor.open(address());
  const button = page.getByRole("button", { name: /^Download release/ });
  const terms = page.getByRole("checkbox", { name: /accept/ });
  await button.click();
  assert.ok(await terms.evaluate((box) => box.validity.valueMissing && document.activeElement === box));
  // Where the browser does not insist, the service does.
  await terms.evaluate((box) => { box.required = false; });
  await Promise.all([page.waitForNavigation(), button.click()]);
  assert.ok(await page.getByRole("alert").isVisible());
  await sound(page);
  assert.equal(await downloads(), 0);

  await terms.check();
  const [download] = await Promise.all([page.waitForEvent("download"), button.click()]);
  const path = service.at(download.suggestedFilename());
  assert.equal(download.suggestedFilename(), `${linked.release}.zip`);
  copyFileSync(await download.path(), path);
  await visitor.open(address());
  assert.match(await main(page), /You downloaded it/);
  const sha256 = createHash("sha256").update(readFileSync(path)).digest("hex");
  assert.ok(await page.getByRole("listitem").filter({ hasText: "SHA-256" }).getByText(sha256, { exact: true }).isVisible());
  // The command that the page shows, with the key that it shows, which is the one printed when the service began.
  const [program, ...options] = (await page.locator("pre", { hasText: "verify-bundle" }).innerText()).trim().split(" ");
  assert.equal(program, "tallystick");
  assert.equal(options.at(-1), service.key);
  const said = service.run(program, ...options.map((one) => (one.endsWith(".zip") ? service.at(one) : one)));
  assert.match(said, new RegExp(linked.release));
  assert.equal(await downloads(), 1);
  await accessible(page);
  await page.reload();
  assert.equal(await downloads(), 1);
  await visitor.close();
});

test("an evaluator makes the study's tables from the release, in the page and as a file", async () => {
  const visitor = await visits.as("the.evaluator");
  const { page } = visitor;
  await visitor.open(address());
  await visitor.press("Evaluation", "link");
  await accessible(page);
  const plan = page.getByLabel("Plan", { exact: true });
  const good = await plan.inputValue();
  await visitor.fill({ Plan: good.replace("[score]", "[score") });
  await visitor.press("Evaluate");
  assert.ok(await page.getByRole("heading", { name: /^Line \d+ of the plan$/ }).isVisible());
  assert.match(await page.getByRole("region", { name: "Lines of the plan" }).locator("mark").innerText(), /\[score$/);
  await accessible(page);

  await visitor.fill({ Plan: good });
  await visitor.press("Evaluate");
  const report = page.locator("#report");
  assert.match(await report.innerText(), /matched[^]*rate ratio/i);
  assert.ok(await report.locator("figure svg").count() >= 3);
  assert.ok(await report.getByRole("table").count() >= 5);
  await sound(page);
  await accessible(page);
  const [download] = await Promise.all([page.waitForEvent("download"), page.getByRole("button", { name: "Save the report as a file" }).click()]);
  assert.equal(download.suggestedFilename(), "evaluation.html");
  const saved = readFileSync(await download.path(), "utf8");
  assert.match(saved, /^<!DOCTYPE html>[^]*rate ratio/i);
  assert.doesNotMatch(saved, /<script|https?:\/\/(?!www\.w3\.org)/);
  await visitor.close();
});

test("an evaluator asks for a change, and reads the answer of the release desk", async () => {
  const visitor = await visits.as("the.evaluator");
  const { page } = visitor;
  await visitor.open(address());
  await visitor.press("Ask for a change", "link");
  await visitor.press("Send request");
  assert.equal(await page.getByLabel("What is it about?").getAttribute("aria-invalid"), "true");
  await accessible(page);
  await page.getByLabel("What is it about?").selectOption({ label: "A question about a figure" });
  await visitor.press("Send request");
  assert.equal(await page.getByLabel("In a few words").getAttribute("aria-invalid"), "true");
  await accessible(page);
  const question = "Table person_window: why does PRE182 end at day -1?\n<b>Thanks</b>";
  await visitor.open(`${address()}/request`);
  await page.getByLabel("What is it about?").selectOption({ label: "A question about a figure" });
  await page.getByLabel("In a few words").fill(question);
  await visitor.press("Send request");
  assert.match(await page.getByRole("status").first().innerText(), /request was sent/);
  const requests = async () => {
    await desk.open("/requests");
    return desk.page.getByRole("link", { name: /^Request \d+$/ }).count();
  };
  const desk = await visits.as("the.preparer");
  await sentOnce(visitor, requests);
  assert.equal(await requests(), 1);

  await desk.press("Request 1", "link");
  assert.match(await main(desk.page), /why does PRE182 end at day -1\?\n<b>Thanks<\/b>/);
  await desk.press("Send answer");
  assert.match(await desk.page.getByRole("alert").first().innerText(), /Choose one/);
  await accessible(desk.page);
  await desk.open(desk.page.url());
  await desk.page.getByRole("radio", { name: "accepted" }).check();
  await desk.page.getByLabel("Answer", { exact: true }).fill("The index day is in no window.");
  await desk.press("Send answer");
  assert.match(await desk.page.getByRole("status").first().innerText(), /answer was entered/);
  await accessible(desk.page);

  await visitor.open("/requests");
  assert.match(await page.getByRole("row", { name: /^Request 1/ }).innerText(), /accepted/);
  await visitor.press("Request 1", "link");
  assert.match(await main(page), /The index day is in no window\./);
  assert.equal(await page.getByRole("button", { name: "Send answer" }).count(), 0);
  await desk.page.getByRole("radio", { name: "done" }).check();
  await desk.page.getByLabel("Answer", { exact: true }).fill("See release 2.");
  await desk.press("Send answer");
  await page.reload();
  assert.match(await visitor.heading(), /done$/);
  await accessible(page);
  await Promise.all([visitor.close(), desk.close()]);
});

test("a release in the place of another says so to whoever holds the older one", async () => {
  const desk = await visits.as("the.preparer");
  await desk.open("/releases/new");
  await desk.page.getByLabel("Run", { exact: true }).selectOption({ index: 1 });
  await desk.page.getByLabel("Takes the place of").selectOption({ label: "Release 1 (study)" });
  await desk.fill({ Study: STUDY });
  await desk.press("Ask for the release");
  const newer = new URL(desk.page.url()).pathname.split("/").at(-1);
  await service.until(person("preparer"), `/api/v1/releases/${newer}`, ({ state }) => state !== "queued");
  assert.equal((await linked.decide(newer, "approve")).state, "released");
  const visitor = await visits.as("the.evaluator");
  const { page } = visitor;
  await visitor.open(address());
  assert.match(await page.getByRole("note").first().innerText(), /out of date[^]*Release 2 takes its place[^]*destroy it/);
  assert.equal(await page.getByRole("button", { name: /^Download/ }).count(), 0);
  await accessible(page);
  await desk.open(address());
  assert.match(await main(desk.page), /Tell everybody who downloaded it[^]*the\.evaluator/);
  await visitor.press("Release 2 takes its place.", "link");
  assert.ok(await page.getByRole("button", { name: "Download release 2" }).isVisible());
  linked.release = newer;
  await Promise.all([visitor.close(), desk.close()]);
});

/** A compliance officer ends the agreement of a kind that is in force, by its page; the first answer is that a reason is missing. */
async function end(officer, kind, agency = "") {
  const { page } = officer;
  await officer.open(`/agreements?kind=${kind}&state=in-force&agency=${agency}`);
  await page.getByRole("rowheader").getByRole("link").click();
  await officer.press("End it", "link");
  await officer.press("End this agreement now");
  assert.ok(await page.getByRole("alert").first().isVisible());
  await accessible(page);
  await page.goto(page.url());
  await page.getByRole("radio").first().check();
  await officer.press("End this agreement now");
  await sentOnce(officer, () => officer.heading());
}

/** A compliance officer records an agreement by its page: a licence for the evaluator, or one with an agency about its data. */
async function record(officer, kind, until, choose) {
  const { page } = officer;
  await officer.open("/agreements/new");
  await page.getByRole("radio", { name: kind }).check();
  await officer.press("Go on");
  await officer.fill({ "SHA-256 of the signed paper": "c7".repeat(32), "First day": "2018-01-01", "Last day": until,
    "Data may be held until": "2199-12-31" });
  await choose(page);
  await page.getByRole("checkbox", { name: "evaluation", exact: true }).check();
  await officer.press("Record agreement");
  await page.getByRole("heading", { level: 2, name: "What it says" }).waitFor();
}

const licence = (officer, until) => record(officer, /^Data use licence/i, until, async (page) => {
  await page.getByLabel("Project", { exact: true }).selectOption({ label: "study" });
  await page.getByRole("checkbox", { name: "the.evaluator" }).check();
  await page.getByLabel("Smallest group that may be shown").fill("11");
});

const sharing = (officer, until) => record(officer, /^Data sharing agreement/i, until, async (page) => {
  await page.getByLabel("Agency whose data they are").selectOption({ label: "police (police)" });
  await page.getByRole("checkbox", { name: "study" }).check();
  await page.getByRole("radio", { name: "all that the agency maps" }).check();
});

test("when the licence was ended or is over, an evaluator reads why nothing can be downloaded, and whom to ask", async () => {
  const [visitor, officer] = [await visits.as("the.evaluator"), await visits.as("the.compliance")];
  const { page } = visitor;
  // The page was opened while the licence was in force.
  await visitor.open(address());
  await page.getByRole("checkbox", { name: /accept/ }).check();
  await end(officer, "dul");
  await visitor.press("Download release 2");
  assert.match(await page.getByRole("alert").innerText(), /no data use licence[^]*compliance officer[^]*dul-ended/);
  await sound(page);
  await licence(officer, day(-1));
  assert.match(await main(officer.page), /ended yesterday/);
  await accessible(officer.page);
  for (const place of [address(), "/projects"]) {
    await visitor.open(place);
    assert.match(await main(page), /cannot download[^]*no data use licence[^]*compliance officer[^]*dul-expired/);
    assert.equal(await page.getByRole("button", { name: /^Download/ }).count(), 0);
    await accessible(page);
  }
  assert.equal(await downloads(), 0);
  // Its last day is included.
  await licence(officer, day(0));
  await visitor.open(address());
  await page.getByRole("checkbox", { name: /accept/ }).check();
  await Promise.all([page.waitForEvent("download"), page.getByRole("button", { name: "Download release 2" }).click()]);
  assert.equal(await downloads(), 1);
  await Promise.all([visitor.close(), officer.close()]);
});

test("when its agreement is over, an agency reads so before it encodes, and what it has encoded is refused in words", async () => {
  const [visitor, officer] = [await visits.as("the.police"), await visits.as("the.compliance")];
  const { page } = visitor;
  page.on("dialog", (dialog) => void dialog.accept());
  const at = await Uploading.open(visitor);
  await at.encode(service.export("police"), service.at("police.keys"));
  const submissions = async () => (await person("police").get("/api/v1/submissions")).submissions.length;
  const count = await submissions();
  await end(officer, "dsa", service.agencies.police);
  await at.send();
  assert.match(await at.refusal(), /agreement does not permit this upload now\.[^]*compliance officer[^]*dsa-ended/);
  await sound(page);
  assert.equal(await submissions(), count);

  await sharing(officer, day(-1));
  await visitor.open("/agency");
  assert.match(await main(page), /No upload is permitted: the data sharing agreement is over[^]*compliance officer/);
  assert.equal(await page.getByRole("link", { name: "Upload an export" }).count(), 0);
  await accessible(page);
  const again = await Uploading.open(visitor);
  await again.says("the data sharing agreement is over");
  await again.choose(service.export("police"));
  await again.toKey();
  await again.chooseKey(service.at("police.keys"));
  assert.match(await again.refusal(), /No upload is permitted for this project now: the data sharing agreement is over[^]*compliance officer/);
  await sound(page);

  await sharing(officer, day(0));
  await visitor.open("/agency");
  assert.match(await main(page), /open for uploads[^]*ends soon/);
  assert.deepEqual(visitor.forgive(), [`${service.url}/api/v1/uploads: 403`]);
  await Promise.all([visitor.close(), officer.close()]);
});
