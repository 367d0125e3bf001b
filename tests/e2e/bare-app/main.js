// A page with nothing in it, for tests that speak to the worker themselves. What needs a script URL is here, because
// the host's policy wants script URLs from the one policy it names.
const scripts = globalThis.trustedTypes
  ? trustedTypes.createPolicy("strongroom", { createScriptURL: (url) => url })
  : { createScriptURL: (url) => url };

/** Registers the vault's worker and waits until it is active. The next document is under its control. */
globalThis.registerVault = async () => {
  await navigator.serviceWorker.register(scripts.createScriptURL("/vault-worker.js"));
  await navigator.serviceWorker.ready;
};

/** Registers another script. */
globalThis.registerScript = (path, scope) =>
  navigator.serviceWorker.register(scripts.createScriptURL(path), { scope });

/** What a dedicated worker got from fetching `url`. */
globalThis.fetchInDedicatedWorker = (url) =>
  new Promise((resolve, reject) => {
    const worker = new Worker(scripts.createScriptURL("/dedicated-worker.js"));
    worker.onmessage = ({ data }) => resolve(data);
    worker.onerror = ({ message }) => reject(new Error(message));
    worker.postMessage(url);
  });
