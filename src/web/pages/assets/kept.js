// Keeps a copy of a submission on the browser's private disk (OPFS) while it is sent, so that it can be sent on after
// the page was closed. Encodings, sealed content and the counts of the report, never an identifier.
const DIRECTORY = "tallystick-upload";
const COPY = "submission";
const NOTE = "upload.json";
const PIECE_BYTES = 4 << 20;
/** The one page that sends; another one leaves its files alone. */
const LOCK = "tallystick-upload";
async function directory(create) {
    const root = await navigator.storage.getDirectory();
    return root.getDirectoryHandle(DIRECTORY, { create });
}
async function write(name, fill) {
    const handle = await (await directory(true)).getFileHandle(name, { create: true });
    const file = await handle.createWritable();
    try {
        await fill(file);
        await file.close();
    }
    catch (error) {
        await file.abort().catch(() => { });
        throw error;
    }
}
const note = (what) => write(NOTE, (file) => file.write(JSON.stringify(what)));
/** Notes where an upload goes and copies what is sent. Without room, or without such a disk, nothing is kept. */
export async function keep(source, place, sent, signal) {
    try {
        await note({ place, sent, isWhole: false });
        await write(COPY, async (file) => {
            for (let at = 0; at < source.size; at += PIECE_BYTES) {
                signal.throwIfAborted();
                await file.write(await source.piece(at, Math.min(PIECE_BYTES, source.size - at)));
            }
        });
        signal.throwIfAborted();
        await note({ place, sent, isWhole: true });
    }
    catch {
        if (signal.aborted) {
            await forget();
        }
    }
}
/** What another time of this page left. */
export async function left() {
    try {
        const kept = await directory(false);
        const text = await (await (await kept.getFileHandle(NOTE)).getFile()).text();
        const found = JSON.parse(text);
        if (!found.isWhole) {
            return { note: found, source: null };
        }
        const copy = await (await kept.getFileHandle(COPY)).getFile();
        return { note: found, source: copy.size === found.sent.bytes ? ofBlob(copy) : null };
    }
    catch {
        return null;
    }
}
function ofBlob(blob) {
    const piece = async (at, length) => new Uint8Array(await blob.slice(at, at + length).arrayBuffer());
    return { size: blob.size, piece };
}
/** Removes what was kept. */
export async function forget() {
    try {
        const root = await navigator.storage.getDirectory();
        await root.removeEntry(DIRECTORY, { recursive: true });
    }
    catch {
        // There was nothing.
    }
}
/**
 * Makes this page the one that sends, until it is closed; `false` if another one is. A page that was loaded again waits
 * so many milliseconds, since the one before it may still be on its way out.
 */
export function alone(patience) {
    return new Promise((resolve) => {
        const hold = (lock) => {
            resolve(lock !== null);
            if (lock === null) {
                return undefined;
            }
            return new Promise((release) => addEventListener("pagehide", () => release(), { once: true }));
        };
        const options = patience === 0 ? { ifAvailable: true } : { signal: AbortSignal.timeout(patience) };
        navigator.locks.request(LOCK, options, hold).catch(() => resolve(false));
    });
}
