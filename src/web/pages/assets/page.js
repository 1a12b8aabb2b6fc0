// What the steps of the upload share: what was chosen and made so far, and how they tell what happened.
/** Name of the handles file among the files of a session; it is sealed to the agency's own key. */
export const HANDLES = "handles.csv.age";
/** Name of the list of rows that can never link. */
export const NEVER = "never-link.csv";
export const nothing = () => ({
    files: [],
    sniffed: null,
    roles: new Map(),
    orders: new Map(),
    saved: null,
    mapping: null,
    keyFile: null,
    passphrase: null,
    key: null,
    check: null,
    profile: "standard",
    wantsHandles: true,
    encoded: null,
    source: null,
    sent: null,
});
/** Names of the chosen files within the session: a file's own name is of no use there and could say something. */
export function names(things) {
    return things.files.length === 1 ? ["export"] : things.files.map((_, index) => `export-${index + 1}`);
}
/** The present year, by which the encoder bounds births. */
export const year = () => new Date().getFullYear();
