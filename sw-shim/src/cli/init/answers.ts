import type { VaultConfig } from "../../worker/config";
import { discover } from "../configuration/discovery";
import { EXIT, Stop } from "../exit";
import type { Surroundings } from "../surroundings";

/** What `init` is told by flags; what is missing it asks for, if there is somebody to ask. */
export interface Answers {
  userPoolId?: string;
  domain?: string;
  issuer?: string;
  clientId?: string;
  api?: string[];
  scope?: string[];
  basePath?: string;
  recovery?: VaultConfig["recovery"];
}

/** Whether flags say anything about the configuration. */
export function sayAnything(answers: Answers): boolean {
  return Object.values(answers).some((answer) => answer !== undefined);
}

const DEFAULT_SCOPES = ["openid", "email"];

/** Time for a discovery document, in milliseconds. */
const PATIENCE = 15_000;

/** From flags and answers to a configuration. It is for the vault to judge. */
export async function configurationFrom(given: Answers, { ask, say }: Surroundings): Promise<VaultConfig> {
  const answers = ask ? await complete(given, ask) : given;
  const { clientId, api, basePath, recovery } = answers;
  const missing = [
    ...(answers.issuer ? [] : lacks("--user-pool-id", answers.userPoolId)),
    ...(answers.issuer ? [] : lacks("--domain", answers.domain)),
    ...lacks("--client-id", clientId),
    ...lacks("--api", api?.join()),
  ];
  if (missing.length > 0 || !clientId || !api) {
    throw new Stop(
      EXIT.usage,
      `To write the worker script, this is missing: ${missing.join(", ")}. Without a terminal nobody can be asked. See \`strongroom init --help\`.`,
    );
  }
  const signIn = answers.issuer
    ? { provider: await providerFrom(answers.issuer, clientId, say) }
    : userPool(answers.userPoolId ?? "", clientId, answers.domain ?? "");
  return {
    ...signIn,
    scopes: answers.scope ?? DEFAULT_SCOPES,
    api: api.map((url) => ({ url })),
    ...(basePath === undefined ? {} : { basePath }),
    ...(recovery === undefined ? {} : { recovery }),
  };
}

function lacks(flag: string, answer: string | undefined): string[] {
  return answer ? [] : [flag];
}

async function complete(given: Answers, ask: NonNullable<Surroundings["ask"]>): Promise<Answers> {
  const answers = { ...given };
  if (!answers.issuer && !answers.userPoolId) {
    const answer = await ask(
      "User pool ID, such as eu-central-1_AbCdEfGhI (or the issuer URL of another OpenID provider): ",
    );
    if (/^https?:/.test(answer)) answers.issuer = answer;
    else answers.userPoolId = answer;
  }
  answers.clientId ??= await ask("Client ID of its app client, a public one without a secret: ");
  if (!answers.issuer)
    answers.domain ??= withScheme(await ask("Login domain, such as https://auth.example.com: "));
  answers.api ??= list(
    await ask("URL of your API, such as https://api.example.com/v1/ (several: with spaces): "),
  );
  answers.scope ??= list(await ask(`Scopes [${DEFAULT_SCOPES.join(" ")}]: `));
  if (answers.scope.length === 0) delete answers.scope;
  return answers;
}

function list(answer: string): string[] {
  return answer.split(/[\s,]+/).filter((part) => part !== "");
}

/** Cognito's console shows domains without it. */
function withScheme(domain: string): string {
  return domain.includes("://") || domain === "" ? domain : `https://${domain}`;
}

/** A user pool's ID begins with its region. */
function userPool(userPoolId: string, clientId: string, domain: string) {
  const region = userPoolId.split("_")[0] ?? "";
  return { cognito: { region, userPoolId, clientId, domain: withScheme(domain) } };
}

async function providerFrom(issuer: string, clientId: string, say: Surroundings["say"]) {
  say(`Reading the discovery document of ${issuer}`);
  const document = await discover(issuer, AbortSignal.timeout(PATIENCE)).catch((error) => {
    throw new Stop(EXIT.usage, `The discovery document of ${issuer} could not be read: ${error.message}.`);
  });
  const { authorization_endpoint, token_endpoint, revocation_endpoint, end_session_endpoint } = document;
  if (!authorization_endpoint || !token_endpoint) {
    throw new Stop(
      EXIT.usage,
      `The discovery document of ${issuer} names no authorization or token endpoint.`,
    );
  }
  return {
    issuer: document.issuer ?? issuer,
    authorizationEndpoint: authorization_endpoint,
    tokenEndpoint: token_endpoint,
    ...(revocation_endpoint === undefined ? {} : { revocationEndpoint: revocation_endpoint }),
    ...(end_session_endpoint === undefined ? {} : { logoutEndpoint: end_session_endpoint }),
    clientId,
  };
}
