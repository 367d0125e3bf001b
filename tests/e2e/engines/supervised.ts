import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { freePort } from "../../../dev-provider/src/test-support/free-port.js";

/** A running server with a directory of its own, both gone after `stop()` or the end of this process. */
export interface Supervised {
  /** Where the server listens: `http://127.0.0.1:<port>`. */
  readonly url: string;
  /** Kills the server with everything it started, removes its directory, and waits until both are done. */
  stop(): Promise<void>;
}

export interface ServerCommand {
  executable: string;
  /** The arguments, given the port to listen on and a fresh directory for everything the browser writes. */
  arguments(port: number, directory: string): string[];
  environment?: Record<string, string>;
  /** Whether the server at `url` takes requests. Default: a WebDriver server's `/status` says so. */
  isReady?(url: string): Promise<boolean>;
}

/** Browsers start slowly on a busy machine; a server that is not ready by then never will be. */
const START_TIMEOUT_MS = 30_000;

/** Starts a WebDriver server, or another one that can be asked, and resolves when it is ready. */
export async function startSupervised(command: ServerCommand): Promise<Supervised> {
  const { isReady = isReadyDriver } = command;
  const directory = mkdtempSync(join(tmpdir(), "strongroom-browser-"));
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const supervisor = spawn(
    fileURLToPath(new URL("supervise.sh", import.meta.url)),
    [directory, command.executable, ...command.arguments(port, directory)],
    {
      detached: true,
      stdio: ["pipe", "pipe", "pipe"],
      env: { ...process.env, ...ownHome(directory), ...command.environment },
    },
  );
  const ended = once(supervisor, "exit");
  const output = lastLines(supervisor.stdout, supervisor.stderr);
  const stop = async () => {
    supervisor.stdin.end();
    await ended;
  };

  const deadline = Date.now() + START_TIMEOUT_MS;
  while (!(await isReady(url))) {
    const hasEnded = supervisor.exitCode !== null || supervisor.signalCode !== null;
    if (hasEnded || Date.now() > deadline) {
      await stop();
      throw new Error(
        `${command.executable} ${hasEnded ? "ended before it was ready" : `was not ready within ${START_TIMEOUT_MS / 1000} s`}. Its last lines:\n${output()}`,
      );
    }
    await delay(20);
  }
  return { url, stop };
}

/** Everything a browser writes goes below its directory, so that no run sees the profile of another or of the user. */
function ownHome(directory: string): Record<string, string> {
  return {
    HOME: directory,
    TMPDIR: directory,
    XDG_CONFIG_HOME: join(directory, "config"),
    XDG_CACHE_HOME: join(directory, "cache"),
    XDG_DATA_HOME: join(directory, "data"),
    XDG_STATE_HOME: join(directory, "state"),
    XDG_RUNTIME_DIR: directory,
  };
}

async function isReadyDriver(url: string): Promise<boolean> {
  try {
    const response = await fetch(`${url}/status`, { signal: AbortSignal.timeout(5000) });
    const { value } = (await response.json()) as { value?: { ready?: boolean } };
    return value?.ready === true;
  } catch {
    return false;
  }
}

/** Keeps the pipes flowing (a full pipe would stop the browser) and the end of what was said, for error messages. */
function lastLines(...streams: NodeJS.ReadableStream[]): () => string {
  let text = "";
  for (const stream of streams) {
    stream.setEncoding("utf8");
    stream.on("data", (chunk: string) => {
      text = (text + chunk).slice(-4000);
    });
  }
  return () => text.trim();
}
