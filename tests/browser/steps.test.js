// The steps of the upload page and its client of the tus protocol, without a browser.

import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { test } from "node:test";

import { dump, head } from "../../src/web/pages/assets/bytes.js";
import { rows, written } from "../../src/web/pages/assets/preview.js";
import { after, done, loses, open, RESUMED, START, STEPS, stepOf } from "../../src/web/pages/assets/steps.js";
import { PIECE_BYTES, Refused, Upload } from "../../src/web/pages/assets/tus.js";
import * as words from "../../src/web/pages/assets/words.js";

const THINGS = ["file", "mapping", "key", "report", "submission", "receipt"];
const made = (journey, ...things) => things.reduce((at, thing) => after(at, { what: "made", thing }), journey);
const go = (journey, to) => after(journey, { what: "go", to });

test("the steps are gone through in order, and each only when those before it are done", () => {
  let journey = START;
  STEPS.forEach((step, index) => {
    for (const later of STEPS.slice(index + 1)) {
      assert.equal(go(journey, later), journey, `${step} to ${later}`);
    }
    assert.equal(done(journey, step), false);
    journey = made(journey, THINGS[index]);
    assert.ok(done(journey, step));
    journey = STEPS[index + 1] === undefined ? journey : go(journey, STEPS[index + 1]);
  });
  assert.equal(loses(journey), false, "nothing is lost after the receipt");
  assert.equal(go(journey, "file"), journey, "what was sent is not changed any more");
  assert.deepEqual(after(journey, { what: "again" }), START);
});

test("what rests on what was changed is void, and nothing else", () => {
  const all = made(START, ...THINGS.slice(0, 5));
  const left = (thing) => [...after(all, { what: "void", thing }).has];
  assert.deepEqual(left("file"), ["key"]);
  assert.deepEqual(left("mapping"), ["file", "key"]);
  assert.deepEqual(left("key"), ["file", "mapping", "report"]);
  assert.deepEqual(left("report"), ["file", "mapping", "key", "submission"]);
  const encode = go(all, "encode");
  assert.equal(after(encode, { what: "void", thing: "mapping" }).at, "columns", "back to where it can be made again");
  assert.equal(made(encode, "key").has.has("submission"), false, "another key, another submission");
});

test("while something is under way no other step is shown", () => {
  const busy = after(go(made(START, "file"), "columns"), { what: "work", work: "running" });
  assert.deepEqual(STEPS.filter((step) => open(busy, step)), ["columns"]);
  assert.equal(after(busy, { what: "again" }), busy);
  assert.deepEqual(STEPS.filter((step) => open(RESUMED, step)), ["file", "send"]);
  assert.deepEqual([stepOf("#key"), stepOf("#x"), stepOf("")], ["key", null, null]);
});

/** A service of the tus protocol in memory, whose line can be made to break. */
class Tus {
  constructor({ breaks = () => null, size }) {
    Object.assign(this, { breaks, size, received: Buffer.alloc(0), asked: [], waits: [], state: "receiving", signedIn: 0 });
  }

  means() {
    return {
      fetch: (address, request) => this.fetch(address, request),
      now: () => 0,
      sha256: async (bytes) => createHash("sha256").update(bytes).digest(),
      wait: async (milliseconds, trouble) => void this.waits.push([milliseconds, trouble]),
      signIn: async () => `csrf-${(this.signedIn += 1)}`,
      pause: async () => {},
    };
  }

  answer(status, headers = {}, body = null) {
    return new Response(body === null ? null : JSON.stringify(body), { status, headers });
  }

  async fetch(address, { method = "GET", headers, body, credentials, redirect }) {
    this.asked.push(`${method} ${address}`);
    assert.equal(headers.get("tus-resumable"), "1.0.0");
    assert.deepEqual([credentials, redirect], ["same-origin", "error"]);
    const broken = this.breaks(method, this.asked.length, headers);
    if (broken !== null) {
      return broken(this, body);
    }
    switch (method) {
      case "POST":
        assert.equal(headers.get("upload-length"), String(this.size));
        assert.equal(headers.get("upload-metadata"), null, "nothing is said of the file");
        return this.answer(201, { location: "/api/v1/uploads/upl_1" });
      case "HEAD":
        return this.answer(200, { "upload-offset": String(this.received.length), "upload-length": String(this.size) });
      case "PATCH":
        return this.take(headers, Buffer.from(body));
      default:
        return address.endsWith("/receipt")
          ? new Response("the receipt")
          : this.answer(200, {}, { state: this.state, submission: this.state === "accepted" ? "sub_1" : null, reason: this.reason ?? null });
    }
  }

