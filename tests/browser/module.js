// The module in node: the same files as in a browser, but for how a chosen file is read.

import { closeSync, fstatSync, openSync, readFileSync, readSync } from "node:fs";
import { join } from "node:path";

import { initSync } from "../../crates/page/dist/tallystick_page.js";
import { Keeper } from "../../crates/page/js/files.js";
import { Work } from "../../crates/page/js/work.js";
import { root } from "./project.js";

export const module = readFileSync(join(root, "crates/page/dist/tallystick_page_bg.wasm"));
export const instance = initSync({ module });

/** A file of the disk. */
class Disk {
  constructor(path) {
    this.file = openSync(path, "r");
  }

  size() {
    return fstatSync(this.file).size;
  }

  read(at, into) {
    return readSync(this.file, into, 0, into.length, at);
  }

  close() {
    closeSync(this.file);
  }
}

/** Work on files of the disk: calls `use` with it, and with how to get what was written. */
export async function withFiles(paths, use) {
  const keeper = new Keeper();
  const disks = Object.entries(paths).map(([name, path]) => {
    const disk = new Disk(path);
    keeper.give(name, disk);
    return disk;
  });
  const made = (name) => {
    const file = keeper.made(name);
    const bytes = new Uint8Array(file.size());
    file.read(0, bytes);
    return bytes;
  };
  try {
    return await use(new Work(keeper), made, keeper);
  } finally {
    disks.forEach((disk) => disk.close());
  }
}
