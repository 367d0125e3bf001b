import { execFile } from "node:child_process";
import { delimiter } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { startSupervised } from "../e2e/engines/supervised.js";

const run = promisify(execFile);

/** The folder in which setup installs the emulator and the AWS command line interface. */
const programs = fileURLToPath(new URL("../../.tools/emulator/bin", import.meta.url));

/** A third-party emulator of AWS on the loopback interface, initially empty. */
export interface Emulator {
  url: string;
  /** Environment for programs that use AWS, such as `aws`. */
  environment: NodeJS.ProcessEnv;
  /** Runs an `aws` command and returns its output. */
  // biome-ignore lint/suspicious/noExplicitAny: AWS responses have any shape
  aws(...command: string[]): Promise<any>;
  stop(): Promise<void>;
}

export async function startEmulator(): Promise<Emulator> {
  const { url, stop } = await startSupervised({
    executable: "env",
    arguments: (port, directory) => [
      `GATEWAY_PORT=${port}`,
      "BIND_HOST=127.0.0.1",
      // Disables a broker that would listen on its own port.
      "IOT_MTLS_ENABLED=0",
      `STATE_DIR=${directory}/state`,
      `S3_DATA_DIR=${directory}/s3`,
      `${programs}/ministack`,
    ],
    async isReady(url) {
      return await fetch(`${url}/_ministack/health`).then(
        ({ ok }) => ok,
        () => false,
      );
    },
  });
  const environment = {
    ...process.env,
    PATH: `${programs}${delimiter}${process.env.PATH}`,
    AWS_ENDPOINT_URL: url,
    AWS_REGION: REGION,
    AWS_DEFAULT_REGION: REGION,
    AWS_ACCESS_KEY_ID: "emulated",
    AWS_SECRET_ACCESS_KEY: "emulated",
    // Ignores the user's own AWS configuration.
    AWS_CONFIG_FILE: "/dev/null",
    AWS_SHARED_CREDENTIALS_FILE: "/dev/null",
    AWS_PROFILE: undefined,
    AWS_SESSION_TOKEN: undefined,
  };
  return {
    url,
    environment,
    stop,
    async aws(...command) {
      const { stdout } = await run(`${programs}/aws`, [...command, "--output", "json"], { env: environment });
      return stdout.trim() === "" ? undefined : JSON.parse(stdout);
    },
  };
}

const REGION = "us-east-1";