  take(headers, body) {
    const offset = Number(headers.get("upload-offset"));
    if (offset !== this.received.length) {
      return this.answer(409, {}, { code: "upload-offset", title: "x", help: "y" });
    }
    const sum = `sha256 ${createHash("sha256").update(body).digest("base64")}`;
    assert.equal(headers.get("upload-checksum"), sum);
    this.received = Buffer.concat([this.received, body]);
    this.state = this.received.length === this.size ? "accepted" : "receiving";
    return this.answer(204, { "upload-offset": String(this.received.length) });
  }
}

const FILE = Buffer.from(Array.from({ length: 3_000_000 }, (_, index) => (index * 7919) % 251));
const source = { size: FILE.length, piece: async (at, length) => new Uint8Array(FILE.subarray(at, at + length)) };
const told = (seen = []) => ({ place: (at) => seen.push(at), progress: (at, left) => seen.push([at, left]), taken: () => seen.push("taken") });

async function send(service, { place = null, seen = [], signal = new AbortController().signal } = {}) {
  const upload = new Upload(service.means(), "csrf-0", signal);
  return upload.send(source, told(seen), place);
}

test("a submission is sent in pieces with their checksums, and its receipt is asked for", async () => {
  const service = new Tus({ size: FILE.length });
  const seen = [];
  assert.equal(await send(service, { seen }), "sub_1");
  assert.ok(service.received.equals(FILE));
  assert.equal(seen[0], "/api/v1/uploads/upl_1");
  assert.deepEqual(seen.at(-2), [FILE.length, FILE.length], "every byte left once");
  assert.equal(await new Upload(service.means(), "", new AbortController().signal).receipt("sub_1"), "the receipt");
  assert.deepEqual(service.waits, []);
});

test("a broken connection costs no byte that the service has", async () => {
  // Of the third request half is taken and no answer comes; the next two do not get through.
  const half = (service, body) => {
    service.received = Buffer.concat([service.received, Buffer.from(body).subarray(0, body.length / 2)]);
    throw new TypeError("broken");
  };
  const off = () => {
    throw new TypeError("no connection");
  };
  const breaks = (_, number) => ({ 3: half, 4: off, 5: off })[number] ?? null;
  const service = new Tus({ size: FILE.length, breaks });
  const seen = [];
  assert.equal(await send(service, { seen }), "sub_1");
  assert.ok(service.received.equals(FILE));
  assert.deepEqual(service.waits, [[1000, "connection"], [1000, "connection"], [2000, "connection"]]);
  const left = seen.at(-2)[1];
  assert.ok(left > FILE.length && left < FILE.length + PIECE_BYTES.most, "what was sent twice is counted");
});

test("a piece that never comes through is tried again with pauses that grow, and becomes small", async () => {
  let tries = 0;
  const breaks = (method) => (method === "PATCH" && (tries += 1) <= 12 ? (service) => service.answer(460, {}, { code: "upload-checksum" }) : null);
  const service = new Tus({ size: FILE.length, breaks });
  await send(service);
  assert.ok(service.received.equals(FILE));
  const pauses = service.waits.map(([milliseconds]) => milliseconds);
  assert.deepEqual(pauses.slice(0, 6), [2000, 4000, 8000, 16000, 32000, 60000]);
});

test("an upload is taken up where it was, and one that is over says why", async () => {
  const service = new Tus({ size: FILE.length });
  service.received = FILE.subarray(0, 1_000_001);
  await send(service, { place: "/api/v1/uploads/upl_1" });
  assert.ok(service.received.equals(FILE));
  assert.equal(service.asked[0], "HEAD /api/v1/uploads/upl_1");

  const over = new Tus({ size: FILE.length, breaks: (method) => (method === "HEAD" ? (it) => it.answer(410) : null) });
  Object.assign(over, { state: "refused", reason: "submission-key-differs" });
  await assert.rejects(send(over, { place: "/api/v1/uploads/upl_1" }), (error) => error instanceof Refused && error.code === "submission-key-differs");
});

