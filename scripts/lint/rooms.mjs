// `node scripts/lint/rooms.mjs`: who imports whom, against the rules of .dependency-cruiser.mjs.
import { cruise, format } from "dependency-cruiser";
import rules, { rooms } from "../../.dependency-cruiser.mjs";
import { root } from "../lib/paths.mjs";

const FOLDERS = ["sw-shim", "demo-spa", "dev-provider", "deploy", "examples", "tests", "scripts", "site"];

const { enhancedResolveOptions, ...options } = rules.options ?? {};
const { output: found } = await cruise(
  FOLDERS,
  { ...options, baseDir: root, ruleSet: rules, validate: true },
  enhancedResolveOptions,
);
if (typeof found === "string") throw new Error(found);

const { output, exitCode } = await format(found, { outputType: "err-long" });
console.log(output);
if (exitCode > 0) process.exitCode = 1;

// Otherwise the rule of a renamed folder, or of one that cannot be parsed, would never fail.
for (const { name, path } of rooms) {
  if (found.modules.some(({ source }) => new RegExp(path).test(source))) continue;
  console.log(`The rule "${name}-imports" matches no file: correct its path in .dependency-cruiser.mjs.`);
  process.exitCode = 1;
}
