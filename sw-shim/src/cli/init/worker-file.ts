import { createHash } from "node:crypto";

/** The name under which the vault's own script is served. */
export const WORKER_FILE = "strongroom-worker.js";

/** What a copy of the worker file says of itself. */
export interface WorkerFile {
  version: string;
  /** Whether it is as it was published. */
  untouched: boolean;
}

/**
 * Judges a copy by its first line, which has a hash of the rest. `undefined` if it is none of ours.
 *
 * A checkout on Windows may have given it other line ends, which change nothing.
 */
export function recognise(content: string): WorkerFile | undefined {
  const text = content.replace(/\r\n/g, "\n");
  const [firstLine, version, hash] = /^\/\* strongroom (\S+) \|.*\| sha256-(\S+) \*\/\n/.exec(text) ?? [];
  if (firstLine === undefined || version === undefined) return undefined;
  const actual = createHash("sha256").update(text.slice(firstLine.length)).digest("base64");
  return { version, untouched: actual === hash };
}
