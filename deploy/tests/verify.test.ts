import { createServer, type RequestListener, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { hostRules, ruleFor } from "strongroom/headers";
import { afterEach, expect, test } from "vitest";
import { hostOptions } from "../lib/stack.mjs";
import { problemsOfHost } from "../lib/verify.mjs";
import { outputs } from "./outputs.js";

let server: Server | undefined;
afterEach(() => server?.close());

const APP = "<!doctype html><title>The app</title>";
const files: Record<string, string> = {
  "/index.html": APP,
  "/vault-worker.js": "strongroom.start({});",
  "/strongroom-worker.js": "//",
};
const rules = hostRules(hostOptions(outputs));

/** A host as it should be. */
const good: RequestListener = (request, response) => {
  const { pathname } = new URL(request.url ?? "/", "http://localhost");
  const { headers, page } = ruleFor(rules, pathname);
  for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
  if (page) return response.writeHead(page.status).end(page.body);
  const file = files[pathname.includes(".") ? pathname : "/index.html"];
  return response.writeHead(file ? 200 : 404).end(file);
};

async function problems(listener: RequestListener): Promise<string[]> {
  server = createServer(listener);
  await new Promise<void>((resolve) => server?.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return problemsOfHost({ ...outputs, AppOrigin: `http://127.0.0.1:${port}` });
}

test("a host with the headers is as it should be", async () => {
  expect(await problems(good)).toEqual([]);
});

test("a plain static host is not", async () => {
  const found = await problems((_, response) => response.end(APP));
  const text = found.join("\n");
  expect(text).toContain("GET /auth/callback?code=code&state=state: the status is 200, not 404.");
  expect(text).toContain("GET /auth/callback?code=code&state=state: it is not the endpoints' page.");
  expect(text).toContain("GET /vault-worker.js: Content-Security-Policy is missing");
  expect(text).toContain("GET /: Cross-Origin-Opener-Policy is missing");
  expect(text).toContain("GET /assets/missing.js: the status is 200, not 404.");
});

test.each([
  [
    "one header less",
    (name: string) => name !== "Cross-Origin-Opener-Policy",
    "Cross-Origin-Opener-Policy is missing",
  ],
])("%s is found", async (_, keeps, problem) => {
  const found = await problems((request, response) => {
    const setHeader = response.setHeader.bind(response);
    response.setHeader = (name, value) => (keeps(name) ? setHeader(name, value) : response);
    good(request, response);
  });
  expect(found.join("\n")).toContain(problem);
});

test("a view that is not the app is found", async () => {
  const found = await problems((request, response) => {
    if (request.url === "/a/view/of/the/app") request.url = "/missing.html";
    good(request, response);
  });
  expect(found).toEqual([
    "GET /a/view/of/the/app: the status is 404, not 200.",
    "GET /a/view/of/the/app: it is not the app.",
  ]);
});
