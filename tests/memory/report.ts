import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const folder = fileURLToPath(new URL("../artifacts/memory", import.meta.url));

/** Writes the figures of docs/memory.md. */
export async function report(name: string, sights: object): Promise<void> {
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, `${name}.json`), `${JSON.stringify(sights, null, 2)}\n`);
}
