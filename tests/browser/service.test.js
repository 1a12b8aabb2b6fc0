// Signing in at the real service, in Chromium.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { PASSWORD } from "../node/person.js";
import { Service } from "../node/service.js";
import { Visits } from "./visits.js";

let service;
let visits;
before(async () => {
  service = await Service.start({ persons: 50 });
  visits = await Visits.open(service);
});
after(() => Visits.end(service, visits));

test("a wrong code is refused beside the form, the name stays, and a right one leads to the page that was asked for", async () => {
  const visitor = await visits.nobody();
  const { page } = visitor;
  await visitor.open("/account");
  assert.equal(new URL(page.url()).pathname, "/sign-in");
  await visitor.fill({ "Log-in name": "the.operator", Password: PASSWORD, Code: "000000" });
  await visitor.press("Sign in");
  assert.match(await page.getByRole("alert").innerText(), /sign-in-refused/);
  assert.equal(await page.getByLabel("Log-in name").inputValue(), "the.operator");
  assert.equal(await page.getByLabel("Password").inputValue(), "");
  await visitor.fill({ Password: PASSWORD, Code: service.people["the.operator"].code() });
  await visitor.press("Sign in");
  assert.equal(await visitor.heading(), "Your account");
  await visitor.press("Sign out");
  assert.match(await page.getByRole("status").innerText(), /signed out/);
  // Back shows nothing of the page that was left, nor does an old address.
  await page.goBack();
  assert.equal(await visitor.heading(), "Sign in");
  await visitor.close();
});

test("what a window sends is recorded in clear, and lines are cut when wanted", async () => {
  const visitor = await visits.as("the.operator");
  visits.recorder.isKeeping = true;
  await visitor.open("/account");
  visits.recorder.isKeeping = false;
  assert.match(visits.recorder.taken().toString("latin1"), /^GET \/account HTTP\/1.1\r\n/m);
  visits.recorder.cutAfter = 1;
  // Chromium asks again of itself for what changes nothing.
  assert.equal(await visitor.open("/account"), 200);
  assert.equal(visits.recorder.cuts, 1);
  await visitor.close();
});
