// Files of a session: whatever is written anywhere is read back, with or without a disk.

import assert from "node:assert/strict";
import { test } from "node:test";

import { Keeper, Memory, Place } from "../../crates/page/js/files.js";

/** What the browser gives, in memory; counts calls. */
class Handle {
  bytes = Buffer.alloc(0);
  calls = 0;

  read(into, { at }) {
    this.calls += 1;
    return this.bytes.copy(into, 0, at, Math.max(at, Math.min(at + into.length, this.bytes.length)));
  }

  write(from, { at }) {
    this.calls += 1;
    const longer = Buffer.alloc(Math.max(this.bytes.length, at + from.length));
    this.bytes.copy(longer);
    longer.set(from, at);
    this.bytes = longer;
    return from.length;
  }

  truncate(size) {
    this.bytes = this.bytes.subarray(0, size);
  }
}

/** Numbers that are the same in every run (Park and Miller 1988). */
function draw(seed) {
  let state = seed;
  return (below) => {
    state = (state * 48_271) % 2_147_483_647;
    return state % below;
  };
}

function writeAndReadBack(file, seed) {
  const below = draw(seed);
  const length = 5 << 20;
  const expected = Buffer.alloc(length);
  file.write(length - 1, new Uint8Array([0]));
  for (let round = 0; round < 200; round += 1) {
    const at = below(length);
    const bytes = new Uint8Array(Math.min(below(600_000), length - at)).fill(1 + below(255));
    file.write(at, bytes);
    expected.set(bytes, at);
    const from = below(length);
    const found = new Uint8Array(below(600_000));
    const count = file.read(from, found);
    assert.equal(count, Math.min(found.length, length - from));
    assert.ok(Buffer.compare(found.subarray(0, count), expected.subarray(from, from + count)) === 0);
  }
  assert.equal(file.size(), length);
  assert.equal(file.read(length + 5, new Uint8Array(3)), 0);
  file.clear();
  assert.equal(file.size(), 0);
  file.write(2, new Uint8Array([7]));
  const after = new Uint8Array(3);
  assert.equal(file.read(0, after), 3);
  assert.deepEqual([...after], [0, 0, 7], "nothing is left of what was cleared");
}

test("a file in memory", () => writeAndReadBack(new Memory(), 1));

test("a file on the disk, with more pieces than fit in memory", () => {
  for (const piecesMax of [1, 2, 4]) {
    const handle = new Handle();
    writeAndReadBack(new Place(handle, piecesMax), piecesMax);
    assert.ok(handle.calls > 100);
  }
});

test("a file that fits in memory never comes to the disk", () => {
  const handle = new Handle();
  writeAndReadBack(new Place(handle), 9);
  assert.equal(handle.calls, 0);
});

test("a new file is seen when it is kept, and its place is used again when it is not", () => {
  const place = new Place(new Handle());
  const keeper = new Keeper([place], ["large"]);
  const given = keeper.create("large");
  given.write(0, new Uint8Array([1, 2]));
  assert.equal(keeper.made("large"), undefined);
  given.close();
  assert.equal(place.size(), 0);
  const kept = keeper.create("large");
  kept.write(0, new Uint8Array([3]));
  kept.keep();
  kept.close();
  assert.equal(keeper.made("large"), place);
  assert.ok(keeper.scratch(), "memory stands in where no place is left");
  keeper.clear();
  assert.equal(place.size(), 0);
  assert.throws(() => keeper.open("large"));
});
