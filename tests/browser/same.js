// Compares what the module made with what the program made.

import assert from "node:assert/strict";

import { Decrypter } from "age-encryption";

import { CONTENT, filters, header, records, sections } from "./submission.js";

/** Equal to the byte. */
export function assertSameBytes(made, native) {
  assert.equal(made.length, native.length, "length");
  assert.ok(Buffer.compare(made, native) === 0, "bytes");
}

/** Equal headers and sections, and equal content once opened: it is sealed under a new key each time. */
export async function assertSameButSealed(made, native, identity) {
  assert.ok(Buffer.compare(header(made), header(native)) === 0, "header");
  const [ours, theirs] = [sections(made), sections(native)];
  assert.equal(ours.length, theirs.length);
  for (const [index, section] of ours.entries()) {
    const other = theirs[index];
    assert.deepEqual([section.kind, section.pass], [other.kind, other.pass]);
    if (section.kind === CONTENT) {
      const [a, b] = await Promise.all([section, other].map(({ bytes }) => open(bytes, identity)));
      assertSameBytes(a, b);
    } else {
      assertSameBytes(section.bytes, other.bytes);
    }
  }
  assert.ok(ours.some(({ kind }) => kind === CONTENT), "there is content");
}

async function open(sealed, identity) {
  const decrypter = new Decrypter();
  decrypter.addIdentity(identity);
  return decrypter.decrypt(sealed);
}

/** The tokens, and in profile trusted the filters, that the vectors expect of each case. */
export function assertVectors(made, cases, profile, passes) {
  const found = records(made);
  const words = profile === "trusted" ? filters(made) : [];
  assert.equal(found.length, cases.length, "records");
  const shared = new Set(passes);
  for (const { expect } of cases) {
    const row = found.findIndex(({ handle }) => handle === expect.handle);
    assert.notEqual(row, -1, "handle");
    assert.equal(found[row].continuity, expect.continuity);
    const numbers = sections(made).filter(({ kind }) => kind === 1).map(({ pass }) => pass);
    const named = found[row].tokens.map(({ pass, token }) => `${passes[numbers.indexOf(pass)]} ${token}`);
    const blocks = expect.blocks.filter(({ pass }) => shared.has(pass));
    const tokens = blocks.map(({ pass, token }) => `${pass} ${token}`);
    assert.deepEqual(named.sort(), tokens.sort());
    if (profile === "trusted") {
      assert.deepEqual(words[row], expect.filters);
    }
  }
}
