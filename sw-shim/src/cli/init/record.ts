import { readFile } from "node:fs/promises";
import { dirname, join, relative, resolve, sep } from "node:path";
import { EXIT, Stop } from "../exit";

/** The app's package.json, in which `init` records the folder: `"strongroom": { "public": "public" }`. */
export interface Manifest {
  path: string;
  /** The folder recorded there, as an absolute path. */
  folder?: string;
  /** What the file becomes with `folder` recorded; what it is, if it is recorded already. */
  recording(folder: string): { before: string; after: string };
}

/** The package.json of `cwd` or of the nearest folder above it. */
export async function nearestManifest(cwd: string): Promise<Manifest | undefined> {
  for (let folder = cwd; ; folder = dirname(folder)) {
    const path = join(folder, "package.json");
    const text = await readFile(path, "utf8").catch(() => undefined);
    if (text !== undefined) return manifest(path, text);
    if (dirname(folder) === folder) return undefined;
  }
}

function manifest(path: string, text: string): Manifest {
  const content = parse(path, text);
  const recorded = content.strongroom?.public;
  return {
    path,
    ...(typeof recorded === "string" ? { folder: resolve(dirname(path), recorded) } : {}),
    recording(folder) {
      const from = relative(dirname(path), folder).split(sep).join("/") || ".";
      if (recorded === from) return { before: text, after: text };
      const changed = { ...content, strongroom: { ...content.strongroom, public: from } };
      return {
        before: text,
        after: JSON.stringify(changed, null, indentation(text)) + (/\r?\n$/.exec(text)?.[0] ?? ""),
      };
    },
  };
}

function parse(path: string, text: string): { strongroom?: { public?: unknown } } {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new Stop(EXIT.usage, `${path} is not JSON: ${(error as Error).message}`);
  }
}

function indentation(text: string): string {
  return /^\{\r?\n([ \t]+)/.exec(text)?.[1] ?? "  ";
}
