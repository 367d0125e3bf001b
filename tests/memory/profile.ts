import { readdir, readFile } from "node:fs/promises";
import { join, relative } from "node:path";
import type { SecretSearch } from "./secrets.js";

/** The files that a browser left on disk, and the secrets in them. */
export interface ProfileSight {
  /** Names of the secrets by file. */
  found: Record<string, string[]>;
  files: number;
  bytes: number;
}

/**
 * Searches every file of a profile without decompressing it. LZ4 and Snappy, which browsers use for storage, do not change
 * strings as random as tokens.
 */
export async function searchProfile(folder: string, search: SecretSearch): Promise<ProfileSight> {
  const sight: ProfileSight = { found: {}, files: 0, bytes: 0 };
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const path = join(entry.parentPath, entry.name);
    const bytes = await readFile(path);
    const names = search.inBytes(bytes);
    if (names.length > 0) sight.found[relative(folder, path)] = names;
    sight.files += 1;
    sight.bytes += bytes.length;
  }
  return sight;
}
