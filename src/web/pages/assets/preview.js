// Takes a chosen file, gives its first rows to be shown on this computer. They go nowhere else, and are forgotten
// when the page stops showing them.
/** Rows that are shown. */
export const PREVIEW_ROWS = 5;
/** Bytes of the file that are looked at for them. */
const PREVIEW_BYTES = 256 << 10;
/** Longest cell that is shown whole. */
export const CELL_CHARS = 40;
const GZIP = [0x1f, 0x8b];
const ZIP = [0x50, 0x4b];
/** Delimiter, encoding and header of a proposed mapping; what it does not say is as the program would take it. */
export function written(mapping) {
    const value = (key) => new RegExp(`^${key} = "((?:[^"\\\\]|\\\\.)*)"`, "m").exec(mapping)?.[1] ?? null;
    const delimiter = value("delimiter");
    return {
        delimiter: delimiter === "\\t" ? "\t" : (delimiter ?? ","),
        encoding: value("encoding") ?? "utf-8",
        header: value("header") !== "none",
    };
}
/** Rows of delimited text: quotes double within quotes; a row that the text cuts off is left out. */
export function rows(text, delimiter, most, isWhole) {
    const found = [];
    let row = [];
    let cell = "";
    let isQuoted = false;
    const endRow = () => {
        row.push(cell);
        if (row.length > 1 || cell !== "") {
            found.push(row);
        }
        [row, cell] = [[], ""];
    };
    for (let at = 0; at < text.length && found.length < most; at += 1) {
        const character = text[at];
        if (isQuoted) {
            if (character !== '"') {
                cell += character;
            }
            else if (text[at + 1] === '"') {
                cell += '"';
                at += 1;
            }
            else {
                isQuoted = false;
            }
        }
        else if (character === '"' && cell === "") {
            isQuoted = true;
        }
        else if (character === delimiter) {
            row.push(cell);
            cell = "";
        }
        else if (character === "\n" || character === "\r") {
            endRow();
            at += character === "\r" && text[at + 1] === "\n" ? 1 : 0;
        }
        else {
            cell += character;
        }
    }
    if (isWhole && !isQuoted && found.length < most && (row.length > 0 || cell !== "")) {
        endRow();
    }
    return found;
}
function decode(bytes, encoding) {
    const isBig = bytes[0] === 0xfe && bytes[1] === 0xff;
    const names = { "utf-16": isBig ? "utf-16be" : "utf-16le" };
    return new TextDecoder(names[encoding] ?? encoding).decode(bytes);
}
/** The first bytes of what a gzip file holds. */
async function inflated(file) {
    const reader = file.stream().pipeThrough(new DecompressionStream("gzip")).getReader();
    const whole = new Uint8Array(PREVIEW_BYTES);
    let filled = 0;
    while (filled < whole.length) {
        const { done, value } = await reader.read();
        if (done) {
            break;
        }
        const part = value.subarray(0, whole.length - filled);
        whole.set(part, filled);
        filled += part.length;
    }
    await reader.cancel();
    return whole.subarray(0, filled);
}
/** The first rows of a file, without its header; nothing where it is packed in a way that is not unpacked here. */
export async function preview(file, how) {
    let bytes = new Uint8Array(await file.slice(0, PREVIEW_BYTES).arrayBuffer());
    const begins = (magic) => magic.every((byte, at) => bytes[at] === byte);
    if (begins(ZIP)) {
        return null;
    }
    let isWhole = file.size <= PREVIEW_BYTES;
    try {
        if (begins(GZIP)) {
            bytes = new Uint8Array(await inflated(file));
            isWhole = bytes.length < PREVIEW_BYTES;
        }
        const found = rows(decode(bytes, how.encoding), how.delimiter, PREVIEW_ROWS + 1, isWhole);
        return how.header ? found.slice(1) : found.slice(0, PREVIEW_ROWS);
    }
    catch {
        return null;
    }
    finally {
        bytes.fill(0);
    }
}
