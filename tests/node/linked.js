// A service whose data were linked and released: every page of it has something to show.

import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

import { Service } from "./service.js";

export const STUDY = readFileSync(fileURLToPath(new URL("../../demo/study.toml", import.meta.url)), "utf8");
/** Persons of whom enough are in each arm of the study for k = 11. */
export const PERSONS = 3_000;

export class Linked {
  /** Three agencies have uploaded, and may be linked and released. */
  static async start(options = {}) {
    const linked = new Linked();
    linked.service = await Service.start({ persons: PERSONS, sources: ["police", "court", "provider"],
      errors: "clean",
      settings: (at) => `[store]\nbackup_directory = "${at.at("backups")}"\n`, ...options });
    const { service } = linked;
    await service.agree("irb", { project: service.project, protocol: "SYNTHETIC-1", decision: "approved" });
    await service.agree("dul", { project: service.project, recipients: [service.people["the.evaluator"].account],
      purposes: ["evaluation"], minimum_cell: 11, retention_until: "2199-12-31" });
    for (const source of service.sources) await service.upload(source);
    return linked;
  }

  /** A run, waited for. */
  async link() {
    const operator = this.service.people["the.operator"];
    const { run } = await operator.post("/api/v1/runs", { project: this.service.project });
    return this.service.until(operator, `/api/v1/runs/${run}`, ({ state }) => !["queued", "running"].includes(state));
  }

  /** A release that was checked or refused; of `k` persons at least. */
  async prepare(run, k = 11) {
    const study = STUDY.replace(/^k = 11$/m, `k = ${k}`);
    const preparer = this.service.people["the.preparer"];
    const { release } = await preparer.post("/api/v1/releases", { run, study });
    return this.service.until(preparer, `/api/v1/releases/${release}`, ({ state }) => state !== "queued");
  }

  /** The decision about a release, and what came of it. */
  async decide(release, decision) {
    const approver = this.service.people["the.approver"];
    await approver.post(`/api/v1/releases/${release}/decision`, { decision });
    return this.service.until(approver, `/api/v1/releases/${release}`, ({ state }) => state !== "approved");
  }

  /** Something of every kind: runs that ended well and not, releases in every state, what was ended, withdrawn, kept. */
  async fill() {
    const { service } = this;
    const person = (name) => service.people[`the.${name}`];
    const { run } = this.run = await this.link();
    this.refused = await this.prepare(run, 5_000);
    this.checked = await this.prepare(run);
    this.rejected = await this.decide((await this.prepare(run)).release, "reject");
    this.revoked = await this.decide((await this.prepare(run)).release, "approve");
    await person("compliance").delete(`/api/v1/releases/${this.revoked.release}`);
    this.released = await this.decide((await this.prepare(run)).release, "approve");
    await person("evaluator").session().then((headers) =>
      service.ask("GET", `/api/v1/releases/${this.released.release}/bundle?terms=accepted`, { headers }));
    await person("operator").post("/api/v1/backups");
    const { head } = await person("compliance").get("/api/v1/audit/head").catch(() => ({}));
    this.head = head;
    await this.#places();
  }

  /** An account that was closed, an agreement that was ended, another project. */
  async #places() {
    const { service } = this;
    const { administrator } = service.people;
    const left = await service.enrol("the.former", ["operator"]);
    await administrator.delete(`/api/v1/accounts/${left.account}`);
    await administrator.post("/api/v1/projects", { name: "later", number: "0123456789abcdef0123456789abcdef" });
    const { agreement } = await service.agree("irb",
      { project: service.project, protocol: "SYNTHETIC-2", decision: "approved" });
    await service.people["the.compliance"].delete(`/api/v1/agreements/${agreement}?reason=withdrawn`);
    // In force until tomorrow: whoever looks is to be warned.
    const tomorrow = new Date(Date.now() + 86_400_000).toISOString().slice(0, 10);
    await service.agree("mou", { partners: Object.values(service.agencies) }, { valid_until: tomorrow });
  }
}
