// Reads what the encoder wrote, in pieces: to be saved by the user, to be shown, or to be sent.
const PIECE_BYTES = 4 << 20;
/** A file of the session as a whole. */
export async function pieces(page, name) {
    const session = await page.session();
    const all = [];
    for (;;) {
        const piece = await session.piece(all.length * PIECE_BYTES, PIECE_BYTES, name);
        all.push(piece);
        if (piece.length < PIECE_BYTES) {
            return all;
        }
    }
}
/** The submission of the session, to be sent. */
export function submission(page, size) {
    return { size, piece: async (at, length) => (await page.session()).piece(at, length) };
}
