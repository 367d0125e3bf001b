import { Command, CommanderError, InvalidArgumentError, Option } from "commander";
import { FIRST_PORT } from "../../../dev-provider/src/configuration";
import { DOCUMENTATION } from "../checks/catalog";
import { isLoopback } from "../configuration/loopback";
import { APP_WORKER } from "../configuration/paths";
import type { AppPolicy } from "../headers/app-policy";
import { DEFAULT_SCRIPT } from "./configuration/local";
import { devProvider } from "./dev-provider";
import { doctor } from "./doctor/doctor";
import { EXIT, Stop } from "./exit";
import { HOSTS, headers, VAULT_HOSTS } from "./headers";
import { init } from "./init/init";
import type { Surroundings } from "./surroundings";

declare const STRONGROOM_VERSION: string;

/** Runs the command in `argv`, which has no program name. Returns the exit code. */
export async function main(argv: string[], surroundings: Surroundings): Promise<number> {
  let exit: number = EXIT.ok;
  const program = commandLine(surroundings, (code) => {
    exit = code;
  });
  try {
    await program.parseAsync(argv, { from: "user" });
    return exit;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.ok : EXIT.usage;
    if (!(error instanceof Stop)) throw error;
    surroundings.say(error.message);
    return error.exit;
  }
}

function commandLine(surroundings: Surroundings, end: (code: number) => void): Command {
  const program = new Command("strongroom")
    .description(
      "Adds the token vault to an app, prints the headers for its host, and diagnoses a deployed app.",
    )
    .version(STRONGROOM_VERSION, "-v, --version", "print the version of the package")
    .helpOption("-h, --help", "show help for a command")
    .helpCommand(false)
    .showHelpAfterError("Run `strongroom --help`.")
    .configureOutput({ writeOut: surroundings.out, writeErr: (text) => surroundings.say(text.trimEnd()) })
    .exitOverride();
  addInit(program, surroundings);
  addDoctor(program, surroundings, end);
  addHeaders(program, surroundings);
  addDevProvider(program, surroundings);
  for (const command of program.commands) {
    command.showHelpAfterError(`Run \`strongroom ${command.name()} --help\`.`);
  }
  program.addHelpText(
    "after",
    `
In a shell, write \`npx --no-install strongroom\`; in a script of package.json, \`strongroom\`.
Exit codes: 0 success, 1 problems found, 2 invalid usage, 3 could not check.
Documentation: ${DOCUMENTATION}/command-line.md`,
  );
  return program;
}

