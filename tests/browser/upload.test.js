// The upload in the browser against the real service: the whole way, and everything that goes wrong on it.

import assert from "node:assert/strict";
import { copyFileSync, readFileSync, writeFileSync } from "node:fs";
import { after, before, test } from "node:test";

import { Service } from "../node/service.js";
import { sound } from "./sound.js";
import { canaries, found, Uploading } from "./uploading.js";
import { Visits } from "./visits.js";

let service;
let visits;
before(async () => {
  service = await Service.start({ persons: 600, sources: ["police", "court"] });
  visits = await Visits.open(service);
});
after(() => Visits.end(service, visits));

const keys = () => service.at("police.keys");

/** A window at the upload page; what it says of broken lines is part of the test. */
async function uploading() {
  const visitor = await visits.as("the.police");
  visitor.page.on("dialog", (dialog) => void dialog.accept());
  return Uploading.open(visitor);
}

const submissions = async () => (await service.people["the.police"].get("/api/v1/submissions")).submissions;

/** As long as what the program makes, but for the envelope of the sealed content, whose length is random. */
function assertLong(bytes) {
  const native = readFileSync(service.submission("police")).length;
  assert.ok(Math.abs(bytes - native) < 1_024, `${bytes} and ${native}`);
}

/** What a page of the upload may ask for. */
const ALLOWED = [
  /^GET \/agency\/upload$/,
  /^GET \/assets\/[a-z_./]+\.(js|css|svg|wasm)$/,
  /^POST \/api\/v1\/uploads$/,
  /^(PATCH|HEAD|GET) \/api\/v1\/uploads\/upl_[0-9a-f]{32}$/,
  /^GET \/api\/v1\/submissions\/sub_[0-9a-f]{32}\/receipt$/,
];

test("from the export to the receipt: nothing of anybody leaves, and the service has what was encoded", async () => {
  const name = "arrests of DONALDSON Nelson.csv";
  const exported = service.at(name);
  copyFileSync(service.export("police"), exported);
  const at = await uploading();
  const { visitor, page } = at;
  visits.recorder.isKeeping = true;
  visitor.requests.length = 0;

  await at.choose(exported);
  await at.says("The layout is known: synthetic police.");
  await at.press("Show the first 5 rows");
  await page.locator(".peek-rows tbody tr").nth(4).waitFor();
  assert.equal(await page.locator(".peek-rows tbody tr").count(), 5);
  await at.toKey();
  assert.equal(await page.locator(".peek-rows").count(), 0, "the rows are gone");
  await at.toReport(keys());
  await at.says("of true links expected to be found");
  const report = await at.saved("Save the report");
  assert.match(readFileSync(report.path, "utf8"), /^<!DOCTYPE html>[^]*Linkability of police/);
  await at.toEncode();
  await at.press("Encode");
  await at.says("Encoded.");

  await at.press("Show me the bytes");
  const bytes = page.getByRole("dialog", { name: "The bytes that leave" });
  await bytes.waitFor();
  assert.match(await bytes.locator("pre").innerText(), /^00000000 {2}74 61 6c 6c 79 0d 0a 1a[^]*police/);
  await bytes.getByRole("button", { name: "Sealed content" }).click();
  await bytes.getByText("age-encryption.o").waitFor();
  await bytes.getByRole("button", { name: "Close" }).click();
  const handles = await at.saved("Save the handles file");
  assert.equal(visitor.requests.filter((request) => !request.startsWith("GET /assets/")).length, 0, "nothing was sent yet");

  await at.send();
  await at.says("Received.");
  await at.says("checked in this browser");
  const saved = await at.saved("Save the receipt");
  visits.recorder.isKeeping = false;
  const sent = visits.recorder.taken();

  const receipt = JSON.parse(readFileSync(saved.path, "utf8"));
  const [standing] = await submissions();
  assert.deepEqual([standing.submission, standing.sha256, standing.bytes], [receipt.receipt, receipt.sha256, receipt.bytes]);
  assert.ok(sent.length > receipt.bytes, "it is all in what was recorded");
  assertLong(receipt.bytes);
  copyFileSync(handles.path, service.at(handles.name));
  service.run("tallystick-agency", "lookup", "--key", keys(), "--handles", service.at(handles.name), "--source", "police", "-o", service.at("rows.csv"));
  assert.ok(readFileSync(service.at("rows.csv"), "utf8").split("\n").length > 1_000, "the program opens the handles file");

  for (const request of visitor.requests) {
    assert.ok(ALLOWED.some((allowed) => allowed.test(request)), request);
  }
  const texts = canaries(service.export("police"), ["SUSPECT", "SSN", "PHONE", "ADDRESS", "DOB", "ROW_ID"]);
  const secrets = readFileSync(keys(), "utf8").match(/"[^"]{20,}"/g).map((quoted) => quoted.slice(1, -1));
  const own = secrets.filter((secret) => !secret.startsWith("age1"));
  assert.ok(texts.length > 150 && own.length >= 3, `${texts.length} and ${own.length}`);
  assert.deepEqual(found(sent, [...texts, "DONALDSON", name, "police.keys"]), []);
  // The project's number is in the header, as bytes; no key is.
  const project = service.number;
  assert.deepEqual(own.filter((secret) => secret !== project && (found(sent, [secret]).length > 0 || sent.includes(Buffer.from(secret, "hex")) && /^[0-9a-f]+$/.test(secret))), []);
  assert.deepEqual(await at.kept(), { local: 0, session: 0, databases: 0, disk: ["tallystick"], search: "", hash: "#send" });

  visits.recorder.isKeeping = true;
  await page.evaluate((text) => fetch(`/agency?${btoa(`x${text}`)}`), texts[0]);
  visits.recorder.isKeeping = false;
  assert.deepEqual(found(visits.recorder.taken(), texts.slice(0, 2)), [texts[0]], "one that leaves is found");
  await visitor.close();
});

