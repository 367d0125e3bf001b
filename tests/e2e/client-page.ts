import { cp } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import type { TestedStandIns } from "strongroom-demo/servers/stand-ins.js";
import type {} from "./client-app/main.js";
import type { Browser } from "./engines/browser.js";

const source = fileURLToPath(new URL("client-app", import.meta.url));

/**
 * Builds `client-app` as an app's bundler would and returns the folder; each run has its own, as they run side by side.
 *
 * @param banner what the script begins with: it runs before the client's module.
 */
export async function buildClientApp(run: string, banner = ""): Promise<string> {
  const folder = fileURLToPath(new URL(`../artifacts/client-app-${run}`, import.meta.url));
  await cp(join(source, "index.html"), join(folder, "index.html"));
  await build({
    entryPoints: [join(source, "main.ts")],
    outfile: join(folder, "main.js"),
    bundle: true,
    format: "esm",
    target: "es2022",
    banner: { js: banner },
  });
  return folder;
}

/** The page of `client-app` in the browser's current tab. It connects when it is told to. */
export class ClientPage {
  readonly origin: string;

  constructor(
    private readonly browser: Browser,
    standIns: TestedStandIns,
  ) {
    this.origin = standIns.app.origin;
  }

  async open(path = "/"): Promise<void> {
    await this.browser.goto(this.origin + path);
    await this.browser.waitFor("the client's module", () =>
      this.browser.evaluate(() => typeof connectVault === "function"),
    );
  }

  /** Calls `connect` and returns the session; throws what it rejects with. */
  async connect(options: { scope?: string } = {}): Promise<string> {
    return await this.browser.evaluate(async (options) => {
      const { session } = await connectVault({ worker: "/vault-worker.js", ...options });
      return session.status;
    }, options);
  }
}
