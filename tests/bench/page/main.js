// What runs in the page of every contender. The runner calls these functions.

/** How many keepers the worker has. */
globalThis.countKeepers = async () => {
  const { worker } = await fetch("/auth/session").then((response) => response.json());
  return worker.keepers;
};

/** Registers a worker and waits until it controls this page. */
globalThis.registerWorker = async (url) => {
  const scripts = trustedTypes.createPolicy("strongroom", { createScriptURL: (url) => url });
  const controlled = new Promise((resolve) => {
    navigator.serviceWorker.addEventListener("controllerchange", resolve, { once: true });
  });
  await navigator.serviceWorker.register(scripts.createScriptURL(url));
  if (!navigator.serviceWorker.controller) await controlled;
};

/** Keeps the stream of session changes open, as the package's page client does, and with it the worker alive; and a keeper. */
globalThis.followSession = async (worker) => {
  const scripts = trustedTypes.createPolicy("strongroom", { createScriptURL: (url) => url });
  globalThis.keeper = new SharedWorker(scripts.createScriptURL(worker));
  const { body } = await fetch("/auth/events");
  const reader = body.getReader();
  await reader.read();
  globalThis.sessionStream = reader;
};

/** The time from calling fetch to having the parsed body, in milliseconds, for each of `count` requests in a row. */
globalThis.measureLatency = async (url, headers, count) => {
  if (!crossOriginIsolated)
    throw new Error("The page's clock is too coarse: it is not cross-origin isolated.");
  if (document.visibilityState !== "visible")
    throw new Error("The page is hidden, and so it may be slowed down.");
  const latencies = [];
  for (let i = 0; i < count; i++) {
    const begun = performance.now();
    const response = await fetch(url, { headers });
    if (!response.ok) throw new Error(`The API answered ${response.status}: the header is missing.`);
    await response.json();
    latencies.push(performance.now() - begun);
  }
  return latencies;
};

/** What the worker noted of its fetch handler since the last call. */
globalThis.takeHandlerProfile = () =>
  new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = ({ data }) => resolve(data);
    navigator.serviceWorker.controller.postMessage("handler-profile", [port2]);
  });