test("a line that breaks costs nothing, and what waits goes on when the line is back or the user says so", async () => {
  const at = await uploading();
  const { page, visitor } = at;
  await at.encode(service.export("police"), keys());
  // The first piece is cut in its middle, the second gets no line at all, the third is broken off.
  visits.recorder.cutAfter = 300_000;
  let pieces = 0;
  await page.route("**/api/v1/uploads/*", async (route) => {
    pieces += route.request().method() === "PATCH" ? 1 : 0;
    if (pieces === 2 && route.request().method() === "PATCH") await visitor.context.setOffline(true);
    if (pieces === 3 && route.request().method() === "PATCH") await route.abort("connectionreset");
    else await route.continue();
  });
  await at.send();
  await at.says("It goes on by itself when this computer is online again.");
  await visitor.context.setOffline(false);
  await at.says("It is tried again in");
  await at.press("Try now");
  await at.says("Received.");
  const [standing] = await submissions();
  assertLong(standing.bytes);
  visitor.forgive();
  await visitor.close();
});

test("a reload while it is sent goes on with what the browser kept, and gives the same receipt", async () => {
  const at = await uploading();
  const { page, visitor } = at;
  await at.encode(service.export("police"), keys());
  // No piece after the first one gets through until the page was loaded again.
  let pieces = 0;
  await page.route("**/api/v1/uploads/*", async (route) => {
    if (route.request().method() === "PATCH" && (pieces += 1) > 1) return;
    await route.continue();
  });
  await at.send();
  // A function that is waited for counts as true as soon as it promises anything; so the page itself waits.
  await page.evaluate(async () => {
    const isKept = async () => {
      try {
        const directory = await (await navigator.storage.getDirectory()).getDirectoryHandle("tallystick-upload");
        const note = await (await directory.getFileHandle("upload.json")).getFile();
        return JSON.parse(await note.text()).isWhole;
      } catch {
        return false;
      }
    };
    while (!(await isKept())) await new Promise(requestAnimationFrame);
  });
  await page.unrouteAll({ behavior: "ignoreErrors" });
  await page.reload();
  await at.step("Go on with the upload");
  await at.press("Go on sending");
  await at.says("Received.");
  const { disk } = await at.kept();
  assert.deepEqual(disk, ["tallystick"], "the copy is gone");
  visitor.forgive();
  await visitor.close();
});

test("cancelled while it is sent: the service keeps nothing, and it can be sent again", async () => {
  const at = await uploading();
  const { page, visitor } = at;
  await at.encode(service.export("police"), keys());
  await page.route("**/api/v1/uploads/*", (route) => (route.request().method() === "PATCH" ? undefined : route.continue()));
  await at.send();
  await page.waitForRequest((request) => request.method() === "PATCH");
  const [ended] = await Promise.all([page.waitForResponse((answer) => answer.request().method() === "DELETE"), at.press("Cancel")]);
  assert.equal(ended.status(), 204);
  await at.says("Cancelled. The linkage unit has erased what was there.");
  await page.unrouteAll({ behavior: "ignoreErrors" });
  await at.press("Send again");
  await at.says("Received.");
  visitor.forgive();
  await visitor.close();
});

