// What must hold of every page, whoever reads it: axe-core finds nothing, bright and dark; it fits a telephone; its policy is strict.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];
const TELEPHONE = { width: 360, height: 800 };
const DESK = { width: 1440, height: 900 };

/** Violations on the page as it stands. The policy forbids strangers' scripts, so axe comes in by the debugger, which it does not bind. */
async function violations(page, runOnly) {
  const session = await page.context().newCDPSession(page);
  const evaluate = async (expression) => {
    const { result, exceptionDetails } = await session.send("Runtime.evaluate",
      { expression, awaitPromise: true, returnByValue: true });
    assert.equal(exceptionDetails, undefined);
    return result.value;
  };
  await evaluate(`typeof axe === "undefined" ? (() => { ${axe}; })() : undefined`);
  // A frame without scripts would never answer; what is in it is the report, a document of its own.
  const found = await evaluate(`axe.run(document, ${JSON.stringify({ runOnly, resultTypes: ["violations"], iframes: false })})
    .then(({ violations }) => violations.map(({ id, nodes }) => ({ id,
      at: nodes.slice(0, 3).map(({ target, any }) => target.join(" ") + ": " + (any[0]?.message ?? "")) })))`);
  await session.detach();
  return found;
}

/** What axe finds on a page in bright and in dark; nothing but colours differs between the two. */
async function found(page) {
  await page.emulateMedia({ colorScheme: "light" });
  const bright = await violations(page, { type: "tag", values: TAGS });
  await page.emulateMedia({ colorScheme: "dark" });
  const dark = await violations(page, { type: "rule", values: ["color-contrast", "link-in-text-block"] });
  await page.emulateMedia({ colorScheme: "light" });
  return [...bright, ...dark.map((one) => ({ ...one, dark: true }))];
}

/** Axe finds nothing. */
export async function accessible(page) {
  assert.deepEqual(await found(page), [], new URL(page.url()).pathname);
}

/** A page does not scroll sideways on a telephone; wide tables do so in their own frame. Gives the width, and what is too wide. */
async function wide(page) {
  await page.setViewportSize(TELEPHONE);
  const width = await page.evaluate(() => document.documentElement.scrollWidth);
  const culprits = width <= TELEPHONE.width ? [] : await page.evaluate((most) => [...document.querySelectorAll("main *")]
    .filter((one) => one.getBoundingClientRect().right > most && !one.closest(".scroll, pre, svg"))
    .slice(0, 3).map((one) => `${one.tagName} ${one.className}`), TELEPHONE.width);
  await page.setViewportSize(DESK);
  return width <= TELEPHONE.width ? [] : [`${width} px wide on a telephone: ${culprits.join("; ")}`];
}

/** Axe finds nothing, and the page as it stands fits a telephone. */
export async function sound(page) {
  await accessible(page);
  assert.deepEqual(await wide(page), [], new URL(page.url()).pathname);
}

/** What is wrong with the policy of a page's answer: nothing inline, nothing of others, and WebAssembly on one page only. */
function loose(answer) {
  const policy = answer.headers()["content-security-policy"] ?? "";
  const parts = ["default-src 'none'", "frame-ancestors 'none'", "base-uri 'none'", "form-action 'self'"];
  const isStrict = parts.every((part) => policy.includes(part)) && !/unsafe-inline|'unsafe-eval'|https?:|\*/.test(policy);
  const runs = policy.includes("'wasm-unsafe-eval'") === (new URL(answer.url()).pathname === "/agency/upload");
  return isStrict && runs ? [] : [`the policy is ${policy}`];
}

/** Everything that is wrong with a page. */
export async function faults(page, answer) {
  const status = answer.status() === 200 ? [] : [`${answer.status()} from a link`];
  return [...status, ...loose(answer), ...await wide(page), ...(await found(page)).map((one) => JSON.stringify(one))];
}
