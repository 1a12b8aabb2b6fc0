// Somebody with an account of the service: enrolled by a link, signed in with an authenticator's codes.

import { createHmac } from "node:crypto";

export const PASSWORD = "marble orchard tin whistle";

/** The code that an authenticator shows (RFC 6238), `steps` time steps from now. */
export function code(uri, steps = 0) {
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

export class Person {
  constructor(service, name, account, uri, recoveryCodes) {
    Object.assign(this, { service, name, account, uri, recoveryCodes });
  }

  /** Sets password and second factor by the secret of a link. */
  static async enrol(service, name, link, account) {
    const { uri } = await service.post("/api/v1/enrolment", { link, password: PASSWORD });
    // The step before now and the step of now are two codes: each is good once.
    const done = await service.post("/api/v1/enrolment/confirm", { link, code: code(uri, -1) });
    return new Person(service, name, account, uri, done.recovery_codes);
  }

  /** A code that was not used: an authenticator's is good once in half a minute, so the others are from the paper. */
  code() {
    if (this.isShown) {
      const spare = this.recoveryCodes.pop();
      if (spare === undefined) throw new Error(`${this.name} has no code left`);
      return spare;
    }
    this.isShown = true;
    return code(this.uri);
  }

  /** Headers of the person's session, which is opened once. */
  async session() {
    if (this.headers) return this.headers;
    const credentials = { name: this.name, password: PASSWORD, code: this.code() };
    const opened = await this.service.json("POST", "/api/v1/sessions", credentials);
    const cookie = opened.headers["set-cookie"][0].split(";")[0];
    this.headers = { cookie, "x-csrf-token": opened.body.csrf };
    return this.headers;
  }

  async post(path, body) {
    return (await this.service.json("POST", path, body, await this.session())).body;
  }

  async get(path) {
    return (await this.service.json("GET", path, undefined, await this.session())).body;
  }

  async delete(path) {
    return (await this.service.json("DELETE", path, undefined, await this.session())).body;
  }

  /** A program's token in one of the person's roles, made once. */
  async token(role) {
    this.secret ??= (await this.post("/api/v1/tokens", { role, days: 1 })).secret;
    return this.secret;
  }
}
