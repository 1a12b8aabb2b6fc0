// Takes names, texts and attributes, gives elements. Text is only ever set as text: what stands in a file or its
// name can not become markup.

export type Child = Node | string | null | false;

type Attributes = Record<string, string | number | boolean | null | undefined | ((event: Event) => void)>;

function fill(element: Element, attributes: Attributes, children: Child[]): void {
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === "function") {
      element.addEventListener(name, value);
    } else if (value === true) {
      element.setAttribute(name, "");
    } else if (value !== false && value !== null && value !== undefined) {
      element.setAttribute(name, String(value));
    }
  }
  element.append(...children.filter((child): child is Node | string => child !== null && child !== false));
}

/** An element with attributes; functions are listeners, `false` and `null` leave out. */
export function el<Name extends keyof HTMLElementTagNameMap>(
  name: Name,
  attributes: Attributes = {},
  ...children: Child[]
): HTMLElementTagNameMap[Name] {
  const element = document.createElement(name);
  fill(element, attributes, children);
  return element;
}

/** An element of a drawing. */
export function svg(name: string, attributes: Attributes = {}, ...children: Child[]): SVGElement {
  const element = document.createElementNS("http://www.w3.org/2000/svg", name);
  fill(element, attributes, children);
  return element;
}

/** Characters that show nothing or turn the direction of others; a hostile name could hide behind them. */
const UNSEEN = /[\u0000-\u001f\u007f-\u009f\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/g;
/** Longest name that is shown whole. */
const SHOWN_CHARS = 80;

/** Text from a file as it can be shown: what cannot be seen is a dot, what is long is cut. */
export function seen(text: string, chars = SHOWN_CHARS): string {
  const plain = text.replace(UNSEEN, "\u00b7");
  const characters = Array.from(plain);
  return characters.length > chars ? `${characters.slice(0, chars).join("")}\u2026` : plain;
}

/** A name from a file, kept apart from the text around it whatever its direction. */
export function given(text: string, chars = SHOWN_CHARS): HTMLElement {
  return el("bdi", { class: "given" }, seen(text, chars));
}

/** A button that does something. */
export function button(
  text: string,
  press: () => void,
  attributes: Attributes = {},
): HTMLButtonElement {
  return el("button", { type: "button", click: press, ...attributes }, text);
}

let last = 0;

/** An id for labels and descriptions. */
export function id(what: string): string {
  last += 1;
  return `${what}-${last}`;
}

/** Gives the user a file; it is made here and goes nowhere. */
export function save(name: string, parts: BlobPart[], type = "application/octet-stream"): void {
  const address = URL.createObjectURL(new Blob(parts, { type }));
  const link = el("a", { href: address, download: name, hidden: true });
  document.body.append(link);
  link.click();
  link.remove();
  // The browser has taken the address by its next turn; a minute is far more.
  setTimeout(() => URL.revokeObjectURL(address), 60_000);
}
