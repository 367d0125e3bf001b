import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect, it } from "vitest";
import { DEPLOYMENT_FINDINGS } from "../../src/checks/catalog";
import { EXIT } from "../../src/cli/exit";
import { HOSTS } from "../../src/cli/headers";
import { Folder } from "./support";

const page = await readFile(new URL("../../../docs/command-line.md", import.meta.url), "utf8");

it("every finding is documented with its severity", () => {
  const rows = [...page.matchAll(/^\| `(\w+)` \| (error|warning|note) \|/gm)].map(([, code, severity]) => [
    code,
    severity,
  ]);
  expect(new Map(rows as [string, string][])).toEqual(
    new Map(Object.entries(DEPLOYMENT_FINDINGS).map(([code, { severity }]) => [code, severity])),
  );
});

it("every exit code is, and every host", () => {
  for (const code of Object.values(EXIT)) expect(page).toMatch(new RegExp(`^\\| ${code} \\| `, "m"));
  for (const host of HOSTS) expect(page).toMatch(new RegExp(`^\\| \`${host}\` \\| `, "m"));
});

it.each(["init", "headers", "doctor", "dev-provider"])("every flag of %s is", async (command) => {
  const folder = await Folder.create();
  const { exit, out } = await folder.strongroom([command, "--help"]);
  await folder.remove();
  expect(exit).toBe(0);
  const section = page.slice(page.indexOf(`\n## ${command}`)).split(/\n## /)[1] ?? "";
  const options = out.slice(out.indexOf("\nOptions:")).split("\n\n")[0] ?? "";
  const names = [...options.matchAll(/^ {2}(?:-\w, )?(--[\w-]+)/gm)].map(([, flag = ""]) => flag);
  expect(names).toContain("--help");
  for (const flag of names.filter((name) => name !== "--help")) expect(section).toContain(`${flag}`);
});

it("no document or output has an npx command that could download a package", async () => {
  const root = fileURLToPath(new URL("../../..", import.meta.url));
  const { stdout } = await promisify(execFile)(
    "git",
    ["ls-files", "*.md", "*.html", "sw-shim/src", "demo-spa/src"],
    {
      cwd: root,
    },
  );
  const fetching: string[] = [];
  for (const name of stdout.trim().split("\n")) {
    const text = await readFile(join(root, name), "utf8");
    if (/npx\s+strongroom/.test(text)) fetching.push(name);
  }
  expect(fetching).toEqual([]);
});
