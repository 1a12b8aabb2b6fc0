// What an attacker types, and what shows that it had an effect.

import assert from "node:assert/strict";

/** One text with everything: an address that runs, markup for every place where text can stand, a template's sum, lines of
 * a head, a path. It begins with what must stand first to have an effect. */
export const TEXT = [
  "javascript:hostile=1//",
  `"'--></textarea></title></select></script><img src=x onerror="hostile=1" data-hostile>`,
  "<svg onload=hostile=1 data-hostile><script data-hostile>hostile=1</script>",
  "{{913*917}}${913*917}<%= 913*917 %>\r\nSet-Cookie: hostile=1\r\n\r\n<b data-hostile>",
  "/../../../../../../etc/passwd\u0000",
].join("");

/** What a template makes of the sum in the texts. */
const PRODUCT = 913 * 917;

/** Looks at a page that may show such a text. */
export async function unharmed(visitor, where) {
  const { page, context } = visitor;
  const found = await page.evaluate(() => ({
    ran: typeof window.hostile !== "undefined",
    elements: document.querySelectorAll("[data-hostile]").length,
    links: document.querySelectorAll("[href^='javascript:' i], [src^='javascript:' i], [action^='javascript:' i]").length,
    text: document.documentElement.innerText,
  }));
  assert.equal(found.ran, false, `${where}: a script ran`);
  assert.equal(found.elements, 0, `${where}: an element came in`);
  assert.equal(found.links, 0, `${where}: a link runs a script`);
  assert.ok(!found.text.includes(String(PRODUCT)), `${where}: a template was evaluated`);
  assert.ok(!found.text.includes("root:x:"), `${where}: a file of the machine is shown`);
  const cookies = await context.cookies();
  assert.deepEqual(cookies.filter(({ name }) => name.includes("hostile")), [], `${where}: a cookie was set`);
}

/** Numbers of the forms of the page in which text can be typed. */
export const forms = (page) => page.locator("form").evaluateAll((all) => all.flatMap((form, index) => {
  const typed = [...form.elements].some(({ type, name }) =>
    name && !["hidden", "checkbox", "radio", "submit", "button", "file"].includes(type));
  return typed ? [index] : [];
}));

/** Sends a form with a text in everything that can hold one; what checks it in the page is put out of the way. */
export async function send(page, index, text) {
  await page.locator("form").nth(index).evaluate((form, text) => {
    form.noValidate = true;
    for (const field of form.elements) {
      if (field.name === "csrf" || ["checkbox", "radio", "file", "submit", "button"].includes(field.type)) continue;
      if (field.tagName === "SELECT") {
        field.append(new Option(text, text));
      } else if (field.tagName === "INPUT") {
        field.type = "text";
        field.removeAttribute("maxlength");
      }
      field.value = text;
    }
  }, text);
  const [answer] = await Promise.all([
    page.waitForNavigation(),
    page.locator("form").nth(index).evaluate((form) => form.requestSubmit()),
  ]);
  return answer?.status() ?? 200;
}
