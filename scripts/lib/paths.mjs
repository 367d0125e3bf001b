import { join } from "node:path";
import { fileURLToPath } from "node:url";

/** The checkout. */
export const root = fileURLToPath(new URL("../..", import.meta.url));

/** Where setup installs tools for this checkout, in the layout of `cargo install --root`; not in git. */
export const tools = join(root, ".tools");

/** Logs and pictures of test runs; not in git. */
export const artifacts = join(root, "tests", "artifacts");
