import { join } from "node:path";
import { fileURLToPath } from "node:url";

/** The checkout. */
export const root = fileURLToPath(new URL("../..", import.meta.url));

/** What setup installs for this checkout alone, laid out as `cargo install --root` does; not in git. */
export const tools = join(root, ".tools");

/** What a test run leaves behind to be looked at; not in git. */
export const artifacts = join(root, "tests", "artifacts");
