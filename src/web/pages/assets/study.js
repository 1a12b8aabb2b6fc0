// Takes a file with a study, gives its text to the field in which it is read and tried; nothing is sent by this.
/** Bytes of a study; a longer file is none. */
const STUDY_BYTES_MAX = 1 << 18;
const file = document.querySelector("#study-file");
const text = document.querySelector("#study");
const wrong = document.querySelector("#study-file-wrong");
/** The chosen file's text, where it is text. */
async function read(chosen) {
    if (chosen.size > STUDY_BYTES_MAX)
        return null;
    try {
        return new TextDecoder("utf-8", { fatal: true }).decode(await chosen.arrayBuffer());
    }
    catch {
        return null;
    }
}
if (file && text && wrong) {
    file.closest("[hidden]")?.removeAttribute("hidden");
    file.addEventListener("change", async () => {
        const chosen = file.files?.[0];
        if (!chosen)
            return;
        const found = await read(chosen);
        wrong.hidden = found !== null;
        if (found !== null)
            text.value = found;
    });
}
export {};
