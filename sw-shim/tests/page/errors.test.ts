import { readFile } from "node:fs/promises";
import { expect, it } from "vitest";
import { VaultError, type VaultErrorCode } from "../../src/page/errors";

const page = await readFile(new URL("../../../docs/errors.md", import.meta.url), "utf8");

/** Each code, checked for completeness by the compiler. */
const CODES: Record<VaultErrorCode, true> = {
  service_worker_unavailable: true,
  already_connected: true,
  trusted_types_refused: true,
  worker_not_found: true,
  worker_not_javascript: true,
  invalid_configuration: true,
  worker_failed: true,
  out_of_scope: true,
  version_mismatch: true,
  vault_unreachable: true,
  worker_lost: true,
  worker_unregistered: true,
  no_provider: true,
};

it.each(Object.keys(CODES) as VaultErrorCode[])(
  "%s has a paragraph with cause and remedy, which the message links to",
  (code) => {
    const [, link] =
      /^It broke\. https:\/\/\S+\/(docs\/errors\.md#\w+)$/.exec(new VaultError(code, "It broke.").message) ??
      [];
    expect(link).toBe(`docs/errors.md#${code}`);
    const [, paragraph] = page.split(`\n### \`${code}\`\n`);
    expect(paragraph?.split("\n#")[0]).toMatch(/^\n\*\*Cause\.\*\* .*\n\n\*\*Remedy\.\*\* /s);
  },
);

it("every documented code exists", () => {
  const documented = [...page.matchAll(/^### `(\w+)`$/gm)].map(([, code]) => code);
  expect(documented.toSorted()).toEqual(Object.keys(CODES).toSorted());
});

it("a browser's own error is the cause", () => {
  const cause = new TypeError("no network");
  expect(new VaultError("worker_lost", "It broke.", { cause })).toMatchObject({ name: "VaultError", cause });
});
