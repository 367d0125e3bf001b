import { createHash } from "node:crypto";

/** What the first line of a file of the package says. */
export interface WorkerFile {
  version: string;
  /** Whether its content has the hash in its first line. */
  untouched: boolean;
}

/**
 * Reads the first line of a script or page of the package, which has its version and a hash of the rest. Returns `undefined` for other
 * files.
 *
 * Ignores line endings, which a checkout on Windows may have changed.
 */
export function recognise(content: string): WorkerFile | undefined {
  const text = content.replace(/\r\n/g, "\n");
  const [firstLine, version, hash] =
    /^(?:\/\*|<!--) strongroom (\S+) \|.*\| sha256-(\S+) (?:\*\/|-->)\n/.exec(text) ?? [];
  if (firstLine === undefined || version === undefined) return undefined;
  const actual = createHash("sha256").update(text.slice(firstLine.length)).digest("base64");
  return { version, untouched: actual === hash };
}

/** A page with the first line that {@link recognise} reads. The build gives scripts theirs. */
export function withFirstLine(version: string, page: string): string {
  const hash = createHash("sha256").update(page).digest("base64");
  return `<!-- strongroom ${version} | MIT OR Apache-2.0 | sha256-${hash} -->\n${page}`;
}
