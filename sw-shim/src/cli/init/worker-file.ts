import { createHash } from "node:crypto";

/** What the first line of a worker file says. */
export interface WorkerFile {
  version: string;
  /** Whether its content has the hash in its first line. */
  untouched: boolean;
}

/**
 * Reads the first line of a worker file, which has its version and a hash of the rest. Returns `undefined` for other files.
 *
 * Ignores line endings, which a checkout on Windows may have changed.
 */
export function recognise(content: string): WorkerFile | undefined {
  const text = content.replace(/\r\n/g, "\n");
  const [firstLine, version, hash] = /^\/\* strongroom (\S+) \|.*\| sha256-(\S+) \*\/\n/.exec(text) ?? [];
  if (firstLine === undefined || version === undefined) return undefined;
  const actual = createHash("sha256").update(text.slice(firstLine.length)).digest("base64");
  return { version, untouched: actual === hash };
}
