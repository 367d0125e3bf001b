import { Command, CommanderError, InvalidArgumentError, Option } from "commander";
import { FIRST_PORT } from "../../../dev-provider/src/configuration";
import type { AppPolicy } from "../app-policy";
import { DEFAULT_SCRIPT } from "./configuration/local";
import { devProvider } from "./dev-provider";
import { doctor } from "./doctor/doctor";
import { EXIT, Stop } from "./exit";
import { HOSTS, headers } from "./headers/headers";
import { init } from "./init/init";
import type { Surroundings } from "./surroundings";

declare const STRONGROOM_VERSION: string;

const DOCUMENTATION = "https://github.com/strongroom/strongroom/blob/main/docs/command-line.md";

/** Does what `argv` asks for, the program's own name left out. Answers the exit code. */
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
      "Puts the token vault into an app, prints what its host has to send, and finds out why it does not work.",
    )
    .version(STRONGROOM_VERSION, "-v, --version", "print the version of the package")
    .helpOption("-h, --help", "explain a command")
    .helpCommand(false)
    .showHelpAfterError("Run `strongroom --help`.")
    .configureOutput({ writeOut: surroundings.out, writeErr: (text) => surroundings.say(text.trimEnd()) })
    .exitOverride();
  addInit(program, surroundings);
  addDoctor(program, surroundings, end);
  addHeaders(program, surroundings);
  addDevProvider(program, surroundings);
  program.addHelpText(
    "after",
    `
Exit codes: 0 fine, 1 something is wrong, 2 asked in a wrong way, 3 could not find out.
More: ${DOCUMENTATION}`,
  );
  return program;
}

function addInit(program: Command, surroundings: Surroundings): void {
  program
    .command("init")
    .summary("write the vault's configuration into an app, and keep its worker file up to date")
    .description(
      "In a Vite project, writes vault.config.ts, of which the Vite plugin makes the worker script. Elsewhere, or with a folder, copies the worker file into the folder that your server serves as it is, writes a commented vault-worker.js beside it, and records the folder in package.json. Asks for what the flags leave open, if there is a terminal. Never overwrites a file that somebody changed without asking.",
    )
    .showHelpAfterError("Run `strongroom init --help`.")
    .argument("[folder]", "the folder, such as public; default: the recorded one, or none in a Vite project")
    .option("--user-pool-id <id>", "Amazon Cognito: the user pool, such as eu-central-1_AbCdEfGhI")
    .option("--domain <url>", "Amazon Cognito: the login domain, such as https://auth.example.com")
    .addOption(
      new Option(
        "--issuer <url>",
        "another OpenID provider, whose discovery document is read for its endpoints",
      ).conflicts(["userPoolId", "domain"]),
    )
    .addOption(
      new Option(
        "--dev-provider [port]",
        `the local provider of \`strongroom dev-provider\`, at the first of its two ports (default: ${FIRST_PORT})`,
      )
        .argParser(port)
        .preset(String(FIRST_PORT))
        .conflicts(["userPoolId", "domain", "issuer", "clientId"]),
    )
    .option("--client-id <id>", "the public client, without a secret")
    .option(
      "--api <url>",
      "requests to it get the access token, such as https://api.example.com/v1/ (repeatable)",
      words,
    )
    .option(
      "--scopes <scopes>",
      'what to ask for, such as "openid email api/read" (default: openid email)',
      words,
    )
    .option(
      "--scope <path>",
      "the folder of the app, for a worker script that does not lie in it, such as /app/",
    )
    .option("--base-path <path>", "where the vault's own endpoints live (default: auth in the app's folder)")
    .addOption(
      new Option(
        "--recovery <how>",
        "how a session of which no tab is left is recovered (default: redirect)",
      ).choices(["redirect", "none"]),
    )
    .option("--script <name>", `name of the worker script (default: ${DEFAULT_SCRIPT})`)
    .option("--no-copy", "leave the worker file out: the Vite plugin serves and emits it")
    .option("--force", "ask for everything again, and overwrite files that somebody changed")
    .addHelpText(
      "after",
      `
Examples:
  strongroom init                            a Vite project: vault.config.ts; asks for everything
  strongroom init --dev-provider             the same for the local provider; asks for nothing
  strongroom init public                     other projects: worker file and vault-worker.js
  strongroom init                            later: the worker file of the installed version, into the recorded folder
  strongroom init --user-pool-id eu-central-1_AbCdEfGhI --client-id 1example23456789 \\
    --domain https://auth.example.com --api https://api.example.com/v1/ --scopes "openid email api/read"
  strongroom init static --issuer https://login.example.com --client-id app --api /api/

A copy of the worker file has to be of the same version as the package. A script keeps it so after updates:
"prebuild": "strongroom init".`,
    )
    .action((folder, options) => init(folder, options, surroundings));
}

