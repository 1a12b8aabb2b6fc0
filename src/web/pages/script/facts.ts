// Takes the page as the service wrote it, gives what the upload needs to know. The page asks nobody else.

/** A project for which the agency may, or could, upload. */
export interface Project {
  id: string;
  name: string;
  /** Number by which key files name it, 32 hex digits. */
  number: string;
  /** Whether agreements permit an upload now. */
  isOpen: boolean;
  /** Why not, in words; empty where it is open. */
  why: string;
  /** Last day of the agreement that ends first, YYYY-MM-DD. */
  until: string | null;
  /** Check of the key of the agency's own standing submission, 16 hex digits. */
  keyCheck: string | null;
}

export interface Facts {
  csrf: string;
  /** Name and kind of the agency, as mappings must have them. */
  source: string;
  sourceType: string;
  projects: Project[];
  /** Public key of the linkage unit that signs receipts, 64 hex digits. */
  unitKey: string;
  submissionBytesMax: number;
}

const text = (value: unknown): string => (typeof value === "string" ? value : "");
const maybe = (value: unknown): string | null => (typeof value === "string" && value !== "" ? value : null);

function project(value: unknown): Project {
  const given = (value ?? {}) as Record<string, unknown>;
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
export function facts(main: HTMLElement): Facts {
  const { csrf, source, sourceType, projects, unitKey, submissionBytesMax } = main.dataset as Record<string, string>;
  const listed: unknown = JSON.parse(projects ?? "[]");
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
export async function renewed(signal: AbortSignal): Promise<string | null> {
  const answer = await fetch(location.pathname, { signal, cache: "no-store", redirect: "manual" });
  if (!answer.ok) {
    return null;
  }
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  return page.querySelector<HTMLElement>("[data-upload]")?.dataset["csrf"] ?? null;
}
