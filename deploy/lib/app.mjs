/** Where the worker's endpoints and its scripts live in an app of this template. The template's behaviours say the same. */
export const basePath = "/auth";
export const workers = ["/vault-worker.js"];
export const imports = ["/strongroom-worker.js"];
