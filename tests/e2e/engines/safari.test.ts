import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, expect, onTestFinished, test, vi } from "vitest";
import { engineOf } from "./engine.js";
import { safari } from "./safari.js";

afterEach(() => {
  vi.unstubAllEnvs();
});

test("safaridriver listens on the given port, in the home of the user who has allowed automation", () => {
  const driver = programOnPath("safaridriver");
  vi.stubEnv("HOME", "/Users/ada");
  vi.stubEnv("TMPDIR", "/var/folders/ada");
  const { executable, environment, ...command } = safari.server(false);
  expect([executable, ...command.arguments(4444, "/tmp/browser")]).toEqual([driver, "-p", "4444"]);
  expect(environment).toEqual({ HOME: "/Users/ada", TMPDIR: "/var/folders/ada" });
});

test("a session of Safari has no options of other browsers", () => {
  const options = {
    width: 1280,
    height: 900,
    serviceWorkers: true,
    privateWindows: false,
    profile: null,
    chromiumArguments: ["--no-first-run"],
  };
  expect(safari.capabilities(options, false)).toEqual({ browserName: "safari" });
});

test("scenarios treat Safari as WebKit", () => {
  expect(engineOf("safari")).toBe("webkit");
});

if (process.platform !== "darwin") {
  test("on another system, the reason for a missing safaridriver is that only macOS has it", () => {
    vi.stubEnv("PATH", "");
    expect(() => safari.server(false)).toThrow(/safaridriver was not found: .* part of macOS/);
  });
}

/** The path of an executable file that is the first of its name. */
function programOnPath(name: string): string {
  const directory = mkdtempSync(join(tmpdir(), "strongroom-program-"));
  onTestFinished(() => rmSync(directory, { recursive: true }));
  const path = join(directory, name);
  writeFileSync(path, "", { mode: 0o755 });
  vi.stubEnv("PATH", directory);
  return path;
}
