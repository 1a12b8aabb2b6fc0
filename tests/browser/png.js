// Takes a picture as Chromium gives it (PNG, 8 bits a channel), gives one of at most 256 colours, a fraction as large.

import { crc32, deflateSync, inflateSync } from "node:zlib";

const SIGNATURE = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
const COLOURS_MAX = 256;

function chunks(png) {
  const found = [];
  for (let at = SIGNATURE.length; at < png.length;) {
    const length = png.readUInt32BE(at);
    found.push({ name: png.toString("latin1", at + 4, at + 8), bytes: png.subarray(at + 8, at + 8 + length) });
    at += length + 12;
  }
  return found;
}

/** The predictor of Paeth (PNG, section 9.4). */
function paeth(left, up, corner) {
  const guess = left + up - corner;
  const [a, b, c] = [left, up, corner].map((one) => Math.abs(guess - one));
  if (a <= b && a <= c) return left;
  return b <= c ? up : corner;
}

/** Pixels as red, green and blue. */
function pixels(png) {
  const all = chunks(png);
  const head = all.find(({ name }) => name === "IHDR").bytes;
  const [width, height] = [head.readUInt32BE(0), head.readUInt32BE(4)];
  const bytes = { 2: 3, 6: 4 }[head[9]];
  const raw = inflateSync(Buffer.concat(all.filter(({ name }) => name === "IDAT").map((chunk) => chunk.bytes)));
  const stride = width * bytes;
  const out = Buffer.alloc(stride * height);
  for (let y = 0; y < height; y += 1) {
    const filter = raw[y * (stride + 1)];
    for (let x = 0; x < stride; x += 1) {
      const at = y * stride + x;
      const left = x >= bytes ? out[at - bytes] : 0;
      const up = y > 0 ? out[at - stride] : 0;
      const corner = x >= bytes && y > 0 ? out[at - stride - bytes] : 0;
      const guess = [0, left, up, (left + up) >> 1, paeth(left, up, corner)][filter];
      out[at] = raw[y * (stride + 1) + 1 + x] + guess;
    }
  }
  const colours = new Uint32Array(width * height);
  for (let index = 0; index < colours.length; index += 1) {
    const at = index * bytes;
    colours[index] = (out[at] << 16) | (out[at + 1] << 8) | out[at + 2];
  }
  return { width, height, colours };
}

const distance = (one, other) => [16, 8, 0].reduce((sum, shift) =>
  sum + (((one >> shift) & 255) - ((other >> shift) & 255)) ** 2, 0);

/** The most frequent colours, and of every other one the nearest of them. */
function palette(colours) {
  const counts = new Map();
  for (const colour of colours) counts.set(colour, (counts.get(colour) ?? 0) + 1);
  const sorted = [...counts].sort(([a, m], [b, n]) => n - m || a - b).map(([colour]) => colour);
  const kept = sorted.slice(0, COLOURS_MAX);
  const index = new Map(kept.map((colour, at) => [colour, at]));
  for (const colour of sorted.slice(COLOURS_MAX)) {
    const nearest = kept.reduce((best, one, at) =>
      (distance(one, colour) < distance(kept[best], colour) ? at : best), 0);
    index.set(colour, nearest);
  }
  return { kept, index };
}

function chunk(name, bytes) {
  const body = Buffer.concat([Buffer.from(name, "latin1"), bytes]);
  const [length, sum] = [Buffer.alloc(4), Buffer.alloc(4)];
  length.writeUInt32BE(bytes.length);
  sum.writeUInt32BE(crc32(body));
  return Buffer.concat([length, body, sum]);
}

/** The picture with a palette. */
export function small(png) {
  const { width, height, colours } = pixels(png);
  const { kept, index } = palette(colours);
  const head = Buffer.alloc(13);
  head.writeUInt32BE(width, 0);
  head.writeUInt32BE(height, 4);
  head.set([8, 3, 0, 0, 0], 8);
  const rows = Buffer.alloc((width + 1) * height);
  for (let y = 0; y < height; y += 1) {
    for (let x = 0; x < width; x += 1) rows[y * (width + 1) + 1 + x] = index.get(colours[y * width + x]);
  }
  const table = Buffer.from(kept.flatMap((colour) => [colour >> 16, (colour >> 8) & 255, colour & 255]));
  return Buffer.concat([SIGNATURE, chunk("IHDR", head), chunk("PLTE", table),
    chunk("IDAT", deflateSync(rows, { level: 9 })), chunk("IEND", Buffer.alloc(0))]);
}
