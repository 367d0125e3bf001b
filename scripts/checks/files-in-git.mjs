import { run } from "../lib/commands.mjs";

/**
 * Files of the repository, those not yet added included and ignored ones left out.
 *
 * @param {string[]} patterns
 */
export async function filesInGit(...patterns) {
  const { ok, output } = await run("git", [
    "ls-files",
    "--cached",
    "--others",
    "--exclude-standard",
    "--deduplicate",
    ...patterns,
  ]);
  if (!ok) throw new Error(`git could not list the files of this checkout: ${output}`);
  return output.split("\n").filter((line) => line !== "");
}
