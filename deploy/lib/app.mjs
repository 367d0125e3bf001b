/** The paths of the worker's endpoints and scripts in an app of this template, as in the template's behaviours. */
export const basePath = "/auth";
export const workers = ["/vault-worker.js"];
export const imports = ["/strongroom-worker.js"];
