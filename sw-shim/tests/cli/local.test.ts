import { afterEach, describe, expect, it } from "vitest";
import { configuration, Folder, flags } from "./support";

let folder: Folder;
afterEach(() => folder.remove());

/** As `init` writes it, with a value that depends on the stage. */
const TYPED = `
  interface Environment { env: Record<string, string> }
  export default ({ env }: Environment) => ({
    ...${JSON.stringify(configuration)},
    api: [{ url: env.API_URL }],
  });`;

async function apiOrigins(...more: string[]): Promise<string> {
  const { exit, out, said } = await folder.strongroom([
    "headers",
    "--for",
    "json",
    "--origin",
    "https://app.example.com",
    ...more,
  ]);
  expect([exit, said]).toEqual([0, ""]);
  const app = JSON.parse(out).find(({ path }: { path: string }) => path === "/*");
  return /connect-src ([^;]+)/.exec(app.headers["Content-Security-Policy"])?.[1] ?? "";
}

describe("a typed configuration", () => {
  it("beside package.json takes precedence over a recorded worker script", async () => {
    folder = await Folder.create({ "package.json": "{}", "public/index.html": "" });
    await folder.strongroom(["init", "public", ...flags]);
    await folder.write("vault.config.ts", TYPED);
    await folder.write(".env", "API_URL=https://api.typed.example/\n");
    expect(await apiOrigins()).toContain("https://api.typed.example");
  });

  it("is read in the mode of --mode, otherwise in production", async () => {
    folder = await Folder.create({ "package.json": "{}", "vault.config.ts": TYPED });
    await folder.write(".env.production", "API_URL=https://api.example.com/\n");
    await folder.write(".env.staging", "API_URL=https://staging.example.com/\n");
    expect(await apiOrigins()).toContain("https://api.example.com");
    expect(await apiOrigins("--mode", "staging")).toContain("https://staging.example.com");
  });

  it("may be elsewhere, with the .env files beside it", async () => {
    folder = await Folder.create({ "package.json": "{}", "web/vault.config.mts": TYPED });
    await folder.write("web/.env", "API_URL=https://api.elsewhere.example/\n");
    expect(await apiOrigins("--config", "web/vault.config.mts")).toContain("https://api.elsewhere.example");
  });

  it.each([
    ["a missing variable", TYPED, "vault.config.ts: the environment variable API_URL is missing"],
    ["what the vault refuses", "export default { scopes: [] };", /^vault\.config\.ts: `/],
    ["a mistake in its syntax", "export default {", /^vault\.config\.ts: /],
  ])("with %s is refused by its name", async (_, source, sentence) => {
    folder = await Folder.create({ "package.json": "{}", "vault.config.ts": source });
    const { exit, said } = await folder.strongroom([
      "headers",
      "--for",
      "json",
      "--origin",
      "https://app.example.com",
    ]);
    expect([exit, said]).toEqual([
      2,
      typeof sentence === "string" ? expect.stringContaining(sentence) : expect.stringMatching(sentence),
    ]);
  });
});

it("without any configuration, a command says what it looked for", async () => {
  folder = await Folder.create({ "package.json": "{}" });
  const { exit, said } = await folder.strongroom([
    "headers",
    "--for",
    "json",
    "--origin",
    "https://app.example.com",
  ]);
  expect([exit, said]).toEqual([2, expect.stringContaining("there is no vault.config.ts here")]);
});
