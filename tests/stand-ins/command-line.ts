import { execFile } from "node:child_process";
import { mkdtemp, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

/** The package's own command line, as it is built. */
const commandLine = fileURLToPath(new URL("cli.js", import.meta.resolve("strongroom/strongroom-worker.js")));

export interface Ended {
  exit: number;
  stdout: string;
  stderr: string;
}

/** Creates a temporary folder with a built app. */
export async function folderWithApp(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "strongroom-command-line-"));
  await writeFile(join(folder, "index.html"), "<!doctype html><title>The app</title>");
  return folder;
}

/** Runs the command line in `folder`. */
export function strongroomIn(folder: string, ...argv: string[]): Promise<Ended> {
  return new Promise((resolve) => {
    execFile(process.execPath, [commandLine, ...argv], { cwd: folder }, (error, stdout, stderr) =>
      resolve({ exit: Number(error?.code ?? 0), stdout, stderr }),
    );
  });
}

/** What `doctor --json` printed. */
export interface DoctorReport {
  exit: number;
  passed: string[];
  codes: string[];
  findings: {
    code: string;
    severity: string;
    urls: string[];
    found: string;
    details?: string[];
    remedy: string;
  }[];
}

export function reportOf({ exit, stdout }: Ended): DoctorReport {
  const { passed, findings } = JSON.parse(stdout);
  return { exit, passed, findings, codes: findings.map(({ code }: { code: string }) => code) };
}
