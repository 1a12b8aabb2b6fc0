// Reads what the encoder wrote, in pieces: to be saved by the user, to be shown, or to be sent.

import type { Page } from "./page.js";
import type { Source } from "./tus.js";

const PIECE_BYTES = 4 << 20;

/** A file of the session as a whole. */
export async function pieces(page: Page, name?: string): Promise<Uint8Array<ArrayBuffer>[]> {
  const session = await page.session();
  const all: Uint8Array<ArrayBuffer>[] = [];
  for (;;) {
    const piece = await session.piece(all.length * PIECE_BYTES, PIECE_BYTES, name);
    all.push(piece);
    if (piece.length < PIECE_BYTES) {
      return all;
    }
  }
}

/** The submission of the session, to be sent. */
export function submission(page: Page, size: number): Source {
  return { size, piece: async (at, length) => (await page.session()).piece(at, length) };
}
