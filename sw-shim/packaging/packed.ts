import { execFile } from "node:child_process";
import { mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

/** The checkout. */
export const root = fileURLToPath(new URL("../..", import.meta.url));

const bin = join(root, "node_modules", ".bin");

/** Milliseconds after which a command is stopped. Builds take a minute on a busy machine. */
const COMMAND_TIME = 200_000;

/** A user's folder, and the commands typed there. */
export class Folder {
  readonly #path: string;

  private constructor(path: string) {
    this.#path = path;
  }

  static async create(): Promise<Folder> {
    return new Folder(await mkdtemp(join(tmpdir(), "strongroom-packed-")));
  }

  /** An empty folder at `path`, which may be below the checkout's node_modules. */
  static async at(path: string): Promise<Folder> {
    await rm(path, { recursive: true, force: true });
    await mkdir(path, { recursive: true });
    return new Folder(path);
  }

  path(...names: string[]): string {
    return join(this.#path, ...names);
  }

  async write(name: string, content: string): Promise<void> {
    await mkdir(dirname(this.path(name)), { recursive: true });
    await writeFile(this.path(name), content);
  }

  /** Runs a command of the machine or of the checkout's tools. Rejects, with the output, unless it ends with 0. */
  async run(command: string, ...args: string[]): Promise<string> {
    const env = { ...process.env, NO_COLOR: "1", PATH: [bin, process.env.PATH].join(delimiter) };
    try {
      const { stdout } = await promisify(execFile)(command, args, {
        cwd: this.#path,
        env,
        timeout: COMMAND_TIME,
      });
      return stdout;
    } catch (error) {
      const { stdout, stderr } = error as { stdout?: string; stderr?: string };
      throw new Error(`${[command, ...args].join(" ")} failed:\n${stdout ?? ""}${stderr ?? error}`);
    }
  }

  /** Makes packages of the checkout importable here, as if they had been installed. */
  async borrow(...names: string[]): Promise<void> {
    for (const name of names) {
      const link = this.path("node_modules", name);
      await mkdir(dirname(link), { recursive: true });
      await symlink(join(root, "node_modules", name), link);
    }
  }

  async remove(): Promise<void> {
    await rm(this.#path, { recursive: true });
  }
}

/** Packs a built package of the checkout into `folder`. Returns the tarball's path. */
export async function pack(folder: Folder, name: "sw-shim" | "dev-provider" = "sw-shim"): Promise<string> {
  const output = await folder.run("npm", "pack", join(root, name), "--json", "--ignore-scripts");
  const [packed] = JSON.parse(output) as { filename: string }[];
  if (!packed) throw new Error("npm packed nothing");
  return folder.path(packed.filename);
}

/** An empty folder at `path` with the packed package in its node_modules. */
export async function installPacked(path: string): Promise<Folder> {
  const folder = await Folder.at(path);
  await folder.write("package.json", '{ "private": true }\n');
  const tarball = await pack(folder);
  await folder.run("npm", "install", "--offline", "--no-audit", "--no-fund", "--no-package-lock", tarball);
  await rm(tarball);
  return folder;
}
