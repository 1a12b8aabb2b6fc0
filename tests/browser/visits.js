// People in front of Chromium: each has a window of their own, signed in by the page, and nobody's window may complain or
// speak with anybody but the service.

import assert from "node:assert/strict";
import { existsSync } from "node:fs";

import { chromium } from "playwright-core";

import { PASSWORD } from "../node/person.js";
import { Recorder } from "./recorder.js";

/** Where the browser may lie, first one first. */
const BROWSERS = [process.env.CHROMIUM, "/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];
export const executablePath = () =>
  BROWSERS.find((path) => path && existsSync(path)) ?? chromium.executablePath();
/** What Chromium itself would ask its makers: hashes of forms' fields among others. Playwright's own list stands in it. */
const WITHOUT = ["AutofillServerCommunication", "AvoidUnnecessaryBeforeUnloadCheckSync", "DestroyProfileOnBrowserClose",
  "HttpsUpgrades", "HttpsFirstBalancedModeAutoEnable", "LensOverlay", "MediaRouter", "PaintHolding", "ThirdPartyStoragePartitioning",
  "AvoidCorsURLLoaderRestartOnRedirect", "OptimizationHints", "NetworkTimeServiceQuerying", "AimEnabled", "PreconnectToSearch"];
/** How long something that must come may take: a whole encoding, where the machine has other work. */
const PATIENCE_MS = 120_000;
/** What Chromium says of a page that was refused, which is an answer like any other. */
const REFUSED = /^Failed to load resource: the server responded with a status of 4\d\d/;

export class Visits {
  /** `forgiven` is what Chromium may say without its being a complaint. */
  static async open(service, forgiven = /^$/) {
    const visits = new Visits();
    visits.service = service;
    visits.forgiven = forgiven;
    visits.recorder = await Recorder.start(service);
    visits.browser = await chromium.launch({ executablePath: executablePath(),
      args: ["--no-sandbox", `--disable-features=${WITHOUT.join()}`] });
    visits.states = new Map();
    visits.all = [];
    return visits;
  }

  /** Ends a file's tests: whatever a window complained of, the service is stopped first. */
  static async end(service, visits) {
    const complaint = await visits?.close().catch((error) => error);
    assert.equal(await service.stop(), 0, "the service ends in order");
    assert.ifError(complaint);
  }

  /** A window of somebody who is not signed in. */
  async nobody(options = {}) {
    const context = await this.browser.newContext({ ignoreHTTPSErrors: true, baseURL: this.service.url,
      viewport: { width: 1440, height: 900 }, reducedMotion: "reduce", proxy: { server: this.recorder.url, bypass: "<-loopback>" }, ...options });
    const visitor = new Visitor(this, context);
    this.all.push(visitor);
    await visitor.begin();
    return visitor;
  }

  /** A window of a person, who signs in by the page the first time. */
  async as(name, options = {}) {
    if (!this.states.has(name)) {
      const first = await this.nobody();
      await first.signIn(this.service.people[name]);
      this.states.set(name, await first.context.storageState());
      await first.close();
    }
    return this.nobody({ storageState: this.states.get(name), ...options });
  }

  /** Closes everything, and fails for whatever a window complained of. */
  async close() {
    const complaints = this.all.flatMap(({ complaints }) => complaints);
    await this.browser.close();
    await this.recorder.stop();
    assert.deepEqual(complaints, [], "no page complains");
    assert.deepEqual(this.recorder.strays, [], "nothing is asked of anybody but the service");
  }
}

class Visitor {
  constructor(visits, context) {
    this.visits = visits;
    this.context = context;
    /** What the console said, scripts that failed, and parts of pages that were refused. */
    this.complaints = [];
    /** Whether the test has looked at them: what Chromium says later is of the same cause. */
    this.isForgiven = false;
    /** Requests as `GET /path`. */
    this.requests = [];
  }

  async begin() {
    const { context } = this;
    const complain = (text) => { if (!this.isForgiven) this.complaints.push(text); };
    context.setDefaultTimeout(PATIENCE_MS);
    context.on("console", (message) => {
      const text = message.text();
      if (["error", "warning"].includes(message.type()) && !REFUSED.test(text) && !this.visits.forgiven.test(text)) {
        complain(`${message.page()?.url()}: ${text}`);
      }
    });
    context.on("weberror", (error) => complain(`${error.page()?.url()}: ${error.error()}`));
    context.on("response", (response) => {
      const request = response.request();
      const said = `${request.url()}: ${response.status()}`;
      if (response.status() >= 500 || (response.status() >= 400 && !request.isNavigationRequest() && !this.visits.forgiven.test(said))) {
        complain(said);
      }
    });
    context.on("request", (request) => {
      const url = new URL(request.url());
      if (url.protocol === "blob:") return;
      this.requests.push(`${request.method()} ${url.pathname}`);
      const ours = new URL(this.visits.service.url).origin;
      if (url.origin !== ours && !this.visits.recorder.allowed.has(url.host)) complain(`a request to ${url.origin}`);
    });
    this.page = await context.newPage();
  }

  /** Opens a page; gives its status. */
  async open(path) {
    const answer = await this.page.goto(path);
    return answer.status();
  }

  /** The heading of the page. */
  heading() {
    return this.page.getByRole("heading", { level: 1 }).innerText();
  }

  /** Presses a button or a link by its name, which is a pattern where it has a number, and waits for the page that it leads to. */
  async press(name, role = "button") {
    const { page } = this;
    await Promise.all([page.waitForNavigation(), page.getByRole(role, { name, exact: true }).first().click()]);
  }

  /** Fills in fields by their labels. */
  async fill(fields) {
    for (const [label, value] of Object.entries(fields)) {
      await this.page.getByLabel(label, { exact: true }).fill(value);
    }
  }

  async signIn(person) {
    await this.open("/sign-in");
    await this.fill({ "Log-in name": person.name, Password: PASSWORD, Code: person.code() });
    await this.press("Sign in");
    assert.ok(!new URL(this.page.url()).pathname.startsWith("/sign-in"), `${person.name} is signed in`);
  }

  /** Forgets what the window complained of and will, before it is closed; gives what it has complained of so far. */
  forgive() {
    this.isForgiven = true;
    return this.complaints.splice(0);
  }

  close() {
    return this.context.close();
  }
}

/** The page is where a form led to, from a page that was no answer to a form: a reload or a way back and forth leads to it
 * again and sends nothing. `count` gives what a second sending would change. */
export async function sentOnce({ page }, count) {
  const [address, before] = [page.url(), await count()];
  await page.reload();
  await page.goBack();
  await page.goForward();
  assert.deepEqual([page.url(), await count()], [address, before]);
}
