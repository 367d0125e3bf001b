/** @import { Check } from "./check.ts" */
import { once } from "node:events";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { Agent, createServer, request as httpRequest } from "node:http";
import { join } from "node:path";
import { findProgram } from "../lib/commands.mjs";
import { artifacts, root } from "../lib/paths.mjs";
import { chromium } from "../setup/browsers.mjs";
import { wasmBindgen } from "../setup/cargo-tools.mjs";
import { npmPackages } from "../setup/npm-packages.mjs";
import { prerequisites } from "../setup/prerequisites.mjs";
import { rustToolchain } from "../setup/rust-toolchain.mjs";
import { casesOfLibtest } from "./cases.mjs";
import { ALL_SCENARIOS, PROSE } from "./ignored.mjs";

/** @type {Check} */
export const edge = {
  name: "edge",
  what: "the tests of crate/wasm, in a service worker of Chromium",
  requires: [...prerequisites, chromium, npmPackages, rustToolchain, wasmBindgen],
  usesCargo: true,
  ignores: [...PROSE, ...ALL_SCENARIOS],
  async run(job) {
    const proxy = await proxyWithFewConnections();
    try {
      const args = ["test", "--locked", "--package", "strongroom-wasm", "--target", "wasm32-unknown-unknown"];
      const { output } = await job.run("cargo", args, {
        env: {
          CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUNNER: "wasm-bindgen-test-runner",
          CHROMEDRIVER: `${findProgram("chromedriver")}`,
          WASM_BINDGEN_TEST_WEBDRIVER_JSON: capabilities(proxy.port),
          // All tests are one run to the runner, and a busy machine needs more than its twenty seconds for that.
          WASM_BINDGEN_TEST_TIMEOUT: "120",
        },
      });
      return casesOfLibtest(output);
    } finally {
      proxy.close();
    }
  },
};

/**
 * The file that says how Chromium is started: the one beside the tests, with the proxy, also for this machine itself.
 *
 * @param {number} proxyPort
 */
function capabilities(proxyPort) {
  const settings = JSON.parse(readFileSync(join(root, "crate", "wasm", "webdriver.json"), "utf8"));
  settings["goog:chromeOptions"].args.push(
    `--proxy-server=127.0.0.1:${proxyPort}`,
    "--proxy-bypass-list=<-loopback>",
    // Chromium's sandbox cannot start as root.
    ...(process.getuid?.() === 0 ? ["--no-sandbox"] : []),
  );
  mkdirSync(artifacts, { recursive: true });
  const copy = join(artifacts, "webdriver.json");
  writeFileSync(copy, JSON.stringify(settings));
  return copy;
}

/**
 * A proxy between Chromium and the test runner's server. That server (tiny_http) gives each open connection a thread, has
 * four at rest, and now and then starts none for a further connection: its requests wait until another one closes, which
 * takes Chromium two minutes. Of fourteen runs without the proxy four stood still.
 */
async function proxyWithFewConnections() {
  const agent = new Agent({ keepAlive: true, maxSockets: 3 });
  const server = createServer((request, response) => {
    const { url = "", method, headers } = request;
    const forwarded = httpRequest(url, { method, headers, agent }, (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(response);
    });
    forwarded.on("error", (error) => response.destroy(error));
    request.pipe(forwarded);
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = /** @type {import("node:net").AddressInfo} */ (server.address());
  return {
    port,
    close() {
      server.close();
      server.closeAllConnections();
      agent.destroy();
    },
  };
}
