// Attacks in a real browser: hostile text in everything that is shown back, foreign frames and forms, ways out to other hosts.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createServer } from "node:https";
import { dirname, join } from "node:path";
import { after, before, test } from "node:test";

import { PASSWORD } from "../node/person.js";
import { Linked } from "../node/linked.js";
import { TEXT, forms, send, unharmed } from "./hostile.js";
import { Visits } from "./visits.js";

const READERS = ["administrator", "the.provider", "the.operator", "the.preparer", "the.approver", "the.evaluator",
  "the.compliance"];
/** Pages with an id whose forms are attacked, of one kind and by one person. */
const ALIKE_MAX = 2;
/** Hostile text shown back in a field of dates or numbers, of which Chromium says so and shows the field empty; and lists that a
 * script asks for by it, which are refused. */
const UNFIT = /^The specified value .*(does not conform to the required format|cannot be parsed)|: 4\d\d$/s;

let linked;
let service;
let visits;
before(async () => {
  linked = await Linked.start({ persons: 1_500 });
  await linked.fill();
  ({ service } = linked);
  visits = await Visits.open(service, UNFIT);
});
after(() => Visits.end(service, visits));

const inner = (page) => page.locator("a[href]:not([download])").evaluateAll((all) =>
  all.map(({ href }) => href.split("#")[0]).filter((href) => href.startsWith(location.origin)
    && !/^\/(api|assets)\//.test(new URL(href).pathname)));

/** Pages that somebody finds by links, a few of each kind. */
async function pages(visitor) {
  const [found, counts, queue] = [[], new Map(), [new URL("/", service.url).href]];
  const known = new Set(queue);
  while (queue.length > 0) {
    const address = queue.shift();
    const kind = new URL(address).pathname.replace(/\b[a-z]{3}_[0-9a-f]{32}\b/g, "{id}")
      .replace(/\/(\d+|\d{4}-\d\d-\d\d|A\d+)(?=\/|$)/g, "/{id}");
    const count = counts.get(kind) ?? 0;
    if (kind.startsWith("/help")) continue;
    if (count >= (kind.includes("{id}") ? ALIKE_MAX : 1)) continue;
    counts.set(kind, count + 1);
    const answer = await visitor.page.goto(address).catch((error) => {
      if (/Download is starting/.test(error.message)) return null;
      throw error;
    });
    if (answer === null) continue;
    found.push(visitor.page.url());
    for (const link of await inner(visitor.page)) {
      if (!known.has(link)) queue.push(link);
      known.add(link);
    }
  }
  return found;
}

for (const name of READERS) {
  test(`hostile text of ${name} is shown as text wherever it is shown`, async () => {
    const visitor = await visits.as(name);
    const { page } = visitor;
    page.on("dialog", (dialog) => {
      visitor.complaints.push(`a dialog on ${page.url()}`);
      dialog.dismiss();
    });
    let sent = 0;
    for (const address of await pages(visitor)) {
      await page.goto(address);
      for (const index of await forms(page)) {
        await page.goto(address);
        const status = await send(page, index, TEXT);
        assert.ok(status < 500, `${address}: ${status}`);
        await unharmed(visitor, `form ${index} of ${address}`);
        sent += 1;
      }
      const url = new URL(address);
      for (const key of ["done", "next", "below", "state", "project", "text"]) url.searchParams.set(key, TEXT);
      const answer = await page.goto(url.href);
      assert.ok(answer.status() < 500, `${url}: ${answer.status()}`);
      await unharmed(visitor, `the query of ${address}`);
    }
    // What was kept of it is shown as text as well.
    for (const address of await pages(visitor)) {
      await page.goto(address);
      await unharmed(visitor, address);
    }
    assert.ok(sent > 0 || ["the.approver", "the.evaluator"].includes(name), `${name} has forms`);
    await visitor.close();
  });
}

/** A server of somebody else on the same host, over TLS: cookies for the host would go to it, so nothing but the service's own checks helps. */
async function stranger(html) {
  const folder = dirname(service.certificate);
  const identity = { cert: readFileSync(service.certificate), key: readFileSync(join(folder, "key.pem")) };
  const server = createServer(identity, (_, response) => response.setHeader("content-type", "text/html").end(html));
  await new Promise((resolve) => { server.listen(0, "127.0.0.1", resolve); });
  const host = `127.0.0.1:${server.address().port}`;
  visits.recorder.allowed.add(host);
  const close = () => {
    server.closeAllConnections();
    server.close();
  };
  return { url: `https://${host}/`, close };
}

test("no page lets itself be framed", async () => {
  const visitor = await visits.as("the.operator");
  const other = await stranger(`<iframe src="${service.url}/account"></iframe><iframe src="${service.url}/sign-in"></iframe>`);
  await visitor.page.goto(other.url);
  await visitor.page.waitForLoadState("load");
  const frames = visitor.page.frames().slice(1);
  assert.equal(frames.length, 2);
  for (const frame of frames) assert.match(frame.url(), /^chrome-error:/);
  assert.ok(visitor.forgive().every((text) => /frame/i.test(text)));
  await visitor.close();
  other.close();
});

test("forms of another origin are refused, though they carry the cookie and even the right secret", async () => {
  const visitor = await visits.as("administrator");
  const { page } = visitor;
  await visitor.open("/account");
  const csrf = await page.locator("input[name=csrf]").first().inputValue();
  const before = await service.people.administrator.get("/api/v1/agencies");
  const fields = `<input name="csrf" value="${csrf}"><input name="name" value="intruder"><input name="kind" value="police">`;
  const other = await stranger(`<form method="post" action="${service.url}/admin/agencies">${fields}<button>go</button></form>`);
  await page.goto(other.url);
  const [answer] = await Promise.all([page.waitForNavigation(), page.getByRole("button").click()]);
  assert.equal(answer.status(), 403);
  assert.match(await page.innerText("body"), /origin-foreign/);
  await page.goto(other.url);
  const blind = `${service.url}/api/v1/agencies`;
  await page.evaluate((url) => fetch(url, { method: "POST", mode: "no-cors", credentials: "include",
    headers: { "content-type": "text/plain" }, body: '{"name":"intruder","source_type":"police"}' }), blind).catch(() => {});
  assert.deepEqual(await service.people.administrator.get("/api/v1/agencies"), before);
  visitor.forgive();
  await visitor.close();
  other.close();
});

test("nobody is signed in by a form of another origin", async () => {
  const visitor = await visits.nobody();
  const { page } = visitor;
  const person = service.people["the.preparer"];
  const fields = { name: person.name, password: PASSWORD, code: person.code() };
  const inputs = Object.entries(fields).map(([name, value]) => `<input name="${name}" value="${value}">`).join("");
  const other = await stranger(`<form method="post" action="${service.url}/sign-in">${inputs}<button>go</button></form>`);
  await page.goto(other.url);
  const [answer] = await Promise.all([page.waitForNavigation(), page.getByRole("button").click()]);
  assert.equal(answer.status(), 403);
  assert.deepEqual(await visitor.context.cookies(), []);
  await visitor.close();
  other.close();
});

test("whoever signs in stays here, wherever the link wanted to go", async () => {
  const visitor = await visits.nobody();
  const { page } = visitor;
  const elsewhere = ["//example.org/", "https://example.org/", "/\\example.org", "\\\\example.org", "/\t/example.org",
    "javascript:hostile=1", "/a\r\nSet-Cookie: hostile=1", " //example.org", "/%2f%2fexample.org/..//", "data:text/html,x"];
  for (const place of elsewhere) {
    await visitor.open(`/sign-in?next=${encodeURIComponent(place)}`);
    const next = await page.locator("input[name=next]").inputValue();
    assert.equal(new URL(next, service.url).origin, service.url, place);
    await unharmed(visitor, place);
  }
  await visitor.open("/sign-in");
  await page.locator("input[name=next]").evaluate((field) => { field.value = "//example.org/"; });
  const person = service.people["the.approver"];
  await visitor.fill({ "Log-in name": person.name, Password: PASSWORD, Code: person.code() });
  await visitor.press("Sign in");
  assert.equal(new URL(page.url()).origin, service.url);
  await visitor.close();
});

test("neither heads nor files come of an address", async () => {
  for (const path of ["/assets/..%2f..%2f..%2f..%2fetc%2fpasswd", "/assets/%2e%2e/%2e%2e/Cargo.toml", "/assets/style.css%00.png",
    "/assets//etc/passwd", "/..%2f..%2funit.keys", "/sign-in?next=/%0d%0aSet-Cookie:%20hostile=1", "/account%0d%0aSet-Cookie:%20hostile=1",
    "/%0d%0aLocation:%20https://example.org/", "/sign-in%00", `/${"a".repeat(8_000)}`]) {
    const answer = await service.ask("GET", path);
    assert.ok(answer.status < 500, `${path}: ${answer.status}`);
    assert.ok(!JSON.stringify(answer.headers).includes("hostile"), path);
    assert.ok(!/root:x:|encoding_key|\[workspace\]/.test(answer.text), path);
    assert.ok(!/^(https?:)?\/\/(?!127)/.test(answer.headers.location ?? ""), path);
  }
});
