// Takes a submission in pieces, gives it to the service by the tus protocol 1.0.0, refuses with the service's own
// code. It goes on after a broken connection from what the service has; it sends the pieces and nothing else.

/** Where uploads are begun. */
export const UPLOADS = "/api/v1/uploads";

const MIB = 1 << 20;
/** Bytes of the first piece, of the smallest after failures, and of the largest on a fast line. */
export const PIECE_BYTES = { first: MIB / 2, least: MIB / 16, most: 4 * MIB } as const;
/** A piece should take about so long, so that progress is seen and little is sent twice. */
const PIECE_MILLISECONDS = 1_500;
/** Between two tries: doubled each time, from the first to the last. */
export const WAIT_MILLISECONDS = { first: 1_000, most: 60_000 } as const;
/** Between two questions for the outcome. */
export const ASK_MILLISECONDS = { first: 250, most: 5_000 } as const;

/** What is sent. */
export interface Source {
  readonly size: number;
  piece(at: number, length: number): Promise<Uint8Array<ArrayBuffer>>;
}

/** Why it waits. */
export type Trouble = "connection" | "busy" | "service";

/** What the browser gives; tests give their own. */
export interface Means {
  fetch(address: string, request: RequestInit): Promise<Response>;
  /** Milliseconds that pass; only for the size of pieces. */
  now(): number;
  sha256(bytes: Uint8Array<ArrayBuffer>): Promise<ArrayBuffer>;
  /** Waits so long, or until there is a reason to try sooner. */
  wait(milliseconds: number, trouble: Trouble, signal: AbortSignal): Promise<void>;
  /** Called when the session has ended: gives a new token once the user has signed in again. */
  signIn(signal: AbortSignal): Promise<string>;
  /** Waits while the user has paused. */
  pause(signal: AbortSignal): Promise<void>;
}

export interface Told {
  place(place: string): void;
  /** Bytes that the service has for good, and bytes that left this computer. */
  progress(sent: number, left: number): void;
  taken(): void;
}

/** The service said no. */
export class Refused extends Error {
  readonly code: string;
  readonly help: string;
  readonly status: number;

  constructor(status: number, code: string, message: string, help: string) {
    super(message);
    this.name = "Refused";
    this.status = status;
    this.code = code;
    this.help = help;
  }
}

interface Problem {
  code?: unknown;
  title?: unknown;
  help?: unknown;
  reason?: unknown;
}

/** The problem document of an answer. */
async function refused(answer: Response): Promise<Refused> {
  let problem: Problem = {};
  try {
    problem = (await answer.json()) as Problem;
  } catch {
    // A proxy's page, or nothing: the status has to do.
  }
  const text = (value: unknown, otherwise: string): string => (typeof value === "string" ? value : otherwise);
  const code = text(problem.reason, text(problem.code, `http-${answer.status}`));
  return new Refused(answer.status, code, text(problem.title, "the service refused"), text(problem.help, ""));
}

function base64(bytes: ArrayBuffer): string {
  return btoa(String.fromCharCode(...new Uint8Array(bytes)));
}

/** What became of an upload. */
export interface Outcome {
  state: "receiving" | "complete" | "accepted" | "refused" | "ended";
  submission: string | null;
  reason: string | null;
}

export class Upload {
  #means: Means;
  #signal: AbortSignal;
  #csrf: string;
  #pieceBytes: number = PIECE_BYTES.first;
  /** Bytes that left this computer as a submission's, those that were sent twice counted twice. */
  #left = 0;
  /** Pieces in a row that did not come through. */
  #tries = 0;

  constructor(means: Means, csrf: string, signal: AbortSignal) {
    this.#means = means;
    this.#csrf = csrf;
    this.#signal = signal;
  }

  /** Sends all of it, from where `place` is if there is one; gives the id of the submission. */
  async send(source: Source, told: Told, place: string | null): Promise<string> {
    let at = 0;
    let where = place;
    if (where === null) {
      where = await this.#begin(source.size);
      told.place(where);
    } else {
      at = await this.#offset(where, source.size);
    }
    while (at < source.size) {
      told.progress(at, this.#left);
      at = await this.#sendFrom(where, source, at);
      await this.#means.pause(this.#signal);
    }
    told.progress(at, this.#left);
    told.taken();
    return this.#outcome(where);
  }

  /** The receipt of a submission, as it was signed. */
  async receipt(submission: string): Promise<string> {
    const answer = await this.#ask(`/api/v1/submissions/${encodeURIComponent(submission)}/receipt`, {});
    return answer.text();
  }

  /** What became of an upload; nothing if there is no such upload for who is signed in. */
  async state(place: string): Promise<Outcome | null> {
    try {
      const answer = await this.#ask(place, { cache: "no-store" });
      return (await answer.json()) as Outcome;
    } catch (error) {
      if (error instanceof Refused && error.status === 404) {
        return null;
      }
      throw error;
    }
  }

  async #begin(size: number): Promise<string> {
    const answer = await this.#ask(UPLOADS, { method: "POST", headers: { "Upload-Length": String(size) } });
    const place = answer.headers.get("Location");
    // Only a place of this service's own: bytes go nowhere else, whatever an answer says.
    if (place === null || !new RegExp(`^${UPLOADS}/[0-9A-Za-z_-]+$`).test(place)) {
      throw new Refused(answer.status, "upload-place", "the service gave no place for the upload", "");
    }
    return place;
  }

  async #offset(place: string, size: number): Promise<number> {
    let answer;
    try {
      answer = await this.#ask(place, { method: "HEAD", cache: "no-store" });
    } catch (error) {
      if (!(error instanceof Refused && [404, 410].includes(error.status))) {
        throw error;
      }
      // It is over: the outcome has the reason, or the submission if another page sent the rest.
      await this.#outcome(place);
      return size;
    }
    const [at, length] = ["Upload-Offset", "Upload-Length"].map((name) => Number(answer.headers.get(name) ?? "x"));
    if (!Number.isSafeInteger(at) || length !== size || at === undefined || at > size) {
      throw new Refused(answer.status, "upload-differs", "the upload that was begun is of another file", "");
    }
    return at;
  }

