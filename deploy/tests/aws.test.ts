import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Outputs } from "../lib/stack.mjs";
import { uploadCommands, vaultUploadCommands } from "../lib/upload.mjs";

/** What a stack says of itself. */
const outputs: Outputs = {
  AppOrigin: "https://app.example.com",
  ApiUrl: "https://a1b2c3d4e5.execute-api.eu-central-1.amazonaws.com/api/",
  Region: "eu-central-1",
  UserPoolId: "eu-central-1_AbCdEfGhI",
  ClientId: "1example23456789",
  LoginDomain: "https://auth.example.com",
  Recovery: "none",
  Scopes: "openid email api/notes.read",
  BucketName: "notes-site",
  DistributionId: "E1EXAMPLE",
};

describe("the upload", () => {
  const commands = uploadCommands("dist", outputs).map((command) => command.join(" "));
  const index = (words: string) => commands.findIndex((command) => command.includes(words));

  test("uploads files before those that refer to them, and the page last", () => {
    const order = [
      "dist/assets",
      "s3 cp dist s3://",
      "dist/vault-worker.js",
      "dist/index.html",
      "invalidation",
    ];
    const found = order.map(index);
    expect(found).not.toContain(-1);
    expect(found).toEqual(found.toSorted((a, b) => a - b));
    expect(index("dist/strongroom-worker.js")).toBeLessThan(index("dist/index.html"));
  });

  test("lets caches keep only files with a hash in their name", () => {
    for (const command of commands.filter((command) => command.startsWith("s3"))) {
      expect(command.includes("immutable"), command).toBe(command.includes("/assets "));
      if (!command.includes("/assets ")) expect(command).toContain("--cache-control no-cache");
    }
  });

  test("uploads the worker scripts as JavaScript", () => {
    for (const name of ["vault-worker.js", "strongroom-worker.js"]) {
      const uploads = commands.filter((command) => command.includes(`dist/${name}`));
      expect(uploads).toHaveLength(1);
      expect(uploads[0]).toContain("--content-type text/javascript; charset=utf-8");
      expect(commands[index("s3 cp dist s3://")]).toContain(`--exclude ${name}`);
    }
  });
});

describe("the upload of a vault's own origin", () => {
  const withVault: Outputs = {
    ...outputs,
    VaultOrigin: "https://vault.example.com",
    VaultBucketName: "notes-vault",
    VaultDistributionId: "E2EXAMPLE",
  };
  const commands = vaultUploadCommands("vault", withVault).map((command) => command.join(" "));

  test("has exactly its files, pages last, with the types and caching of the package's rules", () => {
    expect(commands.slice(0, -1).map((command) => /s3 cp vault(\S+)/.exec(command)?.[1])).toEqual([
      "/strongroom-frame.js",
      "/strongroom-vault.js",
      "/vault-worker.js",
      "/callback.html",
      "/login.html",
      "/frame-isolated.html",
      "/frame.html",
    ]);
    expect(commands).toContain(
      "s3 cp vault/callback.html s3://notes-vault/callback.html --content-type text/html; charset=utf-8 --cache-control no-store",
    );
    expect(commands.at(-1)).toContain("--distribution-id E2EXAMPLE");
  });

  test("keeps the app's own worker script", () => {
    const ofApp = uploadCommands("dist", withVault).map((command) => command.join(" "));
    for (const name of ["app-worker.js", "strongroom-interceptor.js"]) {
      expect(ofApp.filter((command) => command.includes(`dist/${name}`))).toHaveLength(1);
    }
    expect(ofApp.join()).not.toContain("strongroom-worker.js");
  });
});

