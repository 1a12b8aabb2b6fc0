// A project with keys, exports and mappings, and what the program makes of them.

import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

import { generateX25519Identity, identityToRecipient } from "age-encryption";

export const root = fileURLToPath(new URL("../../", import.meta.url));
const programs = process.env.TALLYSTICK_PROGRAMS ?? join(root, "target", "debug");
const vectors = join(root, "tests", "vectors", "encoding_v2");

/** The program bounds births by the year of today, so the page is told the same. */
export const year = new Date().getFullYear();

export class Project {
  static async make() {
    const identity = await generateX25519Identity();
    return new Project(identity, await identityToRecipient(identity));
  }

  constructor(identity, recipient) {
    this.dir = mkdtempSync(join(tmpdir(), "tallystick-browser-"));
    this.identity = identity;
    this.keys = join(this.dir, "agency.keys");
    this.run("tallystick-agency", "keys", "new", this.keys, "--recipient", recipient);
  }

  run(program, ...given) {
    return execFileSync(join(programs, program), given, { encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });
  }

  path(name) {
    return join(this.dir, name);
  }

  /** Exports of made-up people; of each its file and its mapping, with and without content. */
  synthetic(persons, sources = "police,court") {
    const out = this.path("synthetic");
    this.run("tallystick-synth", "--persons", String(persons), "--sources", sources, "--out", out);
    return sources.split(",").map((source) => {
      const whole = readFileSync(join(out, `${source}.mapping.toml`), "utf8");
      const plain = whole.replace(/^\[content\][^]*$/m, "");
      return { source, export: join(out, `${source}.csv`), whole, plain };
    });
  }

  /** What the program makes of an export: its submission's bytes. */
  native(name, exported, mapping, profile, keys = this.keys, ...more) {
    const [written, output] = [this.path(`${name}.toml`), this.path(`${name}.tally`)];
    writeFileSync(written, mapping);
    const given = ["--mapping", written, "--key", keys, "--profile", profile, "--output", output];
    this.run("tallystick-agency", "encode", exported, ...given, ...more);
    return readFileSync(output);
  }

  /** The vectors as exports under their keys. */
  vectors() {
    const files = readdirSync(vectors).filter((name) => name.endsWith(".json"));
    return files.sort().map((file) => {
      const of = JSON.parse(readFileSync(join(vectors, file), "utf8"));
      const columns = [...new Set(of.mapping.match(/"[A-Z]+"/g).map((quoted) => quoted.slice(1, -1)))];
      const rows = of.cases.map(({ row }) => columns.map((column) => row[column] ?? ""));
      const quote = (cell) => `"${cell.replaceAll('"', '""')}"`;
      const csv = [columns, ...rows].map((row) => `${row.map(quote).join(",")}\n`).join("");
      const name = file.replace(".json", "");
      const [exported, keys] = [this.path(`${name}.csv`), this.path(`${name}.keys`)];
      writeFileSync(exported, csv);
      const entries = ["project", "encoding_key", "local_key"].map((key) => `${key} = "${of[key]}"\n`);
      writeFileSync(keys, `[agency]\nepoch = ${of.epoch}\n${entries.join("")}`, { mode: 0o600 });
      return { name, export: exported, keys, mapping: of.mapping, cases: of.cases };
    });
  }

  remove() {
    rmSync(this.dir, { recursive: true });
  }
}
