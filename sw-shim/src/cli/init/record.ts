import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { dirname, join, relative, resolve, sep } from "node:path";
import { EXIT, Stop } from "../exit";

/** What `init` records in package.json: `"strongroom": { "public": "public" }`. */
export interface Recorded {
  /** The folder of static files, as an absolute path. */
  folder: string;
  /** `false`: the worker file is not copied into it. */
  copy: boolean;
}

/** The app's package.json. */
export interface Manifest {
  path: string;
  recorded?: Recorded;
  /** Whether the app is built with Vite. */
  usesVite: boolean;
  /** The text of the file before and after. They are equal if this is recorded already. */
  recording(recorded: Recorded): { before: string; after: string };
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
  const { public: recorded, copy } = content.strongroom ?? {};
  return {
    path,
    ...(typeof recorded === "string"
      ? { recorded: { folder: resolve(dirname(path), recorded), copy: copy !== false } }
      : {}),
    usesVite:
      ["dependencies", "devDependencies"].some((kind) => content[kind]?.vite !== undefined) ||
      ["ts", "mts", "js", "mjs"].some((ext) => existsSync(join(dirname(path), `vite.config.${ext}`))),
    recording({ folder, copy: copies }) {
      const from = relative(dirname(path), folder).split(sep).join("/") || ".";
      if (recorded === from && (copy !== false) === copies) return { before: text, after: text };
      const { copy: _, ...others } = content.strongroom ?? {};
      const changed = {
        ...content,
        strongroom: { ...others, public: from, ...(copies ? {} : { copy: false }) },
      };
      return {
        before: text,
        after: JSON.stringify(changed, null, indentation(text)) + (/\r?\n$/.exec(text)?.[0] ?? ""),
      };
    },
  };
}

interface Content {
  strongroom?: { public?: unknown; copy?: unknown };
  [kind: string]: Record<string, unknown> | undefined;
}

function parse(path: string, text: string): Content {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new Stop(EXIT.usage, `${path} is not valid JSON: ${(error as Error).message}`);
  }
}

function indentation(text: string): string {
  return /^\{\r?\n([ \t]+)/.exec(text)?.[1] ?? "  ";
}
