import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { root } from "../../sw-shim/packaging/packed";
import { apiPages } from "./blocks";

it.each(apiPages())("%s has an example for everything that is exported", (page) => {
  const [, ...sections] = readFileSync(join(root, page), "utf8").split(/^### /m);
  const lacking = sections
    .filter((section) => !/^(#### Example$|Re-exports )/m.test(section))
    .map((section) => section.split("\n")[0]);
  expect(lacking).toEqual([]);
});