test("the wrong key: another project's is refused beside the field, another one of the project by the service", async () => {
  const other = service.at("other.keys");
  const recipient = readFileSync(keys(), "utf8").match(/age1\w+/)[0];
  service.run("tallystick-agency", "keys", "new", other, "--recipient", recipient);
  const changed = service.at("changed.keys");
  const text = readFileSync(keys(), "utf8").replace(/^encoding_key = "[0-9a-f]{8}/m, 'encoding_key = "0badc0de');
  writeFileSync(changed, text, { mode: 0o600 });
  await service.upload("court");

  const at = await uploading();
  await at.choose(service.export("police"));
  await at.toKey();
  await at.chooseKey(service.export("police"));
  assert.match(await at.refusal(), /This is not a key file\./);
  await at.chooseKey(other);
  assert.match(await at.refusal(), /of a project that your agency cannot send for/);
  assert.ok(await at.page.getByRole("button", { name: "Continue to the report" }).isDisabled());
  await at.chooseKey(changed);
  await at.says("Another key than your last submission.");
  await at.press("Continue to the report");
  await at.toEncode();
  await at.press("Encode");
  await at.says("Encoded.");
  const before = await submissions();
  await at.send();
  assert.match(await at.refusal(), /The other agencies of this project use another key than yours\.[^]*submission-key-differs/);
  assert.deepEqual(await submissions(), before, "nothing was entered");
  await at.press("Choose another key");
  await at.step("Choose the key file");
  await at.visitor.close();
});

test("a sealed key file asks for its passphrase, and a wrong one is said beside it", async () => {
  const sealed = service.at("sealed.keys");
  copyFileSync(keys(), sealed);
  const passphrase = "seven quiet lanterns cross the river";
  writeFileSync(service.at("passphrase"), `${passphrase}\n`, { mode: 0o600 });
  service.run("tallystick-agency", "keys", "protect", sealed, "--passphrase-file", service.at("passphrase"));
  const at = await uploading();
  visits.recorder.isKeeping = true;
  await at.choose(service.export("police"));
  await at.toKey();
  await at.chooseKey(sealed);
  const field = at.page.getByLabel("Passphrase of the key file");
  await field.fill("wrong");
  await at.press("Open");
  assert.match(await at.refusal(), /The passphrase does not open this key file\./);
  await field.fill(passphrase);
  await field.press("Enter");
  await at.page.locator(".fingerprint").waitFor();
  visits.recorder.isKeeping = false;
  assert.deepEqual(found(visits.recorder.taken(), [passphrase]), []);
  await at.visitor.close();
});

test("a column that is mapped wrongly is refused in words, and the right one is offered", async () => {
  const at = await uploading();
  await at.choose(service.export("police"));
  await at.role("SUSPECT").selectOption("ignore");
  await at.says("as you say");
  await at.press("Continue to the key");
  assert.match(await at.refusal(), /No column holds a name/);
  await at.role("SUSPECT").selectOption("name-last-first");
  await at.page.locator("tr", { hasText: "SUSPECT" }).getByText("links, encoded").waitFor();

  const mapping = service.at("last-year.toml");
  writeFileSync(mapping, readFileSync(service.mapping("police"), "utf8").replace('local_id = "SFNO"', 'local_id = "SFNOS"'));
  await at.page.getByText("Use a mapping that you saved before").click();
  await at.page.getByLabel("Mapping (.toml)").setInputFiles(mapping);
  assert.match(await at.refusal(), /It has no column SFNOS\. Did you mean SFNO\?/);
  await at.press("Yes, use it");
  await at.toKey();
  await at.visitor.close();
});

test("what cannot be seen in the file is asked, and nothing goes on before it is answered", async () => {
  const rows = Array.from({ length: 40 }, (_, row) => `A${row},SMITH${"ABCDEFGH"[row % 8]},JOHN,${1 + (row % 11)}/${1 + (row % 12)}/19${60 + (row % 30)},F`);
  const ambiguous = service.at("ambiguous.csv");
  writeFileSync(ambiguous, `ROW,LNAME,FNAME,DOB,SEX\n${rows.join("\n")}\n`);
  const at = await uploading();
  await at.choose(ambiguous);
  await at.press("Continue to the key");
  assert.match(await at.refusal(), /1 question is open/);
  await at.page.getByLabel("Month first: 07/04/2018 is 4 July").click();
  await at.page.locator(".question").waitFor({ state: "detached" });
  await at.toKey();
  await at.visitor.close();
});

test("back leads to the step before, and a reload begins again and says so", async () => {
  const at = await uploading();
  const { page } = at;
  await at.choose(service.export("police"));
  await at.toKey();
  await page.goBack();
  await at.step("Say what each column is");
  await page.goForward();
  await at.step("Choose the key file");
  await page.reload();
  await at.step("Choose the export");
  await at.says("The page was loaded again.");
  assert.deepEqual(await at.kept(), { local: 0, session: 0, databases: 0, disk: ["tallystick"], search: "", hash: "" });
  await at.visitor.close();
});

test("names of files and columns are text, whatever stands in them", async () => {
  const markup = '<img src=x onerror="document.title=1">';
  const columns = [markup, "{{7*7}}", "__proto__", "constructor", "\u202etxt.exe", "LAST NAME", "FIRST NAME", "x".repeat(120)];
  const quoted = (cells) => cells.map((cell) => `"${cell.replaceAll('"', '""')}"`).join(",");
  const hostile = service.at("<b onmouseover=x>&amp;.csv");
  const row = columns.map((_, index) => (index === 5 ? "SMITH" : index === 6 ? "<svg onload=x>" : markup));
  writeFileSync(hostile, `${quoted(columns)}\n${Array.from({ length: 20 }, () => quoted(row)).join("\n")}\n`);
  const at = await uploading();
  const { page } = at;
  await at.choose(hostile);
  await at.press("Show the first 5 rows");
  await page.locator(".peek-rows table").waitFor();
  assert.equal(await page.locator("[data-upload] :is(img, script, b[onmouseover], svg[onload])").count(), 0);
  for (const name of [markup, "{{7*7}}", "__proto__", "constructor"]) {
    assert.ok(await at.role(name).isVisible(), name);
    await at.role(name).selectOption("ignore");
    await page.locator("tr", { has: at.role(name) }).getByText("as you say").waitFor();
  }
  assert.ok(await page.getByText("\u00b7txt.exe").first().isVisible(), "what turns the direction is shown as a dot");
  assert.notEqual(await page.title(), "1");
  await at.visitor.close();
});

test("a workbook and an empty file are refused with what to do", async () => {
  const [workbook, empty] = ["export.xlsx", "empty.csv"].map((name) => service.at(name));
  writeFileSync(workbook, Buffer.from("PK\u0003\u0004[Content_Types].xml"));
  writeFileSync(empty, "");
  const at = await uploading();
  for (const file of [workbook, empty]) {
    await at.page.getByLabel("Drop the export here, or choose it").setInputFiles(file);
    assert.match(await at.refusal(), /\(export-[a-z-]+\)/);
  }
  await at.choose(service.export("police"));
  await at.visitor.close();
});

test("a hundred thousand rows are encoded with progress; paused, it waits; cancelled, it leaves nothing", async () => {
  service.run("tallystick-synth", "--persons", "28000", "--sources", "police", "--out", service.at("many"));
  const at = await uploading();
  const { page } = at;
  await at.choose(service.at("many/police.csv"));
  const lede = await page.locator(".step .lede").innerText();
  assert.ok(Number(lede.match(/^([\d,]+) rows/)[1].replaceAll(",", "")) > 100_000, lede);
  await at.toKey();
  await at.toReport(keys());
  await page.getByRole("button", { name: "Continue to encoding" }).waitFor({ timeout: 0 });
  await at.toEncode();
  await at.press("Encode");
  await page.getByText(/^\d+ % · [\d,]+ rows/).waitFor();
  await at.press("Pause");
  await page.getByRole("button", { name: "Go on", exact: true }).waitFor();
  await page.goBack();
  await at.says("Something is under way.");
  await at.press("Cancel");
  await at.says("Cancelled. Nothing was kept and nothing was sent.");
  await at.press("Encode");
  await page.getByText("Encoded.").waitFor({ timeout: 0 });
  assert.match(await page.locator(".step .note, .step .notice.good").innerText(), /[\d,]{7} rows became [\d,]{6} records/);
  await at.visitor.close();
});

test("every step is for everybody: nothing that axe-core finds, bright and dark, and it fits a telephone", async () => {
  const at = await uploading();
  const { page } = at;
  await sound(page);
  await at.page.getByLabel("Drop the export here, or choose it").setInputFiles(service.at("empty.csv"));
  await at.refusal();
  await sound(page);
  await at.choose(service.at("ambiguous.csv"));
  await sound(page);
  await at.press("Back");
  await at.choose(service.export("police"));
  await at.press("Show the first 5 rows");
  await page.locator(".peek-rows table").waitFor();
  await sound(page);
  await at.toKey();
  await at.toReport(keys());
  await page.getByRole("button", { name: "Continue to encoding" }).waitFor();
  await page.locator(".report details").evaluateAll((all) => all.forEach((one) => one.setAttribute("open", "")));
  await sound(page);
  await at.toEncode();
  await sound(page);
  await at.press("Encode");
  await at.says("Encoded.");
  await at.press("Show me the bytes");
  await page.getByRole("dialog").waitFor();
  await sound(page);
  await page.getByRole("button", { name: "Close" }).click();
  await at.send();
  await at.says("Received.");
  await sound(page);
  await at.visitor.close();
});

test("without scripts the page says what to do instead", async () => {
  const visitor = await visits.as("the.police", { javaScriptEnabled: false });
  await visitor.open("/agency/upload");
  await visitor.page.getByRole("heading", { name: "This page needs JavaScript and WebAssembly" }).waitFor();
  assert.match(await visitor.page.locator("#without-script").innerText(), /tallystick-agency upload police\.tally/);
  await visitor.close();
});