function addInit(program: Command, surroundings: Surroundings): void {
  program
    .command("init")
    .summary("add the vault's configuration to an app, and update its worker file")
    .description(
      "In a Vite project, writes vault.config.ts, from which the Vite plugin generates the worker script. Elsewhere, or with a folder, copies the worker file into the folder of static files, writes a commented vault-worker.js beside it, and records the folder in package.json. In a terminal, asks for values that the flags do not give. Never overwrites a changed file without asking.",
    )
    .argument(
      "[folder]",
      "folder of static files, such as public (default: the recorded one, or none in a Vite project)",
    )
    .option("--user-pool-id <id>", "Amazon Cognito: user pool ID, such as eu-central-1_AbCdEfGhI")
    .option("--domain <url>", "Amazon Cognito: login domain, such as https://auth.example.com")
    .addOption(
      new Option(
        "--issuer <url>",
        "another OpenID provider; its endpoints are read from its discovery document",
      ).conflicts(["userPoolId", "domain"]),
    )
    .addOption(
      new Option("--dev-provider [port]", "the local provider of `strongroom dev-provider`, at this port")
        .argParser(port)
        .preset(String(FIRST_PORT))
        .conflicts(["userPoolId", "domain", "issuer", "clientId"]),
    )
    .option("--client-id <id>", "ID of the public client, which has no secret")
    .option(
      "--api <url>",
      "API whose requests get the access token, such as https://api.example.com/v1/ (repeatable)",
      words,
    )
    .option(
      "--vault-origin <folder>",
      "write all files of a vault on an origin of its own into this folder, and nothing for an app",
    )
    .option(
      "--apps <origin>",
      "with --vault-origin: an app that uses the vault, such as https://app.example.com (repeatable)",
      words,
    )
    .addOption(
      new Option(
        "--host <host>",
        "with --vault-origin: also write the headers, in this host's format, as `strongroom headers` prints them",
      ).choices(VAULT_HOSTS),
    )
    .option(
      "--vault <origin>",
      "for an app whose vault has an origin of its own, such as https://vault.example.com: writes app-worker.js",
    )
    .option(
      "--scopes <scopes>",
      'scopes to request, such as "openid email api/read" (default: openid email)',
      words,
    )
    .option(
      "--scope <path>",
      "scope of the service worker, if it is not the worker script's folder, such as /app/",
    )
    .option("--base-path <path>", "path of the worker's own endpoints (default: <scope>auth)")
    .addOption(
      new Option(
        "--recovery <how>",
        "how to recover a session after all tabs were closed (default: redirect)",
      ).choices(["redirect", "none"]),
    )
    .option("--script <name>", `name of the worker script (default: ${DEFAULT_SCRIPT})`)
    .option("--no-copy", "do not copy the worker file: the Vite plugin serves and emits it")
    .option("--force", "ask for all values again, and overwrite changed files")
    .addHelpText(
      "after",
      `
Examples:
  strongroom init                            in a Vite project: writes vault.config.ts
  strongroom init --dev-provider             the same for the local provider, without questions
  strongroom init public                     in other projects: copies the worker file, writes vault-worker.js
  strongroom init                            later: updates the worker file in the recorded folder
  strongroom init --user-pool-id eu-central-1_AbCdEfGhI --client-id 1example23456789 \\
    --domain https://auth.example.com --api https://api.example.com/v1/ --scopes "openid email api/read"
  strongroom init static --issuer https://login.example.com --client-id app --api /api/
  strongroom init --vault-origin vault --apps https://app.example.com --host nginx   a vault on an origin of its own
  strongroom init public --vault https://vault.example.com                           the app that uses it

The worker file must have the same version as the package. To update it before each build, add the script
"prebuild": "strongroom init".`,
    )
    .action((folder, options) => init(folder, options, surroundings));
}

function addDoctor(program: Command, surroundings: Surroundings, end: (code: number) => void): void {
  program
    .command("doctor")
    .summary("diagnose a deployed app")
    .description(
      'Sends the requests of a signed-out browser to the host, the provider and the API, and reports what is wrong and how to fix it. Its codes and tokens are invalid and begin with "strongroom-doctor". It changes nothing and runs no script of the app.',
    )
    .argument("<url>", "page of the app, such as https://app.example.com/ or localhost:5173", pageUrl)
    .option(
      "--worker <path>",
      `path of the worker script (default: /${APP_WORKER} if the vault has its own origin, otherwise /${DEFAULT_SCRIPT})`,
    )
    .option("--scope <path>", "the `scope` that the app passes to connect()")
    .option(
      "--config <file>",
      "read the configuration from a local file: vault.config.ts, a worker script or JSON",
    )
    .option("--mode <mode>", "Vite mode for vault.config.ts (default: production)")
    .option(
      "--probe <url>",
      "URL of the API that requires a token (repeatable; default: the configured `api` URLs)",
      httpUrls,
    )
    .option(
      "--header <line>",
      "header that the app's host requires; sent to no other origin (repeatable)",
      requestHeader,
    )
    .option(
      "--allow-local",
      "allow requests to this machine and private networks if a public app refers to them",
    )
    .option("--verbose", "explain each finding: all URLs, the expected value, and what an attacker could do")
    .option("--json", "print the report as JSON")
    .option("--strict", "exit with 1 for warnings too")
    .addHelpText(
      "after",
      `
Examples:
  strongroom doctor https://app.example.com/
  strongroom doctor localhost:5173
  strongroom doctor http://localhost:5173/ --probe https://api.example.com/v1/notes
  strongroom doctor https://preview.example.com/ --header "Authorization: Basic dTpw" --json

Exit codes: 0 no errors, 1 errors found, 2 invalid usage, 3 the app could not be checked.
Findings: ${DOCUMENTATION}/command-line.md#findings`,
    )
    .action(async (url, options) => end(await doctor(url, { header: {}, ...options }, surroundings)));
}

