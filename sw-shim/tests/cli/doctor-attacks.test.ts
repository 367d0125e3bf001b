import { createServer, type IncomingHttpHeaders, type RequestListener } from "node:http";
import { type AddressInfo, connect } from "node:net";
import { afterEach, beforeEach, describe, expect, it, onTestFinished } from "vitest";
import type { System } from "../../src/checks/network";
import { readWorkerScript } from "../../src/cli/configuration/read";
import { Folder } from "./support";

/** Addresses for documentation (RFC 5737), which count as on the internet. */
const APP = "203.0.113.10";
const OTHER = "203.0.113.20";

let folder: Folder;
/** The addresses of each name, one set per lookup. The last one stays. */
let names: Record<string, string[][]>;
/** Where connections to an address go, except for those of this machine. */
let routes: Record<string, number>;

beforeEach(async () => {
  folder = await Folder.create();
  names = { "app.example.com": [[APP]], "other.example.com": [[OTHER]], localhost: [["127.0.0.1"]] };
  routes = {};
});
afterEach(() => folder.remove());

/** A network with its own names and routes, all to this machine. */
const system: System = {
  async lookup(hostname) {
    const [first = [hostname], ...later] = names[hostname] ?? [];
    if (later.length > 0) names[hostname] = later;
    return first.map((address) => ({ address, family: address.includes(":") ? 6 : 4 }));
  },
  connect: ({ host, port }) => connect({ host: "127.0.0.1", port: routes[host] ?? port }),
};

interface Service {
  port: number;
  requests: { url: string; headers: IncomingHttpHeaders }[];
}