test("refusals are told with the service's code, and nothing is tried again", async () => {
  for (const [status, code] of [[403, "dsa-expired"], [413, "upload-length"], [429, "uploads-too-many"]]) {
    const breaks = () => (service) => service.answer(status, {}, { code, title: "no", help: "do" });
    const service = new Tus({ size: FILE.length, breaks });
    await assert.rejects(send(service), (error) => error.code === code && error.help === "do");
    assert.equal(service.asked.length, 1);
  }
  const proxy = new Tus({ size: FILE.length, breaks: () => () => new Response("<html>", { status: 400 }) });
  await assert.rejects(send(proxy), (error) => error.code === "http-400");
});

test("bytes go to a place of the service only", async () => {
  for (const location of ["https://elsewhere.example/x", "//elsewhere.example/x", "/api/v1/uploads/../x", "/api/v1/uploads/a?b"]) {
    const breaks = (method) => (method === "POST" ? (service) => service.answer(201, { location }) : null);
    await assert.rejects(send(new Tus({ size: FILE.length, breaks })), (error) => error.code === "upload-place");
  }
});

test("who was signed out signs in again and goes on with the new token", async () => {
  const tokens = [];
  const breaks = (_, number, headers) => {
    tokens.push(headers.get("x-csrf-token"));
    return number === 3 ? (service) => service.answer(401, {}, { code: "not-signed-in" }) : null;
  };
  const service = new Tus({ size: FILE.length, breaks });
  assert.equal(await send(service), "sub_1");
  assert.deepEqual(tokens.slice(2, 4), ["csrf-0", "csrf-1"]);
});

test("cancelled, it stops at once", async () => {
  const stop = new AbortController();
  const breaks = (_, number) => (number === 3 ? () => stop.abort() ?? Promise.reject(stop.signal.reason) : null);
  const service = new Tus({ size: FILE.length, breaks });
  await assert.rejects(send(service, { signal: stop.signal }), { name: "AbortError" });
  assert.equal(service.asked.length, 3);
});

test("first rows: quotes, line ends, cut rows, and how the text is written", () => {
  assert.deepEqual(rows('a,"b ""c"", d"\r\n\r\n1,2\n3', ",", 9, true), [["a", 'b "c", d'], ["1", "2"], ["3"]]);
  assert.deepEqual(rows('a;b\n1;"cut', ";", 9, false), [["a", "b"]]);
  assert.deepEqual(rows("a\nb\nc", ",", 2, true), [["a"], ["b"]]);
  assert.deepEqual(written('[read]\ndelimiter = "\\t"\nencoding = "utf-16"\nheader = "none"\n'), { delimiter: "\t", encoding: "utf-16", header: false });
  assert.deepEqual(written(""), { delimiter: ",", encoding: "utf-8", header: true });
});

test("bytes are shown with their place, and what is no submission has no parts", () => {
  const [line] = dump(new Uint8Array([0, 0x41, 0xff]), 32);
  assert.deepEqual(line, { at: "00000020", hex: "00 41 ff", text: "·A·" });
  assert.equal(head(new Uint8Array(4096)), null);
});

test("numbers are read by people", () => {
  assert.deepEqual([0, 999, 1000, 5_234_000, 99_600_000].map(words.bytes), ["0 bytes", "999 bytes", "1.0 kB", "5.2 MB", "100 MB"]);
  assert.deepEqual([words.counted(1, "row"), words.counted(12_345, "row")], ["1 row", "12,345 rows"]);
  assert.deepEqual([3, 33, 61, 5400].map(words.remaining), ["a few seconds left", "about 40 seconds left", "about 1 minute left", "about 2 hours left"]);
  assert.deepEqual([99, 85, 60, 10].map(words.sure), ["sure", "likely", "check this", "not sure"]);
});
