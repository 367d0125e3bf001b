import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { dirname, join, relative, resolve, sep } from "node:path";
import { EXIT, Stop } from "../exit";
import type { Step } from "./files";

/** What `init` records of an app in package.json: `"strongroom": { "public": "public" }`. */
export interface Recorded {
  /** The folder of static files, as an absolute path. */
  folder: string;
  /** `false`: the worker file is not copied into it. */
  copy: boolean;
  /** The origin of the app's vault, if that is not the app's own. */
  vault?: string;
}

/** The nearest package.json. */
export interface Manifest {
  path: string;
  recorded?: Recorded;
  /** The folder of a vault origin, as an absolute path. */
  vaultOrigin?: string;
  /** Whether the app is built with Vite. */
  usesVite: boolean;
  recordFolder(recorded: Recorded): Step;
  recordVaultOrigin(folder: string): Step;
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
  const { strongroom = {} } = content;
  const { public: recorded, copy, vault, vaultOrigin } = strongroom;
  const absolute = (folder: string) => resolve(dirname(path), folder);
  const relativePath = (folder: string) => relative(dirname(path), folder).split(sep).join("/") || ".";

  function record(key: "public" | "vaultOrigin", changed: Content["strongroom"] & object): Step {
    const folder = changed[key];
    if (JSON.stringify(changed) === JSON.stringify(strongroom)) return { path, what: "unchanged" };
    const other = strongroom[key];
    const instead = typeof other !== "string" || other === folder ? "" : `, in place of ${other}`;
    const all = { ...content, strongroom: changed };
    return {
      path,
      content: JSON.stringify(all, null, indentation(text)) + (/\r?\n$/.exec(text)?.[0] ?? ""),
      what: `folder recorded for later runs of \`strongroom init\`${instead}`,
    };
  }

  return {
    path,
    ...(typeof recorded === "string"
      ? {
          recorded: {
            folder: absolute(recorded),
            copy: copy !== false,
            ...(typeof vault === "string" ? { vault } : {}),
          },
        }
      : {}),
    ...(typeof vaultOrigin === "string" ? { vaultOrigin: absolute(vaultOrigin) } : {}),
    usesVite:
      ["dependencies", "devDependencies"].some((kind) => content[kind]?.vite !== undefined) ||
      ["ts", "mts", "js", "mjs"].some((ext) => existsSync(join(dirname(path), `vite.config.${ext}`))),
    recordFolder({ folder, copy: copies, vault: origin }) {
      const { copy: _, vault: __, ...others } = strongroom;
      return record("public", {
        ...others,
        public: relativePath(folder),
        ...(copies ? {} : { copy: false }),
        ...(origin === undefined ? {} : { vault: origin }),
      });
    },
    recordVaultOrigin(folder) {
      return record("vaultOrigin", { ...strongroom, vaultOrigin: relativePath(folder) });
    },
  };
}

interface Content {
  strongroom?: { public?: unknown; copy?: unknown; vault?: unknown; vaultOrigin?: unknown };
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
