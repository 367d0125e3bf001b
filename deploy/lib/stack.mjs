import { hostOptionsOf, workerScript as textOf, vaultOriginRules } from "strongroom/headers";

/**
 * The outputs of a stack of the template.
 *
 * @typedef {Record<"AppOrigin" | "ApiUrl" | "Region" | "UserPoolId" | "ClientId" | "LoginDomain" | "Scopes"
 *   | "BucketName" | "DistributionId", string> & { Recovery: "redirect" | "none" }
 *   & Partial<Record<"VaultOrigin" | "VaultBucketName" | "VaultDistributionId", string>>} Outputs
 */

/** The paths of the worker's endpoints and scripts in an app of this template, as in the template's behaviours. */
export const basePath = "/auth";
export const workers = ["/vault-worker.js"];
export const imports = ["/strongroom-worker.js"];
/** The app's worker script and what it imports, if the vault has an origin of its own. */
export const appWorker = "/app-worker.js";
export const appImport = "/strongroom-interceptor.js";

/**
 * The argument of `strongroom.start`.
 *
 * @param {Outputs} outputs
 */
export function workerConfiguration(outputs) {
  return {
    cognito: {
      region: outputs.Region,
      userPoolId: outputs.UserPoolId,
      clientId: outputs.ClientId,
      domain: outputs.LoginDomain,
    },
    scopes: outputs.Scopes.split(" "),
    api: [{ url: outputs.ApiUrl }],
    recovery: outputs.Recovery,
    ...(outputs.VaultOrigin ? { apps: [outputs.AppOrigin] } : {}),
  };
}

/**
 * The text of `vault-worker.js`.
 *
 * @param {Outputs} outputs
 */
export function workerScript(outputs) {
  return textOf(workerConfiguration(outputs));
}

/**
 * The options of `hostRules` that hold for the stack.
 *
 * @param {Outputs} outputs
 * @returns {import("strongroom/headers").HostOptions}
 */
export function hostOptions(outputs) {
  const hasOwnDomain = outputs.ApiUrl !== "/api/";
  const { VaultOrigin: vault } = outputs;
  return {
    ...hostOptionsOf(workerConfiguration(outputs)),
    origin: [...(hasOwnDomain ? [outputs.AppOrigin] : []), "https://*.cloudfront.net"],
    basePath,
    ...(vault
      ? { workers: [appWorker], imports: [appImport], policy: { "frame-src": [vault] } }
      : { workers, imports }),
  };
}

/**
 * The rules of the vault's own origin, which exist only if the stack has one.
 *
 * @param {Outputs} outputs
 */
export function vaultRules(outputs) {
  return vaultOriginRules({ ...hostOptionsOf(workerConfiguration(outputs)), apps: [outputs.AppOrigin] });
}