function addHeaders(program: Command, surroundings: Surroundings): void {
  program
    .command("headers")
    .summary("print the headers that the host must send, in the host's format")
    .description(
      "Prints the headers that your app's host must send, generated from the typed configuration or the worker script. They are not optional: without them, injected script can get tokens.",
    )
    .addOption(
      new Option("--for <host>", "output format; page: the static page for the worker's endpoints")
        .choices(HOSTS)
        .makeOptionMandatory(),
    )
    .option(
      "--config <file>",
      `typed configuration or worker script (default: vault.config.ts, otherwise ${DEFAULT_SCRIPT} in the folder that init recorded)`,
    )
    .option("--mode <mode>", "Vite mode for vault.config.ts (default: production)")
    .option("--worker <path>", "path of a worker script, if it is not at the root (repeatable)", words)
    .option(
      "--origin <url>",
      "the app's origin, for worker-src; https://*.example.com covers previews (repeatable)",
      origins,
    )
    .option(
      "--allow <directive>",
      'add sources to the app\'s policy, such as "font-src https://fonts.example.com" (repeatable)',
      policy,
    )
    .addHelpText(
      "after",
      `
Examples:
  strongroom headers --for nginx > strongroom.conf
  strongroom headers --for vercel --origin https://app.example.com > vercel.json
  strongroom headers --for json --origin https://app.example.com --allow "font-src https://fonts.example.com" --allow "img-src https://cdn.example.com"

After deployment, check them: strongroom doctor <url>`,
    )
    .action(({ allow, ...options }) =>
      headers({ ...options, ...(allow ? { policy: allow } : {}) }, surroundings),
    );
}

function addDevProvider(program: Command, surroundings: Surroundings): void {
  program
    .command("dev-provider")
    .summary("run a local authorization server and API, without an AWS account")
    .description(
      "Starts a local authorization server that behaves like Amazon Cognito, and an API that accepts its tokens, for an app on any local port. Both listen only on loopback addresses and keep everything in memory. For development only. Requires the package strongroom-dev-provider.",
    )
    .option("--port <port>", "port of the authorization server; the API uses the next one", port, FIRST_PORT)
    .option("--scopes <scopes>", "additional scopes, for your own APIs", words)
    .addHelpText(
      "after",
      `
Examples:
  strongroom init --dev-provider             first: writes the configuration
  strongroom dev-provider
  strongroom dev-provider --port 9000 --scopes "api/read api/write"`,
    )
    .action((options) => devProvider(options, surroundings));
}

function words(text: string, before: string[] = []): string[] {
  return [...before, ...text.split(/\s+/).filter((word) => word !== "")];
}

function port(text: string): number {
  const number = Number(text);
  // The API takes the next one.
  if (/^\d+$/.test(text) && number >= 1 && number <= 65_534) return number;
  throw new InvalidArgumentError("Use a port from 1 to 65534.");
}

/** Adds a missing scheme: http on this machine, otherwise https. */
function pageUrl(text: string): URL {
  if (/^[a-z][a-z0-9+.-]*:\/\//i.test(text)) return httpUrl(text);
  const isLocal = URL.canParse(`http://${text}`) && isLoopback(new URL(`http://${text}`));
  return httpUrl(`${isLocal ? "http" : "https"}://${text}`);
}

function httpUrl(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url && /^https?:$/.test(url.protocol)) return url;
  throw new InvalidArgumentError("Use a URL such as https://app.example.com/.");
}

/** An origin with a wildcard is not a URL and stays as it is. */
function origins(text: string, before: string[] = []): string[] {
  return [...before, text.includes("*") ? text.replace(/\/$/, "") : httpUrl(text).origin];
}

function httpUrls(text: string, before: URL[] = []): URL[] {
  return [...before, httpUrl(text)];
}

function requestHeader(text: string, before: Record<string, string> = {}): Record<string, string> {
  const [, name, value] = /^([\w-]+):\s*(.+)$/.exec(text) ?? [];
  if (!name || !value) throw new InvalidArgumentError('Use the form "Authorization: Basic dTpw".');
  return { ...before, [name]: value };
}

/** `hostRules()` validates the directive and its sources. */
function policy(text: string, before: AppPolicy = {}): AppPolicy {
  const [directive = "", ...sources] = text.trim().split(/\s+/);
  return { ...before, [directive]: [...(before[directive as keyof AppPolicy] ?? []), ...sources] };
}
