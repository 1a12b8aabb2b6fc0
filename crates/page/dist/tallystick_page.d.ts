/* tslint:disable */
/* eslint-disable */

/**
 * A check on its way.
 */
export class PageCheck {
    private constructor();
    free(): void;
    [Symbol.dispose](): void;
    /**
     * The report as JSON, and as the page that the program writes.
     *
     * # Errors
     * As JSON.
     */
    finish(): string[];
    /**
     * Rows, and bytes of the export, so far; then bytes in all.
     */
    progress(): Float64Array;
    /**
     * Opens the export.
     *
     * # Errors
     * As JSON: an export or mapping that is not right.
     */
    static start(keeper: any, request: string): PageCheck;
    /**
     * Looks at up to so many rows; `false` when there are no more.
     *
     * # Errors
     * As JSON. The check is then over.
     */
    step(rows_max: number): boolean;
}

/**
 * An encoding on its way.
 */
export class PageEncoding {
    private constructor();
    free(): void;
    [Symbol.dispose](): void;
    /**
     * Sorts and writes the submission; gives the report.
     *
     * # Errors
     * As JSON. Nothing is then kept.
     */
    finish(): string;
    /**
     * Rows, and bytes of the export, so far; then bytes in all.
     */
    progress(): Float64Array;
    /**
     * Opens everything. The bytes of the key file are overwritten when they have been read.
     *
     * # Errors
     * As JSON: an export, mapping or key file that is not right.
     */
    static start(keeper: any, request: string, key: Uint8Array | number[], passphrase?: string | null): PageEncoding;
    /**
     * Encodes up to so many rows; `false` when there are no more.
     *
     * # Errors
     * As JSON. The encoding is then over.
     */
    step(rows_max: number): boolean;
}

/**
 * Reads a key file as [`fingerprint`] does; gives what of it is no secret, as JSON: `fingerprint`, `project`,
 * `epoch`, `keyCheck`, and whether it `seals` content.
 *
 * # Errors
 * As JSON: what is wrong with it, without a value.
 */
export function described(key: Uint8Array | number[], passphrase?: string | null): string;

/**
 * Reads a key file, sealed or not; gives the fingerprint by which agencies tell that they hold the same keys.
 *
 * # Errors
 * As JSON: what is wrong with it, without a value.
 */
export function fingerprint(key: Uint8Array | number[], passphrase?: string | null): string;

/**
 * Checks that a mapping is well formed and fits the export.
 *
 * # Errors
 * As JSON: the first thing that is wrong.
 */
export function fits(keeper: any, exports: string, mapping: string): void;

/**
 * Proposes a mapping.
 *
 * # Errors
 * As JSON: an export that cannot be read, or an answer about a column that is not there.
 */
export function sniff(keeper: any, told: string): string;

/**
 * Version of this module.
 */
export function version(): string;

export type InitInput = RequestInfo | URL | Response | BufferSource | WebAssembly.Module;

export interface InitOutput {
    readonly memory: WebAssembly.Memory;
    readonly __wbg_pagecheck_free: (a: number, b: number) => void;
    readonly __wbg_pageencoding_free: (a: number, b: number) => void;
    readonly described: (a: number, b: number, c: number, d: number) => [number, number, number, number];
    readonly fingerprint: (a: number, b: number, c: number, d: number) => [number, number, number, number];
    readonly fits: (a: any, b: number, c: number, d: number, e: number) => [number, number];
    readonly pagecheck_finish: (a: number) => [number, number, number, number];
    readonly pagecheck_progress: (a: number) => [number, number];
    readonly pagecheck_start: (a: any, b: number, c: number) => [number, number, number];
    readonly pagecheck_step: (a: number, b: number) => [number, number, number];
    readonly pageencoding_finish: (a: number) => [number, number, number, number];
    readonly pageencoding_progress: (a: number) => [number, number];
    readonly pageencoding_start: (a: any, b: number, c: number, d: number, e: number, f: number, g: number) => [number, number, number];
    readonly pageencoding_step: (a: number, b: number) => [number, number, number];
    readonly sniff: (a: any, b: number, c: number) => [number, number, number, number];
    readonly version: () => [number, number];
    readonly __wbindgen_exn_store: (a: number) => void;
    readonly __externref_table_alloc: () => number;
    readonly __wbindgen_externrefs: WebAssembly.Table;
    readonly __wbindgen_malloc: (a: number, b: number) => number;
    readonly __wbindgen_free: (a: number, b: number, c: number) => void;
    readonly __wbindgen_realloc: (a: number, b: number, c: number, d: number) => number;
    readonly __externref_table_dealloc: (a: number) => void;
    readonly __externref_drop_slice: (a: number, b: number) => void;
    readonly __wbindgen_start: () => void;
}

export type SyncInitInput = BufferSource | WebAssembly.Module;

/**
 * Instantiates the given `module`, which can either be bytes or
 * a precompiled `WebAssembly.Module`.
 *
 * @param {{ module: SyncInitInput }} module - Passing `SyncInitInput` directly is deprecated.
 *
 * @returns {InitOutput}
 */
export function initSync(module: { module: SyncInitInput } | SyncInitInput): InitOutput;

/**
 * If `module_or_path` is {RequestInfo} or {URL}, makes a request and
 * for everything else, calls `WebAssembly.instantiate` directly.
 *
 * @param {{ module_or_path: InitInput | Promise<InitInput> }} module_or_path - Passing `InitInput` directly is deprecated.
 *
 * @returns {Promise<InitOutput>}
 */
export default function __wbg_init (module_or_path: { module_or_path: InitInput | Promise<InitInput> } | InitInput | Promise<InitInput>): Promise<InitOutput>;
