// The way through the upload page, as a person goes it; and what must never be among the bytes that leave.

import { readFileSync } from "node:fs";

/** The page of the upload in a visitor's window. */
export class Uploading {
  static async open(visitor) {
    const uploading = new Uploading();
    uploading.visitor = visitor;
    uploading.page = visitor.page;
    await visitor.open("/agency/upload");
    await uploading.step("Choose the export");
    return uploading;
  }

  /** Waits until a step is shown, by its heading. */
  step(name) {
    return this.page.getByRole("heading", { level: 2, name, exact: true }).waitFor();
  }

  press(name) {
    return this.page.locator("[data-upload]").getByRole("button", { name, exact: typeof name === "string" }).first().click();
  }

  says(text) {
    return this.page.getByText(text).first().waitFor();
  }

  /** The refusal beside a field. */
  async refusal() {
    const alert = this.page.locator("[data-upload] [role=alert]:visible");
    await alert.waitFor();
    return alert.innerText();
  }

  async choose(...files) {
    await this.page.getByLabel("Drop the export here, or choose it").setInputFiles(files);
    await this.step("Say what each column is");
  }

  /** The drop-down of a column. */
  role(column) {
    return this.page.getByRole("combobox", { name: column, exact: true });
  }

  async toKey() {
    await this.press("Continue to the key");
    await this.step("Choose the key file");
  }

  chooseKey(file) {
    return this.page.getByLabel("Key file of the project").setInputFiles(file);
  }

  async toReport(file) {
    await this.chooseKey(file);
    await this.page.locator(".fingerprint").waitFor();
    await this.press("Continue to the report");
    await this.step("See how well it links");
  }

  async toEncode() {
    await this.press("Continue to encoding");
    await this.step("Encode");
  }

  /** From the export to what is encoded and not sent. */
  async encode(exported, keys) {
    await this.choose(exported);
    await this.toKey();
    await this.toReport(keys);
    await this.toEncode();
    await this.press("Encode");
    await this.says("Encoded.");
  }

  send() {
    return this.press(/^Send .* to the linkage unit$/);
  }

  /** What a button saves. */
  async saved(name) {
    const [download] = await Promise.all([this.page.waitForEvent("download"), this.press(name)]);
    return { name: download.suggestedFilename(), path: await download.path() };
  }

  /** What the browser keeps of this page. */
  kept() {
    return this.page.evaluate(async () => {
      const disk = [];
      for await (const name of (await navigator.storage.getDirectory()).keys()) {
        disk.push(name);
      }
      const databases = await indexedDB.databases();
      const { search, hash } = location;
      return { local: localStorage.length, session: sessionStorage.length, databases: databases.length, disk, search, hash };
    });
  }
}

/** Cells of an export that would tell who somebody is: names, numbers, addresses, dates. */
export function canaries(path, columns, most = 40) {
  const [head, ...lines] = readFileSync(path, "utf8").split("\n").filter((line) => line !== "");
  const cells = (line) => [...line.matchAll(/(?:^|,)("(?:[^"]|"")*"|[^,]*)/g)].map(([, cell]) => cell.replaceAll('"', ""));
  const at = columns.map((column) => cells(head).indexOf(column));
  const words = lines.flatMap((line) => at.flatMap((index) => (cells(line)[index] ?? "").split(", ")));
  const telling = new Set(words.filter((word) => word.length >= 7));
  return [...telling].slice(0, most * columns.length);
}

/** A text as it could be hidden in bytes: as it is, in the other case, in UTF-16, in hexadecimal and in base64. */
function shapes(text) {
  const plain = [text, text.toLowerCase(), text.toUpperCase()].map((one) => Buffer.from(one, "utf8"));
  const wide = Buffer.from(text, "utf16le");
  const swapped = Buffer.from(wide).swap16();
  const all = [...plain, wide, swapped];
  const hex = all.flatMap((bytes) => [bytes.toString("hex"), bytes.toString("hex").toUpperCase()]);
  // At each of three places in a group; the letters at the ends depend on what stands beside.
  const base64 = all.flatMap((bytes) =>
    [0, 1, 2].map((before) => {
      const coded = Buffer.concat([Buffer.alloc(before), bytes]).toString("base64").replace(/=+$/, "");
      return coded.slice(before === 0 ? 0 : before + 1, coded.length - 1);
    }),
  );
  const percent = encodeURIComponent(text);
  return [...all, ...[...hex, ...base64, percent].map((coded) => Buffer.from(coded, "latin1"))];
}

/** Which of the texts are among bytes, in whatever shape. */
export function found(bytes, texts) {
  return texts.filter((text) => shapes(text).some((shape) => bytes.includes(shape)));
}
