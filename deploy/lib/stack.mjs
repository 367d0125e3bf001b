import { hostOptionsOf, workerScript as textOf } from "strongroom/headers";

/**
 * The outputs of a stack of the template.
 *
 * @typedef {Record<"AppOrigin" | "ApiUrl" | "Region" | "UserPoolId" | "ClientId" | "LoginDomain" | "Scopes"
 *   | "BucketName" | "DistributionId", string> & { Recovery: "redirect" | "none" }} Outputs
 */

/** The paths of the worker's endpoints and scripts in an app of this template, as in the template's behaviours. */
export const basePath = "/auth";
export const workers = ["/vault-worker.js"];
export const imports = ["/strongroom-worker.js"];

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
  };
}

/**
 * The text of `public/vault-worker.js`.
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
  return {
    ...hostOptionsOf(workerConfiguration(outputs)),
    origin: [...(hasOwnDomain ? [outputs.AppOrigin] : []), "https://*.cloudfront.net"],
    basePath,
    workers,
    imports,
  };
}