/** A server on this machine, until the test ends. */
async function service(answer: RequestListener = (_, response) => response.end("{}")): Promise<Service> {
  const requests: Service["requests"] = [];
  const server = createServer((request, response) => {
    requests.push({ url: request.url ?? "", headers: request.headers });
    answer(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return { port: (server.address() as AddressInfo).port, requests };
}

/** An app at http://app.example.com whose worker script is `script`. */
async function appWith(
  script: string,
  page: RequestListener = (_, response) => response.end("<!doctype html>"),
) {
  const app = await service((request, response) => {
    if (request.url === "/vault-worker.js") {
      response.setHeader("content-type", "text/javascript").end(script);
    } else {
      response.setHeader("content-type", "text/html");
      page(request, response);
    }
  });
  routes[APP] = app.port;
  return app;
}

const workerOf = (origin: string) => `importScripts("${origin}/strongroom-worker.js"); strongroom.start({
  provider: { issuer: "${origin}", authorizationEndpoint: "${origin}/authorize", tokenEndpoint: "${origin}/token", clientId: "a" },
  scopes: ["openid"], api: [{ url: "${origin}/api/" }] });`;

async function doctor(argv: string[] = [], answers?: string[]) {
  const ended = await folder.strongroom(
    ["doctor", "http://app.example.com/", "--json", ...argv],
    answers,
    system,
  );
  const { findings } = JSON.parse(ended.out) as { findings: { code: string; urls: string[] }[] };
  return { ...ended, findings, refused: findings.filter(({ code }) => code === "local_address_refused") };
}

describe("secrets in --header", () => {
  const secret = ["--header", "Authorization: Bearer secret"];

  it("are not sent to an origin that the worker script imports from", async () => {
    const other = await service((_, response) => response.setHeader("content-type", "text/javascript").end());
    routes[OTHER] = other.port;
    const app = await appWith('importScripts("http://other.example.com/strongroom-worker.js");');
    await doctor(secret);
    expect(app.requests.every(({ headers }) => headers.authorization === "Bearer secret")).toBe(true);
    expect(other.requests.map(({ url }) => url)).toContain("/strongroom-worker.js");
    for (const { headers } of other.requests) expect(headers).not.toHaveProperty("authorization");
  });

  it("are not sent to the provider, nor to a redirect's target", async () => {
    const other = await service();
    routes[OTHER] = other.port;
    const redirects: RequestListener = ({ url }, response) => {
      if (url === "/") response.writeHead(302, { location: "http://other.example.com/stolen" });
      response.end();
    };
    await appWith(workerOf("http://other.example.com"), redirects);
    const { exit, said } = await folder.strongroom(
      ["doctor", "http://app.example.com/", ...secret],
      undefined,
      system,
    );
    expect([exit, said]).toEqual([3, expect.stringContaining("redirects to http://other.example.com")]);
    for (const { url, headers } of other.requests) {
      expect(url).not.toBe("/stolen");
      expect(String(headers.authorization)).not.toContain("secret");
    }
  });
});

describe("an app on the internet that refers to a service on this machine", () => {
  it.each([
    ["by name", "localhost", {}],
    ["by a name below localhost", "admin.localhost", {}],
    ["by address", "127.0.0.1", {}],
    ["by another form of the address", "2130706433", {}],
    ["by an IPv6 address", "[::ffff:127.0.0.1]", { "::ffff:7f00:1": [["::ffff:7f00:1"]] }],
    ["by a DNS name that points to it", "innocent.example.com", { "innocent.example.com": [["127.0.0.1"]] }],
    [
      "by a DNS name that points into a private network",
      "lan.example.com",
      { "lan.example.com": [["192.168.1.1"]] },
    ],
  ])("%s, has nothing sent to it", async (_, host, more) => {
    Object.assign(names, more);
    const local = await service();
    await appWith(workerOf(`http://${host}:${local.port}`));
    const { refused } = await doctor();
    expect(local.requests).toEqual([]);
    // The vault refuses a configuration with plain http to another host, before any request.
    expect(refused.length).toBeLessThanOrEqual(1);
  });

  it("causes one finding, which names the flag that allows it", async () => {
    const local = await service();
    await appWith(workerOf(`http://localhost:${local.port}`));
    const { refused } = await doctor();
    expect(refused).toEqual([
      expect.objectContaining({
        urls: [`http://localhost:${local.port}`],
        found: expect.stringContaining("on this machine"),
        remedy: expect.stringContaining("--allow-local"),
      }),
    ]);
  });

  it("causes requests only with --allow-local, or with consent at a terminal", async () => {
    const local = await service();
    await appWith(workerOf(`http://localhost:${local.port}`));
    expect((await doctor(["--allow-local"])).refused).toEqual([]);
    expect(local.requests.length).toBeGreaterThan(0);

    const before = local.requests.length;
    const { asked, refused } = await doctor([], ["no"]);
    expect([asked.length, refused.length, local.requests.length]).toEqual([1, 1, before]);
    expect(asked[0]).toContain(`refers to http://localhost:${local.port}, which is on this machine`);

    expect((await doctor([], ["y"])).refused).toEqual([]);
    expect(local.requests.length).toBeGreaterThan(before);
  });

  it("causes no request to this machine if its own name resolves there after the first request", async () => {
    names["app.example.com"] = [[APP], ["127.0.0.1"]];
    const app = await appWith("strongroom.start({});");
    const { exit } = await folder.strongroom(["doctor", "http://app.example.com/"], undefined, system);
    expect(exit).toBe(1);
    expect(app.requests.length).toBeGreaterThan(3);
  });

  it("counts as on the internet if one of its addresses is", async () => {
    names["app.example.com"] = [["127.0.0.1", APP]];
    const local = await service();
    await appWith(workerOf(`http://localhost:${local.port}`));
    await doctor();
    expect(local.requests).toEqual([]);
  });

  it("may be probed at a local URL that the user names", async () => {
    const local = await service();
    await appWith(workerOf("http://localhost:1"));
    await doctor(["--probe", `http://localhost:${local.port}/api/`]);
    expect(local.requests.length).toBeGreaterThan(0);
  });
});

describe("a worker script that would fill the memory is read in bounded time:", () => {
  const lines = (count: number, line: (index: number) => string) =>
    Array.from({ length: count }, (_, index) => line(index + 1)).join("\n");
  const start = "strongroom.start({ scopes: a40 });";

  it.each([
    [
      "arrays that double",
      `const a0 = ["x"];\n${lines(40, (i) => `const a${i} = [...a${i - 1}, ...a${i - 1}];`)}${start}`,
    ],
    [
      "empty arrays that double",
      `const a0 = [];\n${lines(40, (i) => `const a${i} = [...a${i - 1}, ...a${i - 1}];`)}${start}`,
    ],
    [
      "arrays that nest",
      `const a0 = ["x"];\n${lines(40, (i) => `const a${i} = [a${i - 1}, a${i - 1}];`)}${start}`,
    ],
    [
      "objects that nest",
      `const a0 = {};\n${lines(40, (i) => `const a${i} = { a: a${i - 1}, b: a${i - 1} };`)}${start}`,
    ],
    [
      "objects that spread",
      `const a0 = { a: 1 };\n${lines(40, (i) => `const a${i} = { ...a${i - 1}, ...a${i - 1} };`)}${start}`,
    ],
    [
      "templates that double",
      `const a0 = "x";\n${lines(40, (i) => `const a${i} = \`\${a${i - 1}}\${a${i - 1}}\`;`)}${start}`,
    ],
    [
      "sums that double",
      `const a0 = "x";\n${lines(40, (i) => `const a${i} = a${i - 1} + a${i - 1};`)}${start}`,
    ],
    [
      "computed keys that double",
      `const a0 = "x";\n${lines(40, (i) => `const a${i} = a${i - 1} + a${i - 1};`)}strongroom.start({ [a40]: 1 });`,
    ],
    ["a template of an array that joins", `const a0 = ["x"]; strongroom.start({ scopes: \`\${a0}\` });`],
    ["a constant of itself", "const a = [...a, ...b], b = [...b, ...a]; strongroom.start({ scopes: a });"],
    ["a sum of a hundred thousand terms", `strongroom.start({ scopes: ${'"x"+'.repeat(100_000)}"x" });`],
    ["parentheses without end", `strongroom.start({ scopes: ${"[".repeat(100_000)} });`],
    [
      "fifty thousand constants",
      `${lines(50_000, (i) => `const b${i} = b${i + 1};`)}strongroom.start({ scopes: b1 });`,
    ],
    ["a script of 5 MB", `//${"x".repeat(5 * 1024 * 1024)}\nstrongroom.start({});`],
    ["a regular expression", "strongroom.start({ scopes: /(a+)+$/ });"],
    ["a BigInt, which JSON has not", "strongroom.start({ scopes: 1n });"],
  ])("%s", (_, script) => {
    // Processor time, because a busy machine takes longer.
    const [began, heap] = [process.cpuUsage(), process.memoryUsage().heapUsed];
    const { configuration, problem } = readWorkerScript(script, "https://app.example.com");
    expect(configuration).toBeUndefined();
    expect(problem).toMatch(/too large|too deeply|computed value|larger than|stack|Unexpected/);
    expect(process.cpuUsage(began).user).toBeLessThan(10_000_000);
    expect(process.memoryUsage().heapUsed - heap).toBeLessThan(400 * 1024 * 1024);
  });
});
