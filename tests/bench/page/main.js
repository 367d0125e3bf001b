// What runs in the page of every contender. The runner calls these functions.

/** Registers a worker and waits until it controls this page. */
globalThis.registerWorker = async (url) => {
  const scripts = trustedTypes.createPolicy("strongroom", { createScriptURL: (url) => url });
  const controlled = new Promise((resolve) => {
    navigator.serviceWorker.addEventListener("controllerchange", resolve, { once: true });
  });
  await navigator.serviceWorker.register(scripts.createScriptURL(url));
  if (!navigator.serviceWorker.controller) await controlled;
};

/** The time from calling fetch to having the parsed body, in milliseconds, for each of `count` requests in a row. */
globalThis.measureLatency = async (url, headers, count) => {
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

/** Milliseconds for `count` requests, so many of them in flight at a time. */
globalThis.measureBurst = async (url, headers, count, inFlight) => {
  let left = count;
  const begun = performance.now();
  const lane = async () => {
    while (left-- > 0) {
      const response = await fetch(url, { headers });
      if (!response.ok) throw new Error(`The API answered ${response.status}: the header is missing.`);
      await response.json();
    }
  };
  await Promise.all(Array.from({ length: inFlight }, lane));
  return performance.now() - begun;
};

/** Milliseconds from calling fetch until so many bytes have come. What has come is let go. */
globalThis.measureDownload = async (url, headers, bytes) => {
  const begun = performance.now();
  const response = await fetch(`${url}download?bytes=${bytes}`, { headers });
  if (!response.ok) throw new Error(`The API answered ${response.status}: the header is missing.`);
  let come = 0;
  for await (const chunk of response.body) come += chunk.byteLength;
  if (come !== bytes) throw new Error(`Of ${bytes} bytes ${come} came.`);
  return performance.now() - begun;
};

/** Milliseconds from calling fetch until the API says that it has had so many bytes. */
globalThis.measureUpload = async (url, headers, bytes) => {
  const body = new Blob([new Uint8Array(bytes)]);
  const begun = performance.now();
  const response = await fetch(`${url}upload`, { method: "POST", headers, body });
  const { bytes: counted } = await response.json();
  if (counted !== bytes) throw new Error(`Of ${bytes} bytes ${counted} came.`);
  return performance.now() - begun;
};

/**
 * Calls fetch `count` times and then keeps the main thread busy for `busy` ms, in one task. The times from each call until the API
 * had the request, in milliseconds of the machine's clock.
 */
globalThis.measureArrivals = async (url, headers, count, busy) => {
  const arrivals = Array.from({ length: count }, async () => {
    const called = Date.now();
    const response = await fetch(`${url}arrival`, { headers });
    if (!response.ok) throw new Error(`The API answered ${response.status}: the header is missing.`);
    return (await response.json()).at - called;
  });
  const end = performance.now() + busy;
  while (performance.now() < end);
  return await Promise.all(arrivals);
};

/** The status of one request, and how long it took. */
globalThis.measureOne = async (url, headers) => {
  const begun = performance.now();
  const response = await fetch(url, { headers });
  await response.text();
  return { status: response.status, milliseconds: performance.now() - begun };
};

/** What the worker noted of its own start; starts it. */
globalThis.takeStartProfile = async () => {
  const { active } = await navigator.serviceWorker.ready;
  return await new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = ({ data }) => resolve(data);
    active.postMessage("start-profile", [port2]);
  });
};
