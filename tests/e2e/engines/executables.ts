import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";
import { fileURLToPath } from "node:url";

export interface Executable {
  /** File names, tried in order in each directory. */
  names: string[];
  /** What to do when it is missing: `install the Debian package …`. */
  remedy: string;
  /** Directories in addition to `PATH`. */
  directories?: string[];
}

/** The repository's own tools, see `scripts/`. */
const TOOLS = fileURLToPath(new URL("../../../.tools/bin", import.meta.url));

/** The path of an executable. Throws a sentence saying what to install: a missing engine is a failure, never a skip. */
export function findExecutable({ names, remedy, directories = [] }: Executable): string {
  const path = (process.env.PATH ?? "").split(delimiter).filter((directory) => directory !== "");
  for (const directory of [TOOLS, ...path, ...directories]) {
    for (const name of names) {
      const candidate = join(directory, name);
      if (isExecutable(candidate)) return candidate;
    }
  }
  throw new Error(`${names.join(" or ")} was not found: ${remedy}.`);
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
