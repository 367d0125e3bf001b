import { devProviderConfiguration } from "../../../../dev-provider/src/configuration";
import { validate } from "../../configuration/validate";
import type { CognitoConfig, ProviderConfig, VaultConfig } from "../../worker/config";
import { type DiscoveryDocument, discover } from "../configuration/discovery";
import { EXIT, Stop } from "../exit";
import type { Surroundings } from "../surroundings";

/** Values from flags, and from answers at the terminal. */
export interface Answers {
  userPoolId?: string;
  domain?: string;
  issuer?: string;
  /** The first port of `strongroom dev-provider`. */
  devProvider?: number;
  clientId?: string;
  api?: string[];
  /** The origins of the apps, for a vault on an origin of its own. */
  apps?: string[];
  scopes?: string[];
  scope?: string;
  basePath?: string;
  recovery?: VaultConfig["recovery"];
}

/** The flag of each answer, for error messages. */
const FLAGS = {
  userPoolId: "--user-pool-id",
  domain: "--domain",
  issuer: "--issuer",
  devProvider: "--dev-provider",
  clientId: "--client-id",
  api: "--api",
  apps: "--apps",
  scopes: "--scopes",
  scope: "--scope",
  basePath: "--base-path",
  recovery: "--recovery",
} satisfies Record<keyof Answers, string>;

type Key = keyof Answers;

const KEYS = Object.keys(FLAGS) as Key[];

/** The answers among the options of the command. */
export function answersIn(options: Answers): Answers {
  return Object.fromEntries(
    KEYS.flatMap((key) => (options[key] === undefined ? [] : [[key, options[key]]])),
  ) as Answers;
}

/** The flags that give the same answers. */
export function flagsFor(answers: Answers): string {
  return KEYS.flatMap((key) => {
    const value = answers[key];
    if (value === undefined) return [];
    return key === "api" || key === "apps"
      ? [value].flat().map((url) => `${FLAGS[key]} ${quoted(String(url))}`)
      : [`${FLAGS[key]} ${quoted([value].flat().join(" "))}`];
  }).join(" ");
}

/** For a POSIX shell. */
function quoted(text: string): string {
  return /^[\w./:@%+-]+$/.test(text) ? text : `'${text.replaceAll("'", String.raw`'\''`)}'`;
}

/** The command ended early. `answers` has the answers given so far. */
export class Interrupted extends Stop {
  constructor(
    { exit, message }: Stop,
    readonly answers: Answers,
  ) {
    super(exit, message);
  }
}

/**
 * Builds the configuration from flags and answers. The vault validates each one; at a terminal, an invalid answer is asked for
 * again.
 */
export async function configurationFrom(
  given: Answers,
  surroundings: Surroundings,
  isVaultOrigin = false,
): Promise<{ configuration: VaultConfig; answers: Answers }> {
  const draft = new Draft(given, surroundings, isVaultOrigin);
  await draft.validateFlags();
  try {
    return { configuration: await draft.complete(), answers: draft.answers };
  } catch (error) {
    throw error instanceof Stop && surroundings.ask ? new Interrupted(error, draft.answers) : error;
  }
}

const DEFAULT_SCOPES = ["openid", "email"];

/** Stands in for answers that are still missing. */
const EXAMPLE = {
  userPoolId: "eu-central-1_AbCdEfGhI",
  clientId: "1example23456789",
  domain: "https://auth.example.com",
  api: ["https://api.example.com/v1/"],
  apps: ["https://app.example.com"],
};

class Draft {
  readonly answers: Answers;
  /** What the discovery document of `answers.issuer` says. */
  #discovered: { issuer: string; document: DiscoveryDocument } | undefined;

  constructor(
    given: Answers,
    private readonly surroundings: Surroundings,
    private readonly isVaultOrigin: boolean,
  ) {
    this.answers = { ...given };
    const { domain } = given;
    if (domain !== undefined) this.answers.domain = withScheme(domain);
  }