function addDoctor(program: Command, surroundings: Surroundings, end: (code: number) => void): void {
  program
    .command("doctor")
    .summary("find out what is wrong with a deployed app")
    .description(
      'Asks the host, the provider and the API what a browser would, signed in to nothing, and says what is wrong and what to do. It sends made-up codes and tokens, recognisable by "strongroom-doctor", and changes nothing. It runs no script that it is served.',
    )
    .argument("<url>", "a page of the app, such as https://app.example.com/ or localhost:5173", pageUrl)
    .option("--worker <path>", "path of the app's worker script", `/${DEFAULT_SCRIPT}`)
    .option("--scope <path>", "the scope that the app gives to connect()")
    .option(
      "--config <file>",
      "take the configuration from a file of this machine: vault.config.ts, a worker script or JSON",
    )
    .option("--mode <mode>", "the mode of Vite that a vault.config.ts is read in (default: production)")
    .option(
      "--probe <url>",
      "a URL of the API that needs a token (repeatable; default: the configured ones)",
      httpUrls,
    )
    .option(
      "--header <line>",
      "a header that the app's host requires; it goes to no other origin (repeatable)",
      requestHeader,
      {},
    )
    .option(
      "--allow-local",
      "send requests to services on this machine or in a private network that an app on the internet names",
    )
    .option("--verbose", "explain each finding: all URLs, what was expected, and what an attacker could do")
    .option("--json", "print the report as JSON")
    .option("--strict", "exit with 1 for warnings, too")
    .addHelpText(
      "after",
      `
Examples:
  strongroom doctor https://app.example.com/
  strongroom doctor localhost:5173
  strongroom doctor http://localhost:5173/ --probe https://api.example.com/v1/notes
  strongroom doctor https://preview.example.com/ --header "Authorization: Basic dTpw" --json

Exit codes: 0 no error, 1 errors were found, 2 asked in a wrong way, 3 there was no app to judge.
Each finding: ${DOCUMENTATION}#findings`,
    )
    .action(async (url, options) => end(await doctor(url, options, surroundings)));
}

function addHeaders(program: Command, surroundings: Surroundings): void {
  program
    .command("headers")
    .summary("print what the host has to send, in the host's own language")
    .description(
      "Prints the host headers of your app, made from its typed configuration or its worker script. Without them injected script can get tokens of its own: they are not optional.",
    )
    .addOption(
      new Option("--for <host>", "whose language; page: the static page of the vault's endpoints, as a file")
        .choices(HOSTS)
        .makeOptionMandatory(),
    )
    .option(
      "--config <file>",
      `the typed configuration or the worker script (default: vault.config.ts, else ${DEFAULT_SCRIPT} in the folder that init recorded)`,
    )
    .option("--mode <mode>", "the mode of Vite that a vault.config.ts is read in (default: production)")
    .option("--worker <path>", "a path of a worker script, if not at the root (repeatable)", words)
    .option(
      "--origin <url>",
      "the app's origin, by which the policy names the worker script; https://*.example.com covers previews (repeatable)",
      origins,
    )
    .option(
      "--allow <directive>",
      'opens the app\'s policy, such as "font-src https://fonts.example.com"',
      policy,
    )
    .addHelpText(
      "after",
      `
Examples:
  strongroom headers --for nginx > strongroom.conf
  strongroom headers --for vercel --origin https://app.example.com > vercel.json
  strongroom headers --for json --origin https://app.example.com --allow "font-src https://fonts.example.com" --allow "img-src https://cdn.example.com"

When they are deployed: strongroom doctor <url>`,
    )
    .action(({ allow, ...options }) =>
      headers({ ...options, ...(allow ? { policy: allow } : {}) }, surroundings),
    );
}

function addDevProvider(program: Command, surroundings: Surroundings): void {
  program
    .command("dev-provider")
    .summary("run a local authorization server and API, to try the vault without an AWS account")
    .description(
      "Starts a local authorization server, shaped like Amazon Cognito, and an API that takes its tokens, for your own app on any port of this machine. Both listen on loopback addresses alone and keep everything in memory. They are for development only. They come with the package strongroom-dev-provider.",
    )
    .showHelpAfterError("Run `strongroom dev-provider --help`.")
    .option("--port <port>", "the authorization server's port; the API takes the next one", port, FIRST_PORT)
    .option("--scopes <scopes>", "scopes of your own APIs, which the app may ask for too", words)
    .addHelpText(
      "after",
      `
Examples:
  strongroom init --dev-provider             first: writes the configuration for it
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
  throw new InvalidArgumentError("It has to be a port from 1 to 65534.");
}

/** A host without a scheme is on this machine, or speaks https. */
function pageUrl(text: string): URL {
  if (/^[a-z][a-z0-9+.-]*:\/\//i.test(text)) return httpUrl(text);
  const isLocal = /^(localhost|[\w-]+\.localhost|127\.\d+\.\d+\.\d+|\[::1\])(?=[:/?#]|$)/i.test(text);
  return httpUrl(`${isLocal ? "http" : "https"}://${text}`);
}

function httpUrl(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url && /^https?:$/.test(url.protocol)) return url;
  throw new InvalidArgumentError("It has to be a URL such as https://app.example.com/.");
}

/** As it is, where it has a wildcard, which a URL cannot have. */
function origins(text: string, before: string[] = []): string[] {
  return [...before, text.includes("*") ? text.replace(/\/$/, "") : httpUrl(text).origin];
}

function httpUrls(text: string, before: URL[] = []): URL[] {
  return [...before, httpUrl(text)];
}

function requestHeader(text: string, before: Record<string, string>): Record<string, string> {
  const [, name, value] = /^([\w-]+):\s*(.+)$/.exec(text) ?? [];
  if (!name || !value) throw new InvalidArgumentError('It has to look like "Authorization: Basic dTpw".');
  return { ...before, [name]: value };
}

/** Whether the directive and its sources are fine is for the headers to say. */
function policy(text: string, before: AppPolicy = {}): AppPolicy {
  const [directive = "", ...sources] = text.trim().split(/\s+/);
  return { ...before, [directive]: [...(before[directive as keyof AppPolicy] ?? []), ...sources] };
}
