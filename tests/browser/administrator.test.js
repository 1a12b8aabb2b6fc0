// The first day: from the link that the service prints to somebody who signs in with an account that the administrator made.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, before, test } from "node:test";

import { PASSWORD, code } from "../node/person.js";
import { Service } from "../node/service.js";
import { accessible } from "./sound.js";
import { Visits } from "./visits.js";

let service;
let visits;
before(async () => {
  service = await Service.empty();
  visits = await Visits.open(service);
});
after(() => Visits.end(service, visits));

/** The address for an authenticator, as it stands behind the picture, and the secret as it stands beside it. */
async function secret(page) {
  const uri = await page.getByRole("link", { name: "Open the app on this device" }).getAttribute("href");
  const groups = await page.locator(".groups code").allInnerTexts();
  assert.equal(new URL(uri).searchParams.get("secret"), groups.join(""));
  return uri;
}

/** Goes the three steps of an enrolment; gives the authenticator's address and the recovery codes. */
async function enrol(visitor, link) {
  const { page } = visitor;
  await page.goto(link);
  // The secret of the link is not in the address that a history keeps.
  assert.equal(new URL(page.url()).hash, "");
  await visitor.fill({ "New password": PASSWORD, "The same again": "another orchard tin whistle" });
  await visitor.press("Go on to the second factor");
  assert.equal(await page.getByLabel("The same again").getAttribute("aria-invalid"), "true");
  await accessible(page);
  await visitor.fill({ "New password": PASSWORD, "The same again": PASSWORD });
  await visitor.press("Go on to the second factor");
  assert.ok(await page.getByRole("img", { name: /^QR code/ }).isVisible());
  await accessible(page);
  const uri = await secret(page);
  await visitor.fill({ "Code that the app shows": "000000" });
  await visitor.press("Finish");
  assert.equal(await page.getByLabel("Code that the app shows").getAttribute("aria-invalid"), "true");
  // The step before now and the step of now are two codes: each is good once.
  await visitor.fill({ "Code that the app shows": code(await secretOr(page, uri), -1) });
  await visitor.press("Finish");
  assert.equal(await visitor.heading(), "Your account is ready");
  await accessible(page);
  const codes = await page.locator("#codes code").allInnerTexts();
  assert.equal(codes.length, 10);
  const [saved] = await Promise.all([page.waitForEvent("download"), page.getByRole("button", { name: "Save as a text file" }).click()]);
  const text = readFileSync(await saved.path(), "utf8");
  assert.ok(codes.every((one) => text.includes(one)));
  return { uri, codes };
}

/** The page after a wrong code shows the secret again or leaves it out; either way the first one is good. */
const secretOr = async (page, uri) =>
  (await page.getByRole("link", { name: "Open the app on this device" }).count()) ? secret(page) : uri;

async function signIn(visitor, name, given) {
  await visitor.fill({ "Log-in name": name, Password: PASSWORD, Code: given });
  await visitor.press("Sign in");
}

test("an empty service is set up by its first administrator, who brings in the second person", async () => {
  const visitor = await visits.nobody();
  const { page } = visitor;
  const { uri } = await enrol(visitor, `${service.url}/enrol#${service.link}`);
  await visitor.press("I have kept them: sign in", "link");
  await signIn(visitor, "administrator", code(uri));
  assert.equal(await visitor.heading(), "Administration");
  await visitor.press("Agencies", "link");
  await visitor.fill({ Name: "police" });
  await visitor.press("Enter agency");
  assert.match(await page.getByRole("status").first().innerText(), /agency was entered/);
  // Once more is refused beside the form, and a reload of the page after a form sends nothing.
  await page.reload();
  assert.equal(await page.getByRole("row", { name: /police/ }).count(), 1);
  await visitor.fill({ Name: "police" });
  await visitor.press("Enter agency");
  assert.ok(await page.getByRole("alert").isVisible());
  assert.equal(await page.getByLabel("Name", { exact: true }).inputValue(), "police");

  await visitor.open("/admin/accounts/new");
  await visitor.fill({ "Log-in name": "Not A Name" });
  await page.getByRole("checkbox", { name: /operator/i }).first().check();
  await visitor.press("Make account and link");
  assert.equal(await page.getByLabel("Log-in name").getAttribute("aria-invalid"), "true");
  assert.ok(await page.getByRole("checkbox", { name: /operator/i }).first().isChecked());
  await visitor.fill({ "Log-in name": "second.person" });
  await visitor.press("Make account and link");
  assert.equal(await visitor.heading(), "The account was made");
  await accessible(page);
  // Links name the configured address; here the port is whichever was free.
  const link = `${service.url}/enrol${new URL(await page.locator("pre").innerText()).hash}`;

  const other = await visits.nobody();
  const enrolled = await enrol(other, link);
  // The link is good once: back and again is refused in words.
  await other.page.goto(link);
  await other.fill({ "New password": PASSWORD, "The same again": PASSWORD });
  await other.press("Go on to the second factor");
  assert.match(await other.heading(), /does not work any more/);
  await other.open("/sign-in");
  await signIn(other, "second.person", enrolled.codes[0]);
  assert.ok(!other.page.url().includes("sign-in"));

  // Closed in one window, it is signed out in the other with its next click.
  await visitor.open("/admin/accounts?text=second");
  await visitor.press("second.person", "link");
  await visitor.press("Close account \u2026", "link");
  await accessible(page);
  await visitor.press("Close this account for good");
  await page.goBack();
  await page.goForward();
  await other.open("/account");
  assert.match(other.page.url(), /sign-in/);
  await signIn(other, "second.person", enrolled.codes[1]);
  assert.ok(await other.page.getByRole("alert").isVisible());
  await Promise.all([visitor.close(), other.close()]);
});