  /** Sends a piece; gives the offset after it, whether or not it came through. */
  async #sendFrom(place: string, source: Source, at: number): Promise<number> {
    const bytes = await source.piece(at, Math.min(this.#pieceBytes, source.size - at));
    const checksum = `sha256 ${base64(await this.#means.sha256(bytes))}`;
    const headers = {
      "Content-Type": "application/offset+octet-stream",
      "Upload-Offset": String(at),
      "Upload-Checksum": checksum,
    };
    const started = this.#means.now();
    this.#left += bytes.length;
    this.#tries += 1;
    try {
      const answer = await this.#once(place, { method: "PATCH", headers, body: bytes });
      this.#grow(bytes.length, this.#means.now() - started);
      this.#tries = 0;
      return this.#moved(Number(answer.headers.get("Upload-Offset") ?? at + bytes.length), source.size);
    } catch (error) {
      const trouble = this.#trouble(error);
      // Another offset, another request that still writes, a piece that was damaged: the service says where to go on.
      if (trouble === null && !(error instanceof Refused && [409, 460].includes(error.status))) {
        throw error;
      }
      this.#pieceBytes = Math.max(PIECE_BYTES.least, this.#pieceBytes / 2);
      if (trouble !== null || this.#tries > 1) {
        const pause = Math.min(WAIT_MILLISECONDS.most, WAIT_MILLISECONDS.first * 2 ** (this.#tries - 1));
        await this.#means.wait(pause, trouble ?? "connection", this.#signal);
      }
      return this.#offset(place, source.size);
    }
  }

  #moved(at: number, size: number): number {
    if (!Number.isSafeInteger(at) || at < 0 || at > size) {
      throw new Refused(200, "upload-offset", "the service gave a place beyond the file", "");
    }
    return at;
  }

  #grow(length: number, milliseconds: number): void {
    const rate = length / Math.max(1, milliseconds);
    const wanted = Math.min(rate * PIECE_MILLISECONDS, this.#pieceBytes * 2);
    this.#pieceBytes = Math.round(Math.min(PIECE_BYTES.most, Math.max(PIECE_BYTES.least, wanted)));
  }

  /** Asks until the submission was taken in or refused. */
  async #outcome(place: string): Promise<string> {
    let pause: number = ASK_MILLISECONDS.first;
    for (;;) {
      const outcome = await this.state(place);
      if (outcome?.state === "accepted" && outcome.submission !== null) {
        return outcome.submission;
      }
      if (outcome === null || outcome.state === "refused" || outcome.state === "ended") {
        const code = outcome?.reason ?? "upload-ended";
        throw new Refused(422, code, "the linkage unit did not take the submission", "");
      }
      await this.#means.wait(pause, "busy", this.#signal);
      pause = Math.min(ASK_MILLISECONDS.most, pause * 2);
    }
  }

  /** Gives an upload up; what is there of it is erased. */
  async end(place: string): Promise<void> {
    try {
      await this.#once(place, { method: "DELETE" });
    } catch (error) {
      // Gone already is as good; for anything else the service ends what is idle by itself.
      if (!(error instanceof Refused)) {
        throw error;
      }
    }
  }

  /** Asks until there is an answer that is not trouble of the line or the service. */
  async #ask(address: string, request: RequestInit): Promise<Response> {
    let pause: number = WAIT_MILLISECONDS.first;
    for (;;) {
      try {
        return await this.#once(address, request);
      } catch (error) {
        const trouble = this.#trouble(error);
        if (trouble === null) {
          throw error;
        }
        await this.#means.wait(pause, trouble, this.#signal);
        pause = Math.min(WAIT_MILLISECONDS.most, pause * 2);
      }
    }
  }

  /** What passes by itself: no connection, another request at the same upload, a service that is overloaded. */
  #trouble(error: unknown): Trouble | null {
    this.#signal.throwIfAborted();
    if (error instanceof TypeError || (error instanceof DOMException && error.name === "TimeoutError")) {
      return "connection";
    }
    if (!(error instanceof Refused)) {
      return null;
    }
    if (error.status === 423 || (error.status === 429 && error.code !== "uploads-too-many")) {
      return "busy";
    }
    return error.status >= 500 ? "service" : null;
  }

  async #once(address: string, request: RequestInit): Promise<Response> {
    for (;;) {
      this.#signal.throwIfAborted();
      const headers = new Headers(request.headers);
      headers.set("Tus-Resumable", "1.0.0");
      headers.set("X-CSRF-Token", this.#csrf);
      const answer = await this.#means.fetch(address, {
        ...request,
        headers,
        signal: this.#signal,
        credentials: "same-origin",
        redirect: "error",
      });
      if (answer.ok) {
        return answer;
      }
      if (answer.status !== 401) {
        throw await refused(answer);
      }
      this.#csrf = await this.#means.signIn(this.#signal);
    }
  }
}
