// Takes a receipt as it was signed and what was sent, gives what of it was checked on this computer.
const SIGNED_AS = "tallystick receipt v1\0";
const SIGNATURE = ',"signature":"';
function unhex(text) {
    return new Uint8Array((text.match(/[0-9a-f]{2}/g) ?? []).map((pair) => Number.parseInt(pair, 16)));
}
/** What was signed: the words, a zero, and the line before the signature, closed by a brace. */
export function signed(line) {
    const body = line.slice(0, line.lastIndexOf(SIGNATURE));
    return new TextEncoder().encode(`${SIGNED_AS}${body}}`);
}
async function signature(line, receipt) {
    let key;
    try {
        key = await crypto.subtle.importKey("raw", unhex(receipt.key), { name: "Ed25519" }, false, ["verify"]);
    }
    catch {
        return "unknown";
    }
    const isRight = await crypto.subtle.verify({ name: "Ed25519" }, key, unhex(receipt.signature), signed(line));
    return isRight ? "right" : "wrong";
}
/** Checks a receipt against what was sent. */
export async function check(line, sent) {
    const receipt = JSON.parse(line);
    const isOfThis = receipt.digest === sent.digest &&
        receipt.bytes === sent.bytes &&
        receipt.rows_read === sent.rows_read &&
        receipt.rows_accepted === sent.rows_accepted &&
        receipt.rows_rejected === sent.rows_rejected &&
        receipt.rows_collapsed === sent.rows_collapsed &&
        receipt.aliases === sent.aliases &&
        receipt.records === sent.records;
    return { receipt, isOfThis, signature: await signature(line, receipt) };
}
