import { rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { listen } from "../../dev-provider/src/loopback.js";
import { type DoctorReport, folderWithApp, reportOf, strongroomIn } from "./command-line.js";
import { type StandIns, startStandIns } from "./stand-ins.js";

// Each call is a program of its own, and asks a dozen questions.
vi.setConfig({ testTimeout: 30_000 });

let folder: string;
let standIns: StandIns;

beforeAll(async () => {
  folder = await folderWithApp();
  standIns = await startStandIns({ app: folder });
});
afterEach(() => standIns.reset());
afterAll(async () => {
  await standIns.close();
  await rm(folder, { recursive: true });
});

const strongroom = (...argv: string[]) => strongroomIn(folder, ...argv);

/** What the doctor says of an app; by default of the demo, whose API needs a token at `notes`. */
async function doctor(url = `${standIns.app.origin}/`, ...more: string[]): Promise<DoctorReport> {
  const probe = more.includes("--probe") ? [] : ["--probe", `${standIns.api.url}notes`];
  return reportOf(await strongroom("doctor", url, "--json", ...probe, ...more));
}

/** Changes the provider of the worker's configuration. */
function provider(changes: object): void {
  const { testing } = standIns.host;
  testing.config = { provider: { ...(testing.workerConfig.provider as object), ...changes } };
}

describe("the doctor", () => {
  it("finds nothing wrong with the demo, and says what it looked at", async () => {
    const { exit, findings, passed } = await doctor();
    expect([exit, findings]).toEqual([0, []]);
    const origin = standIns.app.origin;
    for (const sentence of [
      "The page is in the worker's scope, /",
      expect.stringMatching(/^The worker file is version \S+, unchanged$/),
      "The worker's configuration is valid",
      "The host sends the headers that the vault needs",
      "The discovery document matches the configuration",
      expect.stringContaining(`redirect URI ${origin}/auth/callback`),
      "The token endpoint accepts the client, and the worker can read its responses",
      `The provider accepts the sign-out URL ${origin}/`,
      expect.stringContaining("notes refuses an invalid token, and the app can read the response"),
    ]) {
      expect(passed).toContainEqual(sentence);
    }
  });

  it("also prints text", async () => {
    provider({ issuer: `${standIns.authorizationServer.issuer}/`, clientId: "nobody" });
    const { exit, stdout } = await strongroom(
      "doctor",
      standIns.app.origin,
      "--probe",
      `${standIns.api.url}notes`,
    );
    expect(exit).toBe(1);
    expect(stdout).toMatch(/^ok: The worker's configuration is valid/m);
    expect(stdout).toMatch(/^error: issuer_differs\n {2}at .*\n {2}found .*\n {2}remedy /m);
    expect(stdout).toMatch(/\n\d errors, 0 warnings\. Run with --verbose for details\.\n$/);
  });

  it("sends no user's token and leaves no sign-in behind", async () => {
    await doctor();
    for (const { authorization } of standIns.api.testing.requests) {
      expect(authorization?.raw ?? "Bearer strongroom-doctor").toMatch(/^Bearer strongroom-doctor/);
    }
    expect(standIns.authorizationServer.testing.issued.codes).toEqual([]);
  });
});

describe("the doctor finds, with its remedy,", () => {
  it("a plain host", async () => {
    standIns.host.testing.hostHeaders = false;
    const { exit, codes } = await doctor();
    expect(exit).toBe(1);
    expect(codes).toEqual(expect.arrayContaining(["callback_is_the_app", "worker_without_policy"]));
  });

  it.each([
    ["missing", "worker_is_missing"],
    ["redirected", "worker_redirects"],
    ["html", "worker_is_no_script"],
  ] as const)("a worker script that is %s", async (workerScript, code) => {
    standIns.host.testing.workerScript = workerScript;
    const { exit, codes } = await doctor();
    expect([exit, codes]).toEqual([1, expect.arrayContaining([code])]);
  });

  it("an app that is served over http by another host than loopback", async () => {
    const anyAddress = standIns.app.origin.replace("localhost", "0.0.0.0");
    const { exit, findings } = await doctor(anyAddress);
    expect(exit).toBe(1);
    expect(findings).toContainEqual(expect.objectContaining({ code: "insecure_origin", found: anyAddress }));
  });

  it("a configuration that the vault refuses, in the vault's words", async () => {
    standIns.host.testing.config = { unauthenticated: "maybe" };
    const { exit, findings } = await doctor();
    expect(exit).toBe(1);
    expect(findings).toContainEqual(
      expect.objectContaining({
        code: "configuration_refused",
        found: expect.stringContaining("`unauthenticated`"),
      }),
    );
  });

  it("a configuration that only running the script would reveal, unless --config names a file", async () => {
    standIns.host.testing.prelude = "strongroom.start(configure());";
    expect((await doctor()).codes).toContain("configuration_unreadable");
    await writeFile(join(folder, "vault.json"), JSON.stringify(standIns.host.testing.workerConfig));
    expect((await doctor(undefined, "--config", "vault.json")).findings).toEqual([]);
  });

  it("a page outside of the worker's scope", async () => {
    const { codes } = await doctor(undefined, "--scope", "/notes/");
    expect(codes).toContain("page_out_of_scope");
  });

  it("another issuer than the discovery document's", async () => {
    provider({ issuer: `${standIns.authorizationServer.issuer}/` });
    expect((await doctor()).codes).toEqual(["issuer_differs"]);
  });

  it("an endpoint that is not the discovery document's", async () => {
    provider({ revocationEndpoint: `${standIns.authorizationServer.origin}/revoke` });
    const { exit, findings } = await doctor();
    expect([exit, findings]).toEqual([
      0,
      [expect.objectContaining({ code: "endpoint_differs", severity: "warning" })],
    ]);
    expect((await doctor(undefined, "--strict")).exit).toBe(1);
  });

  it("a redirect URI that is not registered", async () => {
    standIns.host.testing.config = { basePath: "/session" };
    const { findings } = await doctor();
    expect(findings).toContainEqual(
      expect.objectContaining({
        code: "redirect_uri_refused",
        urls: [`${standIns.app.origin}/session/callback`],
        remedy: expect.stringContaining("exactly this redirect URI"),
      }),
    );
  });

  it("an unknown client", async () => {
    provider({ clientId: "nobody" });
    expect((await doctor()).codes).toEqual(
      expect.arrayContaining(["redirect_uri_refused", "client_refused"]),
    );
  });

  it("an API whose 401 the app cannot read", async () => {
    const rest = await startStandIns({ app: folder, apiFlavour: "rest" });
    const { exit, codes } = await doctor(rest.app.origin, "--probe", `${rest.api.url}notes`);
    await rest.close();
    expect([exit, codes]).toEqual([0, ["api_401_without_cors"]]);
  });

  it("an API that sends the token back and requires none", async () => {
    const { codes } = await doctor(undefined, "--probe", `${standIns.api.url}echo`);
    expect(codes).toEqual(expect.arrayContaining(["api_takes_any_token", "api_echoes_token"]));
  });

  it("that the API's own URL requires no token", async () => {
    const { codes } = await doctor(undefined, "--probe", standIns.api.url);
    expect(codes).toEqual(["api_401_unseen"]);
  });
});

describe("the doctor gives up, with exit code 3, where", () => {
  it("there is no response", async () => {
    const listener = await listen();
    await listener.close();
    const { exit, stdout, stderr } = await strongroom("doctor", `http://localhost:${listener.port}/`);
    expect([exit, stdout, stderr]).toEqual([3, "", expect.stringContaining("did not respond")]);
  });

  it("there is no page", async () => {
    const { exit, stderr } = await strongroom("doctor", `${standIns.app.origin}/config.json`);
    expect([exit, stderr]).toEqual([3, expect.stringContaining("not with the app's page")]);
  });
});

it("the doctor refuses invalid arguments", async () => {
  for (const argv of [
    [],
    ["https://"],
    ["https://a.example/", "--probe", "notes"],
    ["https://a.example/", "--hedaer"],
  ]) {
    const { exit, stdout, stderr } = await strongroom("doctor", ...argv);
    expect([exit, stdout, stderr]).toEqual([
      2,
      "",
      expect.stringMatching(/Run `strongroom( doctor)? --help`/),
    ]);
  }
});
