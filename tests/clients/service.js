// A service with an agency, a project and an account of each role, for clients that others wrote.

import { spawn, execFileSync } from "node:child_process";
import { createHmac } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import https from "node:https";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = join(dirname(fileURLToPath(import.meta.url)), "../..");
const programs = process.env.TALLYSTICK_PROGRAMS ?? join(root, "target/debug");
const PASSWORD = "marble orchard tin whistle";

/** The code that an authenticator shows (RFC 6238), `steps` time steps from now. */
function code(uri, steps) {
  const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
  const digits = new URL(uri).searchParams.get("secret");
  let bits = "";
  for (const digit of digits) bits += alphabet.indexOf(digit).toString(2).padStart(5, "0");
  const secret = Buffer.from(bits.match(/.{8}/g).map((byte) => Number.parseInt(byte, 2)));
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(Math.floor(Date.now() / 30_000) + steps));
  const mac = createHmac("sha1", secret).update(counter).digest();
  const offset = mac[19] & 15;
  return String((mac.readUInt32BE(offset) & 0x7fffffff) % 1_000_000).padStart(6, "0");
}

export class Service {
  /** Makes keys, an encoded export of synthetic people, and starts the program. */
  static async start() {
    const service = new Service();
    service.directory = mkdtempSync(join(tmpdir(), "tallystick-clients-"));
    const at = (name) => join(service.directory, name);
    const run = (program, ...options) =>
      execFileSync(join(programs, program), options, { encoding: "utf8" });
    const recipient = run("tallystick", "keys", "new", at("unit.keys")).match(/age1\w+/)[0];
    const made = run("tallystick-agency", "keys", "new", at("police.keys"), "--recipient", recipient);
    service.number = made.match(/^project\s+(\w{32})$/m)[1];
    run("tallystick-synth", "--persons", "2000", "--sources", "police", "--out", at("exports"));
    service.submission = at("police.tally");
    run("tallystick-agency", "encode", at("exports/police.csv"), "--mapping",
      at("exports/police.mapping.toml"), "--key", at("police.keys"), "--output", service.submission);
    await service.serve();
    await service.enrolAll();
    return service;
  }

  async serve() {
    const at = (name) => join(this.directory, name);
    writeFileSync(at("settings.toml"),
      "[service]\ncertificate_self_signed = true\nsign_ins_per_minute = 10000\n");
    this.process = spawn(join(programs, "tallystick"), ["serve", "--data", at("data"), "--keys",
      at("unit.keys"), "--config", at("settings.toml"), "--listen", "127.0.0.1:0"],
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
    this.link = said.match(/enrol#(\w{64})/)[1];
    this.certificate = at("data/tls/certificate.pem");
    this.agent = new https.Agent({ ca: readFileSync(this.certificate) });
  }

  /** Sends a request; gives status, headers and text. */
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
      request.end(body);
    });
  }

  async json(method, path, body, headers = {}) {
    const answer = await this.ask(method, path, {
      headers: { "content-type": "application/json", ...headers }, body: JSON.stringify(body) });
    if (answer.status >= 300) throw new Error(`${method} ${path}: ${answer.status} ${answer.text}`);
    return { ...answer, body: answer.text ? JSON.parse(answer.text) : null };
  }

  /** Enrols by a link; gives the headers of a session. */
  async enrol(name, link) {
    const { body: { uri } } = await this.json("POST", "/api/v1/enrolment", { link, password: PASSWORD });
    // The step before now and the step of now are two codes: each is good once.
    await this.json("POST", "/api/v1/enrolment/confirm", { link, code: code(uri, -1) });
    const opened = await this.json("POST", "/api/v1/sessions", { name, password: PASSWORD, code: code(uri, 0) });
    const cookie = opened.headers["set-cookie"][0].split(";")[0];
    return { cookie, "x-csrf-token": opened.body.csrf };
  }

  async enrolAll() {
    const administrator = await this.enrol("administrator", this.link);
    const record = (path, body) => this.json("POST", path, body, administrator).then(({ body }) => body);
    const { id: agency } = await record("/api/v1/agencies", { name: "police", source_type: "police" });
    const { id: project } = await record("/api/v1/projects", { name: "study", number: this.number });
    this.tokens = {};
    for (const role of ["uploader", "operator", "compliance"]) {
      const wanted = { name: `the.${role}`, roles: [role], ...(role === "uploader" && { agency }) };
      const { link } = await record("/api/v1/accounts", wanted);
      const session = await this.enrol(wanted.name, link.split("#")[1]);
      const made = await this.json("POST", "/api/v1/tokens", { role, days: 1 }, session);
      this.tokens[role] = made.body.secret;
    }
    const officer = { authorization: `Bearer ${this.tokens.compliance}` };
    const days = { document_sha256: "5a".repeat(32), valid_from: "2018-01-01", valid_until: "2199-12-31" };
    const agreements = [
      { kind: "mou", terms: { partners: [agency] } },
      { kind: "dsa", terms: { agency, projects: [project], purposes: ["evaluation"], content: ["*"],
        retention_until: "2199-12-31" } },
    ];
    for (const one of agreements) await this.json("POST", "/api/v1/agreements", { ...days, ...one }, officer);
  }

  /** Asks until an upload has an outcome, at most ten thousand times. */
  async outcome(place) {
    for (let asked = 0; asked < 10_000; asked += 1) {
      const answer = await this.ask("GET", new URL(place, this.url).pathname,
        { headers: { authorization: `Bearer ${this.tokens.uploader}` } });
      const upload = JSON.parse(answer.text);
      if (upload.state !== "complete") return upload;
    }
    throw new Error("the upload has no outcome");
  }

  async stop() {
    const ended = new Promise((resolve) => { this.process.once("exit", resolve); });
    this.process.kill("SIGTERM");
    const status = await ended;
    rmSync(this.directory, { recursive: true });
    return status;
  }
}
