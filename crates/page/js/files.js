// Takes files that were chosen and places to write to, gives them to the module by name. Everything here
// is synchronous, as in the program; a worker can do that, a page's own thread cannot.

/** Bytes of one piece of a file in memory. */
const PIECE_BYTES = 1 << 20;
/** Pieces of a file on the disk that are held in memory: three files then take less than 1 GiB. */
const PIECES_MAX = 320;

/** Visits the pieces in which some bytes lie: number, start and end in it, and bytes before. */
function inPieces(at, count, visit) {
  for (let done = 0; done < count; ) {
    const start = (at + done) % PIECE_BYTES;
    const end = Math.min(PIECE_BYTES, start + count - done);
    visit(Math.floor((at + done) / PIECE_BYTES), start, end, done);
    done += end - start;
  }
}

/** A chosen file, read in parts as it is asked for. It is never held as a whole. */
class Chosen {
  #blob;
  #reader = new FileReaderSync();

  constructor(blob) {
    this.#blob = blob;
  }

  size() {
    return this.#blob.size;
  }

  read(at, into) {
    const bytes = new Uint8Array(this.#reader.readAsArrayBuffer(this.#blob.slice(at, at + into.length)));
    into.set(bytes);
    bytes.fill(0);
    return bytes.length;
  }
}

/** A file in memory, outside that of the module. */
export class Memory {
  #pieces = [];
  #size = 0;

  size() {
    return this.#size;
  }

  read(at, into) {
    const count = Math.min(into.length, Math.max(0, this.#size - at));
    inPieces(at, count, (number, start, end, done) => {
      into.set(this.#pieces[number].subarray(start, end), done);
    });
    return count;
  }

  write(at, bytes) {
    this.#size = Math.max(this.#size, at + bytes.length);
    while (this.#pieces.length * PIECE_BYTES < this.#size) {
      this.#pieces.push(new Uint8Array(PIECE_BYTES));
    }
    inPieces(at, bytes.length, (number, start, end, done) => {
      this.#pieces[number].set(bytes.subarray(done, done + end - start), start);
    });
  }

  clear() {
    this.#pieces.forEach((piece) => piece.fill(0));
    this.#pieces = [];
    this.#size = 0;
  }
}

/**
 * A file of the browser's own private disk (OPFS). The module reads and writes some kilobytes here and there,
 * each of which would cost a call of the system, so the pieces used last are held in memory; a file that
 * fits there never comes to the disk.
 */
export class Place {
  #handle;
  #size = 0;
  /** Numbers of the pieces that are on the disk. */
  #stored = new Set();
  /** Pieces by number, those used last at the end. */
  #pieces = new Map();
  #piecesMax;

  /** Of a sync access handle of an empty file. */
  constructor(handle, piecesMax = PIECES_MAX) {
    this.#handle = handle;
    this.#piecesMax = piecesMax;
  }

  size() {
    return this.#size;
  }

  read(at, into) {
    const count = Math.min(into.length, Math.max(0, this.#size - at));
    inPieces(at, count, (number, start, end, done) => {
      into.set(this.#piece(number).bytes.subarray(start, end), done);
    });
    return count;
  }

  write(at, bytes) {
    this.#size = Math.max(this.#size, at + bytes.length);
    inPieces(at, bytes.length, (number, start, end, done) => {
      const piece = this.#piece(number);
      piece.bytes.set(bytes.subarray(done, done + end - start), start);
      piece.isChanged = true;
    });
  }

  clear() {
    this.#pieces.clear();
    this.#handle.truncate(0);
    this.#stored.clear();
    this.#size = 0;
  }

  #piece(number) {
    let piece = this.#pieces.get(number);
    this.#pieces.delete(number);
    if (piece === undefined) {
      const bytes = this.#room();
      const isStored = this.#stored.has(number);
      bytes.fill(0, isStored ? this.#handle.read(bytes, { at: number * PIECE_BYTES }) : 0);
      piece = { bytes, isChanged: false };
    }
    this.#pieces.set(number, piece);
    return piece;
  }

  /** Memory for one more piece: that of the piece used longest ago, where there are enough. */
  #room() {
    if (this.#pieces.size < this.#piecesMax) {
      return new Uint8Array(PIECE_BYTES);
    }
    const [[number, { bytes, isChanged }]] = this.#pieces;
    this.#pieces.delete(number);
    if (isChanged) {
      if (this.#handle.write(bytes, { at: number * PIECE_BYTES }) !== bytes.length) {
        throw new Error("the browser's disk is full");
      }
      this.#stored.add(number);
    }
    return bytes;
  }
}

/** A file while the module has it. */
class Open {
  #file;
  #kept;
  #closed;

  constructor(file, kept = () => {}, closed = () => {}) {
    this.#file = file;
    this.#kept = kept;
    this.#closed = closed;
  }

  size() {
    return this.#file.size();
  }

  read(at, into) {
    return this.#file.read(at, into);
  }

  write(at, bytes) {
    this.#file.write(at, bytes);
  }

  keep() {
    this.#kept();
    this.#closed = () => {};
  }

  close() {
    this.#closed();
  }
}

/** All files of one session, by name. */
export class Keeper {
  #chosen = new Map();
  #made = new Map();
  #places;
  #large;

  /**
   * @param {Place[]} places empty files on the browser's disk, for what may be large
   * @param {string[]} large names of new files that may lie there; others stay in memory
   */
  constructor(places = [], large = []) {
    this.#places = places;
    this.#large = new Set(large);
  }

  /** A chosen file: a Blob, or anything with size() and read(at, into). */
  give(name, file) {
    this.#chosen.set(name, file instanceof Blob ? new Chosen(file) : file);
  }

  /** A file that was written, to be read with size() and read(at, into). */
  made(name) {
    return this.#made.get(name);
  }

  /** Overwrites and forgets what was written. */
  clear() {
    for (const file of this.#made.values()) {
      this.#free(file);
    }
    this.#made.clear();
  }

  // What the module calls.

  open(name) {
    const file = this.#chosen.get(name);
    if (file === undefined) {
      throw new Error("no such file");
    }
    return new Open(file);
  }

  create(name) {
    const file = (this.#large.has(name) ? this.#places.pop() : undefined) ?? new Memory();
    const kept = () => {
      const before = this.#made.get(name);
      if (before !== undefined) {
        this.#free(before);
      }
      this.#made.set(name, file);
    };
    return new Open(file, kept, () => this.#free(file));
  }

  scratch() {
    const file = this.#places.pop() ?? new Memory();
    return new Open(file, undefined, () => this.#free(file));
  }

  #free(file) {
    file.clear();
    if (file instanceof Place) {
      this.#places.push(file);
    }
  }
}
