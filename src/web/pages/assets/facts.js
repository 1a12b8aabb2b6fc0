// Takes the page as the service wrote it, gives what the upload needs to know. The page asks nobody else.
const text = (value) => (typeof value === "string" ? value : "");
const maybe = (value) => (typeof value === "string" && value !== "" ? value : null);
function project(value) {
    const given = (value ?? {});
    return {
        id: text(given["id"]),
        name: text(given["name"]),
        number: text(given["number"]),
        isOpen: given["is_open"] === true,
        why: text(given["why"]),
        until: maybe(given["until"]),
        keyCheck: maybe(given["key_check"]),
    };
}
/** The facts of a page: `data-...` of the element of the upload. */
export function facts(main) {
    const { csrf, source, sourceType, projects, unitKey, submissionBytesMax } = main.dataset;
    const listed = JSON.parse(projects ?? "[]");
    return {
        csrf: csrf ?? "",
        source: source ?? "",
        sourceType: sourceType ?? "",
        projects: Array.isArray(listed) ? listed.map(project) : [],
        unitKey: unitKey ?? "",
        submissionBytesMax: Number(submissionBytesMax ?? Number.MAX_SAFE_INTEGER),
    };
}
/** A new token, from the page as the service writes it for who is signed in now; nothing if nobody is. */
export async function renewed(signal) {
    const answer = await fetch(location.pathname, { signal, cache: "no-store", redirect: "manual" });
    if (!answer.ok) {
        return null;
    }
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    return page.querySelector("[data-upload]")?.dataset["csrf"] ?? null;
}