  async validateFlags(): Promise<void> {
    const given = KEYS.filter((key) => this.answers[key] !== undefined);
    const alone: Answers = {};
    for (const key of given) {
      Object.assign(alone, { [key]: this.answers[key] });
      const problem = await this.#problemWith(alone);
      if (problem) throw new Stop(EXIT.usage, `${FLAGS[key]}: ${problem}`);
    }
  }

  async complete(): Promise<VaultConfig> {
    const { answers } = this;
    const missing = this.surroundings.ask ? [] : this.#missing();
    if (missing.length > 0) {
      throw new Stop(
        EXIT.usage,
        `Missing flags: ${missing.join(", ")}. Without a terminal, init cannot ask for them. Run \`strongroom init --help\`.`,
      );
    }
    if (this.isVaultOrigin) {
      await this.#ask(
        "apps",
        `Origins of the apps, such as ${EXAMPLE.apps} (separate several by spaces): `,
        (text) => ({
          apps: list(text),
        }),
      );
    }
    if (answers.devProvider === undefined) await this.#askForAll();
    return this.#configuration(answers);
  }

  #missing(): string[] {
    const { issuer, devProvider } = this.answers;
    const needed: Key[] = [
      ...(this.isVaultOrigin ? (["apps"] as const) : []),
      ...(devProvider === undefined
        ? [...(issuer ? [] : (["userPoolId", "domain"] as const)), "clientId" as const, "api" as const]
        : []),
    ];
    return needed.filter((key) => this.answers[key] === undefined).map((key) => FLAGS[key]);
  }

  async #askForAll(): Promise<void> {
    const { answers } = this;
    if (answers.issuer === undefined) {
      await this.#ask(
        "userPoolId",
        `User pool ID, such as ${EXAMPLE.userPoolId} (or the issuer URL of another OpenID provider): `,
        (text) => (/^https?:/.test(text) ? { issuer: text } : { userPoolId: text }),
      );
    }
    await this.#ask("clientId", "Client ID of the public app client (no secret): ", (clientId) => ({
      clientId,
    }));
    if (answers.issuer === undefined) {
      await this.#ask("domain", `Login domain, such as ${EXAMPLE.domain}: `, (text) => ({
        domain: withScheme(text),
      }));
    }
    await this.#ask("api", `API URL, such as ${EXAMPLE.api} (separate several by spaces): `, (text) => ({
      api: list(text),
    }));
    await this.#ask("scopes", `Scopes [${DEFAULT_SCOPES.join(" ")}]: `, (text) =>
      list(text).length === 0 ? {} : { scopes: list(text) },
    );
  }

  /** Asks until the answer is valid, unless a flag gave it. */
  async #ask(key: Key, question: string, parse: (text: string) => Answers): Promise<void> {
    const { ask, say } = this.surroundings;
    if (!ask || this.answers[key] !== undefined) return;
    for (;;) {
      const answer = parse(await ask(question));
      const problem = await this.#problemWith({ ...this.answers, ...answer });
      if (!problem) {
        Object.assign(this.answers, answer);
        return;
      }
      say(problem);
    }
  }

  /** Why the vault would refuse these answers, with examples in place of those that are missing. */
  async #problemWith(answers: Answers): Promise<string | undefined> {
    const { userPoolId, issuer } = answers;
    if (userPoolId !== undefined && !/^[a-z]+(-[a-z]+)+-\d+_[A-Za-z0-9]+$/.test(userPoolId)) {
      return `"${userPoolId}" is not a user pool ID. Copy the ID from the user pool's overview in the Cognito console, such as ${EXAMPLE.userPoolId}.`;
    }
    if (issuer !== undefined && this.#discovered?.issuer !== issuer) {
      const problem = await this.#discover(issuer);
      if (problem) return problem;
    }
    return validate(this.surroundings.workerFile, this.#configuration(answers));
  }

  async #discover(issuer: string): Promise<string | undefined> {
    if (!/^https?:\/\//.test(issuer) || !URL.canParse(issuer)) {
      return `"${issuer}" is not an issuer URL. Use one such as https://login.example.com.`;
    }
    this.surroundings.say(`Reading the discovery document of ${issuer}`);
    try {
      const document = await discover(issuer, AbortSignal.timeout(DISCOVERY_TIMEOUT));
      if (!document.authorization_endpoint || !document.token_endpoint) {
        return `The discovery document of ${issuer} has no authorization or token endpoint. Check the URL.`;
      }
      if (document.issuer !== undefined && !isSameIssuer(document.issuer, issuer)) {
        return `The discovery document of ${issuer} names another issuer, ${document.issuer}. If that is your provider, use its URL.`;
      }
      this.#discovered = { issuer, document };
    } catch (error) {
      return `The discovery document of ${issuer} could not be read: ${(error as Error).message}. Check the URL, and that the provider is running.`;
    }
  }

  #configuration(answers: Answers): VaultConfig {
    const { devProvider, api = EXAMPLE.api, apps, scopes, scope, basePath, recovery } = answers;
    const local = devProvider === undefined ? undefined : devProviderConfiguration(devProvider);
    return {
      ...(local ? { provider: local.provider } : this.#signIn(answers)),
      scopes: scopes ?? local?.scopes ?? DEFAULT_SCOPES,
      api: answers.api === undefined && local ? local.api : api.map((url) => ({ url })),
      ...(this.isVaultOrigin || apps ? { apps: apps ?? EXAMPLE.apps } : {}),
      ...(scope === undefined ? {} : { scope }),
      ...(basePath === undefined ? {} : { basePath }),
      ...(recovery === undefined ? {} : { recovery }),
    };
  }

  #signIn({
    issuer,
    userPoolId,
    clientId = EXAMPLE.clientId,
    domain,
  }: Answers): CognitoConfig | ProviderConfig {
    if (issuer === undefined) {
      return { cognito: userPool(userPoolId ?? EXAMPLE.userPoolId, clientId, domain ?? EXAMPLE.domain) };
    }
    const { document = {} } = this.#discovered ?? {};
    const {
      authorization_endpoint = "",
      token_endpoint = "",
      revocation_endpoint,
      end_session_endpoint,
    } = document;
    const pool = userPoolOf(issuer);
    // With `cognito` the vault accepts both issuers of the pool.
    if (pool) return { cognito: userPool(pool, clientId, new URL(authorization_endpoint).origin) };
    return {
      provider: {
        issuer: document.issuer ?? issuer,
        authorizationEndpoint: authorization_endpoint,
        tokenEndpoint: token_endpoint,
        ...(revocation_endpoint === undefined ? {} : { revocationEndpoint: revocation_endpoint }),
        ...(end_session_endpoint === undefined ? {} : { logoutEndpoint: end_session_endpoint }),
        clientId,
      },
    };
  }
}

