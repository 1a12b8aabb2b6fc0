// Every page of every role, found by its links: sound, strict, without a dead link, and the same without JavaScript.

import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";

import { Linked } from "../node/linked.js";
import { take } from "./screenshots.js";
import { faults } from "./sound.js";
import { Visits } from "./visits.js";

/** Pages with an id that are looked at, of one kind and by one person. */
const ALIKE_MAX = 3;
/** Bytes of a picture in the documentation. */
const PICTURE_BYTES_MAX = 80_000;
/** The one page that works with JavaScript alone. */
const NEEDS_SCRIPTS = "/agency/upload";
/** Pages that no link of another page leads to here, and why; tests/service/pages asks for each of them. */
const NOT_LINKED = new Map([
  ["/", "sends everybody on"],
  ["/sign-in", "for whoever is not signed in"],
  ["/enrol", "from the link of an administrator"],
  ["/agency/submissions/{submission}/receipt", "a file to be kept"],
  ["/audit/export", "a file to be kept"],
  ["/runs/{run}/cancel", "while a run waits or goes on"],
  ["/runs/{run}/changes", "of a run after another of the project"],
  ["/review/{set}", "once pairs were drawn"],
  ["/review/{set}/next", "once pairs were drawn"],
  ["/review/{set}/pairs/{pair}", "once pairs were drawn"],
  ["/review/{set}/end", "once pairs were drawn"],
  ["/releases/{release}/withdraw", "while a release of one's own waits"],
  ["/releases/{release}/take-back", "of a release that was approved, by a button"],
  ["/requests/{request}", "once something was asked for"],
  ["/audit/reviews/{week}", "once a week is over"],
  ["/retention/certificates/{destruction}", "once something was destroyed"],
]);
const READERS = ["administrator", "the.provider", "the.police", "the.operator", "the.preparer", "the.approver",
  "the.evaluator", "the.compliance"];

let linked;
let visits;
const seen = new Set();
before(async () => {
  linked = await Linked.start();
  await linked.fill();
  visits = await Visits.open(linked.service);
});
after(() => Visits.end(linked.service, visits));

/** An address without what varies. */
function kind(address) {
  const { pathname, searchParams } = new URL(address);
  // Ids, numbers of entries, weeks and codes of questions.
  const path = pathname.replace(/\b[a-z]{3}_[0-9a-f]{32}\b/g, "{id}").replace(/\/(\d+|\d{4}-\d\d-\d\d|A\d+)(?=\/|$)/g, "/{id}");
  const names = [...searchParams.keys()].filter((name) => name !== "done").sort();
  return names.length ? `${path}?${names.join("&")}` : path;
}

/** Lines and headings of the page, whatever the moment. */
async function words(page) {
  const plain = (text) => text.replace(/\d+/g, "0").replace(/\s+/g, " ").trim();
  const lines = (await page.locator("main").innerText()).split("\n").map(plain).filter((line) => line !== "");
  const headings = (await page.locator("h1, h2, h3").allInnerTexts()).map(plain);
  return { lines: new Set(lines), headings };
}

/** What a page lacks without JavaScript, which may add a quicker way but neither a part nor a word of its own. */
async function lacks(plain, visitor) {
  const [bare, whole] = await Promise.all([words(plain.page), words(visitor.page)]);
  const lost = [...bare.lines].filter((line) => !whole.lines.has(line));
  const missing = whole.headings.filter((heading) => !bare.headings.includes(heading));
  return [...lost, ...missing].map((text) => `differs without JavaScript: ${text}`);
}

/** Links of ours on the page, of which none is a download. */
const links = (page) => page.locator("a[href]:not([download])").evaluateAll((all) =>
  all.map((link) => link.href.split("#")[0]).filter((href) => href.startsWith(location.origin)));

/** The answer, or nothing where the address is a file to be kept. */
const opened = (page, address) => page.goto(address).catch((error) => {
  if (/Download is starting/.test(error.message)) return null;
  throw error;
});

for (const name of READERS) {
  test(`the pages of ${name} are sound, and all their links lead somewhere`, async () => {
    const visitor = await visits.as(name);
    const plain = await visits.as(name, { javaScriptEnabled: false });
    const counts = new Map();
    const queue = [new URL("/", linked.service.url).href];
    const known = new Set(queue);
    const problems = [];
    while (queue.length > 0) {
      const address = queue.shift();
      const of = kind(address);
      const count = counts.get(of) ?? 0;
      if (count >= (of.includes("{id}") ? ALIKE_MAX : 1)) continue;
      // Help is the same for everybody.
      if (of.startsWith("/help") && seen.has(of)) continue;
      counts.set(of, count + 1);
      const answer = await opened(visitor.page, address);
      if (answer === null) continue;
      const path = new URL(visitor.page.url()).pathname;
      seen.add(path);
      // Documents of the unit that stand in a frame may run nothing, not even what looks at them.
      if (/\bsandbox\b/.test(answer.headers()["content-security-policy"] ?? "")) continue;
      const found = await faults(visitor.page, answer);
      if (path !== NEEDS_SCRIPTS) {
        await plain.page.goto(address);
        found.push(...await lacks(plain, visitor));
      }
      problems.push(...found.map((fault) => ({ address: of, fault })));
      for (const link of await links(visitor.page)) {
        if (known.has(link) || !/^\/(?!api\/|assets\/)/.test(new URL(link).pathname)) continue;
        known.add(link);
        queue.push(link);
      }
    }
    await Promise.all([visitor.close(), plain.close()]);
    assert.deepEqual(problems, []);
  });
}

test("every page that there is was found by a link", () => {
  const routes = readFileSync(new URL("../../src/web/pages/routes.rs", import.meta.url), "utf8");
  const pages = [...routes.matchAll(/GET "([^"]+)"/g)].map(([, path]) => path);
  assert.ok(pages.length > 5);
  const missed = pages.filter((path) => {
    if (path.startsWith("/assets/") || NOT_LINKED.has(path)) return false;
    const pattern = new RegExp(`^${path.replace(/\{[^}]+\}/g, "[^/]+")}$`);
    return ![...seen].some((found) => pattern.test(found));
  });
  assert.deepEqual(missed, []);
});

test("pages for everybody are sound", async () => {
  const visitor = await visits.nobody();
  const plain = await visits.nobody({ javaScriptEnabled: false });
  for (const path of ["/sign-in", "/sign-in?done=signed-out", "/enrol"]) {
    assert.deepEqual(await faults(visitor.page, await visitor.page.goto(path)), [], path);
    await plain.page.goto(path);
    assert.deepEqual(await lacks(plain, visitor), [], path);
  }
  await Promise.all([visitor.close(), plain.close()]);
});

test("pictures of the main pages can be taken, and are small", async () => {
  const folder = mkdtempSync(join(tmpdir(), "tallystick-pictures-"));
  const taken = await take(visits, linked, folder);
  rmSync(folder, { recursive: true });
  assert.deepEqual(taken.filter(({ bytes }) => bytes > PICTURE_BYTES_MAX), []);
});
