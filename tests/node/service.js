// The real service with agencies, a project, an account of each role, and what agencies have at home.

import { execFile, execFileSync, spawn } from "node:child_process";
import { createReadStream, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import https from "node:https";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

import { Person } from "./person.js";

const root = fileURLToPath(new URL("../..", import.meta.url));
const programs = process.env.TALLYSTICK_PROGRAMS ?? join(root, "target/debug");
/** Everybody of the unit. */
const STAFF = ["operator", "preparer", "approver", "evaluator", "compliance"];
/** The terms of an agreement, but for its kind. */
const VALID = { document_sha256: "5a".repeat(32), valid_from: "2018-01-01", valid_until: "2199-12-31" };
/** Most questions whether something is done. */
const ASKED_MAX = 100_000;

export class Service {
  /** A service on its first day: nobody has enrolled. */
  static async empty() {
    const service = Service.#place(["police"]);
    service.makeKeys();
    await service.serve("");
    return service;
  }

  static #place(sources) {
    const service = new Service();
    service.directory = mkdtempSync(join(tmpdir(), "tallystick-service-"));
    service.sources = sources;
    return service;
  }

  /** Makes keys, exports of synthetic people and their submissions, starts the program and enrols everybody. */
  static async start({ persons = 2_000, sources = ["police"], errors = "dirty", settings = () => "" } = {}) {
    const service = Service.#place(sources);
    service.makeExports(persons, errors);
    service.makeKeys();
    await Promise.all(sources.map((source) => service.encode(source)));
    await service.serve(settings(service));
    await service.enrolAll();
    return service;
  }

  at(name) {
    return join(this.directory, name);
  }

  run(program, ...options) {
    return execFileSync(join(programs, program), options, { encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });
  }

  makeExports(persons, errors) {
    this.run("tallystick-synth", "--persons", String(persons), "--errors", errors, "--sources", this.sources.join(),
      "--out", this.at("exports"));
  }

  /** The first agency makes the keys of the project and invites the others. */
  makeKeys() {
    const [first, ...others] = this.sources.map((source) => this.at(`${source}.keys`));
    const recipient = this.run("tallystick", "keys", "new", this.at("unit.keys")).match(/age1\w+/)[0];
    const made = this.run("tallystick-agency", "keys", "new", first, "--recipient", recipient);
    this.number = made.match(/^project\s+(\w{32})$/m)[1];
    for (const keys of others) {
      const joined = this.run("tallystick-agency", "keys", "new", keys, "--join").match(/age1\w+/)[0];
      this.run("tallystick-agency", "keys", "invite", first, "--for", joined, "--output", `${keys}.invitation`);
      this.run("tallystick-agency", "keys", "accept", keys, `${keys}.invitation`);
    }
  }

  export(source) {
    return this.at(`exports/${source}.csv`);
  }

  mapping(source) {
    return this.at(`exports/${source}.mapping.toml`);
  }

  submission(source) {
    return this.at(`${source}.tally`);
  }

  encode(source) {
    return promisify(execFile)(join(programs, "tallystick-agency"), ["encode", this.export(source), "--mapping",
      this.mapping(source), "--key", this.at(`${source}.keys`), "--output", this.submission(source),
      "--handles", this.at(`${source}.handles`)]);
  }

  async serve(settings) {
    writeFileSync(this.at("settings.toml"),
      `[service]\ncertificate_self_signed = true\nsign_ins_per_minute = 10000\n${settings}`);
    this.process = spawn(join(programs, "tallystick"), ["serve", "--data", this.at("data"), "--keys",
      this.at("unit.keys"), "--config", this.at("settings.toml"), "--listen", "127.0.0.1:0"],
    { stdio: ["ignore", "pipe", "pipe"] });
    this.log = "";
    this.process.stderr.on("data", (text) => { this.log += text; });
    let said = "";
    await new Promise((resolve, reject) => {
      this.process.once("exit", () => reject(new Error(`the service did not start: ${this.log}`)));
      this.process.stdout.on("data", (text) => {
        said += text;
        if (/^log key .*\n[^]*enrol#\w{64}\n/m.test(said)) resolve();
      });
    });
    this.url = said.match(/^serving\s+(\S+)$/m)[1];
    this.key = said.match(/^log key\s+(\w+)/m)[1];
    this.link = said.match(/enrol#(\w{64})/)[1];
    this.certificate = this.at("data/tls/certificate.pem");
    this.agent = new https.Agent({ ca: readFileSync(this.certificate) });
  }

  /** Sends a request; gives status, headers and text. `body` is text, bytes or a stream. */
  ask(method, path, { headers = {}, body } = {}) {
    return new Promise((resolve, reject) => {
      const request = https.request(this.url + path, { method, headers, agent: this.agent }, (answer) => {
        const chunks = [];
        answer.on("data", (chunk) => chunks.push(chunk));
        answer.on("end", () => {
          const text = Buffer.concat(chunks).toString();
          resolve({ status: answer.statusCode, headers: answer.headers, text });
        });
      });
      request.on("error", reject);
      if (typeof body?.pipe === "function") body.pipe(request);
      else request.end(body);
    });
  }

  async json(method, path, body, headers = {}) {
    const answer = await this.ask(method, path, {
      headers: { "content-type": "application/json", ...headers }, body: JSON.stringify(body) });
    if (answer.status >= 300) throw new Error(`${method} ${path}: ${answer.status} ${answer.text}`);
    return { ...answer, body: answer.text ? JSON.parse(answer.text) : null };
  }

  async post(path, body) {
    return (await this.json("POST", path, body)).body;
  }

  /** An account of these roles that is enrolled. */
  async enrol(name, roles, more = {}) {
    const made = await this.people.administrator.post("/api/v1/accounts", { name, roles, ...more });
    this.people[name] = await Person.enrol(this, name, made.link.split("#")[1], made.account);
    return this.people[name];
  }

  async enrolAll() {
    this.people = {};
    this.people.administrator = await Person.enrol(this, "administrator", this.link);
    const { administrator } = this.people;
    this.agencies = {};
    const wanted = { name: "study", number: this.number };
    this.project = (await administrator.post("/api/v1/projects", wanted)).id;
    for (const source of this.sources) {
      const { id } = await administrator.post("/api/v1/agencies", { name: source, source_type: source });
      this.agencies[source] = id;
      await this.enrol(`the.${source}`, ["uploader"], { agency: id });
    }
    for (const role of STAFF) {
      await this.enrol(`the.${role}`, [role], role === "evaluator" ? { projects: [this.project] } : {});
    }
    await this.agree("mou", { partners: Object.values(this.agencies) });
    for (const source of this.sources) {
      await this.agree("dsa", this.dsa(source));
    }
  }

  dsa(source) {
    return { agency: this.agencies[source], projects: [this.project], purposes: ["evaluation"], content: ["*"],
      retention_until: VALID.valid_until, ...(source === "provider" && { basis: "research" }) };
  }

  /** Records an agreement as the compliance officer does. */
  agree(kind, terms, more = {}) {
    return this.people["the.compliance"].post("/api/v1/agreements", { kind, ...VALID, ...more, terms });
  }

  /** Uploads a source's submission as its agency's program does; gives the receipt. */
  async upload(source) {
    const token = await this.people[`the.${source}`].token("uploader");
    const path = this.submission(source);
    const headers = { authorization: `Bearer ${token}`, "content-length": statSync(path).size };
    const answer = await this.ask("PUT", "/api/v1/submissions", { headers, body: createReadStream(path) });
    if (answer.status !== 201) throw new Error(`the ${source} submission: ${answer.status} ${answer.text}`);
    return JSON.parse(answer.text);
  }

  /** Asks, as somebody, until what is shown is good; as often as is named. */
  async until(person, path, isGood) {
    for (let asked = 0; asked < ASKED_MAX; asked += 1) {
      const shown = await person.get(path);
      if (isGood(shown)) return shown;
    }
    throw new Error(`${path} does not come to its end`);
  }

  /** Asks until an upload has an outcome. */
  outcome(place, source = "police") {
    return this.until(this.people[`the.${source}`], new URL(place, this.url).pathname,
      ({ state }) => state !== "complete");
  }

  async stop() {
    const ended = new Promise((resolve) => { this.process.once("exit", resolve); });
    this.process.kill("SIGTERM");
    const status = await ended;
    rmSync(this.directory, { recursive: true });
    return status;
  }
}
