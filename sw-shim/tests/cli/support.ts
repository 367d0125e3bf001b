import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect } from "vitest";
import type { System } from "../../src/checks/network";
import { main } from "../../src/cli/main";

export const workerFile = fileURLToPath(new URL("../../dist/strongroom-worker.js", import.meta.url));

/** The output and exit code of a command. */
export interface Ended {
  exit: number;
  out: string;
  said: string;
  /** The questions that it asked. */
  asked: string[];
}

/** A user's folder, in which commands run. */
export class Folder {
  private constructor(readonly path: string) {}

  static async create(files: Record<string, string> = {}): Promise<Folder> {
    const folder = new Folder(await mkdtemp(join(tmpdir(), "strongroom-cli-")));
    for (const [name, content] of Object.entries(files)) await folder.write(name, content);
    return folder;
  }

  /** Runs the command line. With `answers` there is a user at a terminal. */
  async strongroom(argv: string[], answers?: string[], system?: System): Promise<Ended> {
    const ended: Ended = { exit: -1, out: "", said: "", asked: [] };
    const left = [...(answers ?? [])];
    const ask = async (question: string) => {
      ended.asked.push(question);
      const answer = left.shift();
      if (answer === undefined) throw new Error(`nobody expected the question: ${question}`);
      return answer;
    };
    ended.exit = await main(argv, {
      cwd: this.path,
      workerFile,
      out: (text) => {
        ended.out += text;
      },
      say: (text) => {
        ended.said += `${text}\n`;
      },
      ...(answers ? { ask } : {}),
      ...(system ? { system } : {}),
    });
    return ended;
  }

  async write(name: string, content: string): Promise<void> {
    await mkdir(dirname(join(this.path, name)), { recursive: true });
    await writeFile(join(this.path, name), content);
  }

  read(name: string): Promise<string> {
    return readFile(join(this.path, name), "utf8");
  }

  remove(): Promise<void> {
    return rm(this.path, { recursive: true });
  }
}

/** A valid configuration. */
export const configuration = {
  cognito: {
    region: "eu-central-1",
    userPoolId: "eu-central-1_AbCdEfGhI",
    clientId: "1example23456789",
    domain: "https://auth.example.com",
  },
  scopes: ["openid", "email"],
  api: [{ url: "https://api.example.com/v1/" }],
};

/** The same as flags. */
export const flags = [
  "--user-pool-id",
  "eu-central-1_AbCdEfGhI",
  "--client-id",
  "1example23456789",
  "--domain",
  "https://auth.example.com",
  "--api",
  "https://api.example.com/v1/",
];

type EdgeHandler = (request: Request, context: { next(): Promise<Response> }) => Promise<Response>;

/** The functions that hosts run before their files, called as the hosts call them. */
export const EDGE: Record<string, (module: Record<string, unknown>) => EdgeHandler> = {
  netlify: ({ config, default: handle }) => {
    expect(config).toEqual({ path: "/*" });
    return handle as EdgeHandler;
  },
  cloudflare: ({ onRequest }) => {
    const handle = onRequest as (context: object) => Promise<Response>;
    return (request, context) => handle({ request, ...context });
  },
};
