// Clients that nobody here wrote: tus-js-client, tuspy, curl, schemathesis.

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { createReadStream, readFileSync, statSync } from "node:fs";
import { after, before, test } from "node:test";
import { promisify } from "node:util";
import { Upload } from "tus-js-client";
import { Service } from "../node/service.js";

const run = promisify(execFile);
const python = new URL(".venv/bin/python", import.meta.url).pathname;
const schemathesis = new URL(".venv/bin/schemathesis", import.meta.url).pathname;
const PIECE = 256 << 10;
let service;
let tokens;

before(async () => {
  service = await Service.start();
  tokens = {
    uploader: await service.people["the.police"].token("uploader"),
    operator: await service.people["the.operator"].token("operator"),
    compliance: await service.people["the.compliance"].token("compliance"),
  };
  // tus-js-client takes the agent of the process.
  const { globalAgent } = (await import("node:https")).default;
  globalAgent.options.ca = readFileSync(service.certificate);
});
after(async () => assert.equal(await service.stop(), 0, "the service ends in order"));

const bearer = () => ({ Authorization: `Bearer ${tokens.uploader}` });

test("tus-js-client breaks off, goes on and gets its submission accepted", async () => {
  const uploadSize = statSync(service.submission("police")).size;
  assert.ok(uploadSize > 2 * PIECE);
  const options = { endpoint: `${service.url}/api/v1/uploads`, headers: bearer(), chunkSize: PIECE,
    uploadSize, retryDelays: null, storeFingerprintForResuming: false };
  const place = await new Promise((resolve, reject) => {
    const first = new Upload(createReadStream(service.submission("police")), { ...options,
      onError: reject,
      onChunkComplete: async (_, sent) => {
        if (sent < 2 * PIECE) return;
        await first.abort();
        resolve(first.url);
      } });
    first.start();
  });
  const head = await service.ask("HEAD", new URL(place).pathname,
    { headers: { ...bearer(), "tus-resumable": "1.0.0" } });
  const offset = Number(head.headers["upload-offset"]);
  assert.ok(offset >= 2 * PIECE && offset < uploadSize, `${offset}`);
  await new Promise((resolve, reject) => {
    new Upload(createReadStream(service.submission("police")),
      { ...options, uploadUrl: place, onError: reject, onSuccess: resolve }).start();
  });
  const upload = await service.outcome(place);
  assert.equal(upload.state, "accepted");
});

test("tuspy goes on with an upload that it began, and the same file has the same receipt", async () => {
  const script = `
import os, sys
from tusclient import client
url, token, path, piece = sys.argv[1], sys.argv[2], sys.argv[3], int(sys.argv[4])
tus = client.TusClient(url + "/api/v1/uploads", headers={"Authorization": "Bearer " + token})
first = tus.uploader(path, chunk_size=piece)
first.upload(stop_at=piece)
again = tus.uploader(path, chunk_size=piece, url=first.url, upload_checksum=True)
assert again.get_offset() == piece, again.get_offset()
again.upload()
print(again.url)`;
  const { stdout } = await run(python, ["-c", script, service.url, tokens.uploader, service.submission("police"),
    String(PIECE)], { env: { ...process.env, REQUESTS_CA_BUNDLE: service.certificate } });
  const upload = await service.outcome(stdout.trim());
  assert.equal(upload.state, "accepted");
  const curl = await put();
  assert.equal(JSON.parse(curl).receipt, upload.submission);
});

/** The line that the documentation gives to agencies. */
async function put() {
  const { stdout } = await run("curl", ["--silent", "--show-error", "--fail", "--cacert", service.certificate,
    "--header", `Authorization: Bearer ${tokens.uploader}`,
    "--upload-file", service.submission("police"), `${service.url}/api/v1/submissions`]);
  return stdout;
}

test("curl uploads in one piece and gets the receipt", async () => {
  const receipt = JSON.parse(await put());
  assert.match(receipt.receipt, /^sub_[0-9a-f]{32}$/);
  assert.equal(receipt.rows_read, receipt.rows_accepted + receipt.rows_rejected);
  assert.match(receipt.signature, /^[0-9a-f]{128}$/);
});

for (const role of [null, "uploader", "operator", "compliance"]) {
  test(`schemathesis finds nothing wrong, asking as ${role ?? "nobody"}`, async () => {
    const token = role === null ? [] : ["--header", `Authorization: Bearer ${tokens[role]}`];
    const result = await run(schemathesis, ["run", `${service.url}/api/v1/openapi.json`, "--tls-verify",
      service.certificate, ...token, "--max-examples", "20", "--seed", "1", "--no-color", "--phases",
      "examples,coverage,fuzzing", "--checks",
      "not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance,ignored_auth"],
    { maxBuffer: 64 << 20, cwd: new URL(".", import.meta.url).pathname, env: { ...process.env, SCHEMATHESIS_HOOKS: "hooks" } }).catch((error) => error);
    assert.equal(result.code ?? 0, 0, result.stdout);
  });
}
