import { spawn } from "node:child_process";
import { delimiter } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { startSupervised } from "../e2e/engines/supervised.js";

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
  const cli = startCli(environment);
  return {
    url,
    environment,
    async stop() {
      cli.end();
      await stop();
    },
    async aws(...command) {
      const output = await cli.run([...command, "--output", "json"]);
      return output.trim() === "" ? undefined : JSON.parse(output);
    },
  };
}

/** The AWS CLI in one process, for one command at a time. Its errors go to standard error. */
function startCli(env: NodeJS.ProcessEnv) {
  const script = fileURLToPath(new URL("aws.py", import.meta.url));
  const { stdin, stdout } = spawn(`${programs}/python`, [script], {
    env,
    stdio: ["pipe", "pipe", "inherit"],
  });
  const responses = createInterface({ input: stdout })[Symbol.asyncIterator]();
  return {
    async run(command: string[]): Promise<string> {
      stdin.write(`${JSON.stringify(command)}\n`);
      const { done, value } = await responses.next();
      if (done) throw new Error(`the AWS CLI ended at: aws ${command.join(" ")}`);
      const { code, output } = JSON.parse(value);
      if (code !== 0) throw new Error(`aws ${command.join(" ")} failed with ${code}`);
      return output;
    },
    end: () => stdin.end(),
  };
}

const REGION = "us-east-1";