describe("the command line", () => {
  let folder: string;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "strongroom-aws-"));
    tell(outputs);
    // Stands for the AWS command line interface: notes what it was asked for, and answers for `describe-stacks`.
    writeFileSync(
      join(folder, "aws"),
      `#!/bin/sh\necho "$*" >> "${folder}/asked"\ncase "$2" in describe-stacks) cat "${folder}/outputs.json";; esac\n`,
    );
    chmodSync(join(folder, "aws"), 0o755);
  });

  afterEach(() => rmSync(folder, { recursive: true }));

  const script = fileURLToPath(new URL("../aws.mjs", import.meta.url));
  const environment = () => ({ ...process.env, PATH: `${folder}${delimiter}${process.env.PATH}` });
  const aws = (...args: string[]) =>
    spawnSync(process.execPath, [script, ...args], { encoding: "utf8", env: environment() });
  const tell = (known: object) => {
    const list = Object.entries(known).map(([OutputKey, OutputValue]) => ({ OutputKey, OutputValue }));
    writeFileSync(join(folder, "outputs.json"), JSON.stringify(list));
  };
  const asked = () => readFileSync(join(folder, "asked"), "utf8").trimEnd().split("\n");

  test("creates the stack with the given parameters", () => {
    const { status, stdout } = aws("up", "notes", "AppDomainName=app.example.com");
    expect(status).toBe(0);
    expect(asked()[0]).toMatch(
      /^cloudformation deploy .*template\.yaml --stack-name notes --capabilities CAPABILITY_IAM/,
    );
    expect(asked()[0]).toMatch(/--parameter-overrides AppDomainName=app\.example\.com$/);
    expect(JSON.parse(stdout)).toEqual(outputs);
  });

  test("prints the worker script", () => {
    const { stdout } = aws("worker", "notes");
    expect(stdout).toContain('importScripts("/strongroom-worker.js");');
    expect(stdout).toContain('"userPoolId": "eu-central-1_AbCdEfGhI"');
  });

  test("uploads by those commands", () => {
    expect(aws("upload", "notes", "dist").status).toBe(0);
    expect(asked().slice(1)).toEqual(uploadCommands("dist", outputs).map((command) => command.join(" ")));
  });

  test("checks the host", async () => {
    const server = createServer((_, response) =>
      response.setHeader("Content-Type", "text/html").end("<!doctype html><title>The app</title>"),
    );
    await once(server.listen(0, "127.0.0.1"), "listening");
    const { port } = server.address() as AddressInfo;
    tell({ ...outputs, AppOrigin: `http://127.0.0.1:${port}` });
    const check = spawn(process.execPath, [script, "check", "notes"], { env: environment() });
    let said = "";
    check.stdout.on("data", (text) => (said += text));
    const [status] = await once(check, "close");
    server.close();
    expect(status).toBe(1);
    expect(said).toContain(`http://127.0.0.1:${port}/auth/callback`);
  });

  test("uploads a vault's own origin if the stack has one, and deletes its files too", () => {
    const refused = aws("upload-vault", "notes", "vault");
    expect([refused.status, refused.stderr]).toEqual([1, expect.stringContaining("VaultDomainName")]);
    const withVault = {
      ...outputs,
      VaultOrigin: "https://vault.example.com",
      VaultBucketName: "notes-vault",
    };
    tell(withVault);
    expect(aws("upload-vault", "notes", "vault").status).toBe(0);
    expect(asked().filter((command) => command.startsWith("s3 cp vault/"))).toHaveLength(7);
    expect(aws("worker", "notes").stdout).toContain('importScripts("/strongroom-vault.js");');
    expect(aws("down", "notes", "--delete-users").status).toBe(0);
    expect(asked()).toContain("s3 rm s3://notes-vault --recursive");
  });

  test("checks both hosts with the doctor if the vault has its own", () => {
    tell({
      ...outputs,
      AppOrigin: "http://127.0.0.1:1",
      ApiUrl: "http://127.0.0.1:1/api/",
      VaultOrigin: "http://127.0.0.1:2",
    });
    const { status, stderr } = aws("check", "notes");
    expect([status, stderr]).toEqual([3, expect.stringContaining("http://127.0.0.1:1/ did not respond")]);
  });

  test("deletes users only with the flag for it", () => {
    const refused = aws("down", "notes");
    expect(refused.status).toBe(1);
    expect(refused.stderr).toContain("--delete-users");
    expect(() => asked()).toThrow();
    expect(aws("down", "notes", "--delete-users").status).toBe(0);
    expect(asked().map((command) => command.split(" ").slice(0, 2).join(" "))).toEqual([
      "cloudformation describe-stacks",
      "s3 rm",
      "cloudformation deploy",
      "cloudformation delete-stack",
      "cloudformation wait",
    ]);
    expect(asked()[2]).toMatch(/ProtectUsers=INACTIVE$/);
  });

  test.each([[[]], [["upp", "notes"]], [["up"]]])("prints its usage for %j", (args) => {
    const { status, stderr } = aws(...args);
    expect(status).toBe(1);
    expect(stderr).toContain("Usage");
  });

  test("says what failed", () => {
    writeFileSync(join(folder, "aws"), "#!/bin/sh\nexit 255\n");
    const { status, stderr } = aws("worker", "notes");
    expect(status).toBe(1);
    expect(stderr).toContain("Command failed: aws cloudformation describe-stacks");
  });
});