/** For a discovery document, in milliseconds. */
const DISCOVERY_TIMEOUT = 15_000;

function isSameIssuer(one: string, other: string): boolean {
  const [pool, otherPool] = [userPoolOf(one), userPoolOf(other)];
  return pool !== undefined ? pool === otherPool : one.replace(/\/$/, "") === other.replace(/\/$/, "");
}

/** The user pool of either of its two issuers, ORIGINAL and UPDATED. */
function userPoolOf(issuer: string): string | undefined {
  return /^https:\/\/(?:issuer-)?cognito-idp(?:-fips)?\.[\w-]+\.amazonaws\.[\w.]+\/([\w-]+)\/?$/.exec(
    issuer,
  )?.[1];
}

/** A user pool's ID begins with its region. */
function userPool(userPoolId: string, clientId: string, domain: string): CognitoConfig["cognito"] {
  return { region: userPoolId.split("_")[0] ?? "", userPoolId, clientId, domain };
}

/** The parts of an answer that are separated by spaces or commas. */
export function list(answer: string): string[] {
  return answer.split(/[\s,]+/).filter((part) => part !== "");
}

/** Cognito's console shows domains without it. */
function withScheme(domain: string): string {
  return domain.includes("://") || domain === "" ? domain : `https://${domain}`;
}
