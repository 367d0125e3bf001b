// The browser's side of the tests: what has to be JavaScript, and what must not be in linear memory.

/** Resolves in the next task: everything is over then that needs no more time. */
export function idle() {
  return new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => resolve(true);
    port2.postMessage(null);
  });
}

async function until(isReached) {
  while (!isReached()) await idle();
}

/** Whether nothing that has happened until now settles `promise`. */
export function isPending(promise) {
  const settled = () => false;
  return Promise.race([promise.then(settled, settled), idle()]);
}

/** Arrays that crossed between JavaScript and the wasm with something secret. */
let crossed = [];

/** Whether all those of this test are overwritten. */
export function wiped() {
  return crossed.length > 0 && crossed.every((bytes) => bytes.every((byte) => byte === 0));
}

const { Request: RealRequest } = self;
self.Request = class Request extends RealRequest {
  constructor(input, init) {
    super(input, init);
    // A form for the authorization server.
    if (init?.credentials === "omit" && init.body) crossed.push(init.body);
  }
};

/** From here on `self.fetch` keeps each request and answers with what stands in line; with nothing there, no network. */
export class Network {
  requests = [];
  /** The milliseconds that were asked of each `AbortSignal.timeout`, all of which abort at `timeOut`. */
  timeouts = [];
  /** The URL of the endpoint that this test's keeper asks. Those of earlier tests find no network. */
  keeper;
  #serve;
  #timeout = new AbortController();
  #answers = [];

  constructor() {
    crossed = [];
    AbortSignal.timeout = (ms) => {
      this.timeouts.push(ms);
      return this.#timeout.signal;
    };
    self.fetch = async (request) => {
      const isOfKeeper = request.url.startsWith(location.origin);
      if (isOfKeeper && !this.#serve && !request.url.startsWith(this.keeper)) throw noNetwork;
      this.requests.push(request);
      if (isOfKeeper && this.#serve) return this.#serve(request);
      const response = await this.#answers.shift()?.(request);
      if (!response) throw noNetwork;
      return asFetched(response, request);
    };
  }

  answer(response) {
    this.#answers.push(() => response);
  }

  /** The next request gets no answer: its fetch waits until its signal aborts. */
  hang() {
    this.#answers.push(({ signal }) => new Promise((_, reject) => signal.addEventListener("abort", reject)));
  }

  timeOut() {
    this.#timeout.abort();
  }

  /**
   * From here on `serve` responds to what the client `keeper` fetches of this origin. Whoever did so before is dead: the
   * streams it responded with break off.
   */
  connect(serve) {
    life.abort(noNetwork);
    life = new AbortController();
    const { signal } = life;
    this.#serve = async (request) => mortal(await serve(eventOf("keeper", request)), signal);
  }
}

let life = new AbortController();
const noNetwork = new TypeError("Failed to fetch");

function mortal(response, signal) {
  if (!response.body) return response;
  const { readable, writable } = new TransformStream();
  response.body.pipeTo(writable, { signal }).catch(() => {});
  return new Response(readable, response);
}

/** `response` with what only a response from the network has: script can make none like it. */
function asFetched(response, { url }) {
  const members = response.type === "error" ? { type: "opaqueredirect" } : { type: "cors", url };
  // The body of a status that allows none is an empty stream, and not null.
  if ([101, 103, 204, 205, 304].includes(response.status)) members.body = new Response("").body;
  for (const [name, value] of Object.entries(members)) Object.defineProperty(response, name, { value });
  return response;
}

/** A response from the network whose bytes stay in sight after they were read. */
export function watchedResponse(status, text) {
  const bytes = new TextEncoder().encode(text);
  crossed.push(bytes);
  return Object.assign(new Response(null, { status }), { arrayBuffer: async () => bytes.buffer });
}

/** The event of a request of a script as the browser would dispatch it. Bytes for a body make it a `POST`. */
export function fetchEvent(clientId, url, init, body) {
  const bytes = body ? { method: "POST", body } : {};
  return eventOf(clientId, new Request(new URL(url, location.origin), { ...JSON.parse(init), ...bytes }));
}

/** The event of a document that is opened in a tab. */
export function navigation(url) {
  const request = new Request(new URL(url, location.origin));
  // No script can make such a request.
  Object.defineProperty(request, "mode", { value: "navigate" });
  Object.defineProperty(request, "destination", { value: "document" });
  return eventOf("", request);
}

function eventOf(clientId, request) {
  const event = new FetchEvent("fetch", { request, clientId });
  event.extendedBy = [];
  event.waitUntil = (promise) => event.extendedBy.push(promise);
  return event;
}

/** What keeps the worker alive for `event`, besides its response. */
export function extendedBy({ extendedBy }) {
  return extendedBy;
}

/** What the shim says of an event's request. */
export function factsOf({ request }) {
  return [request.url, request.method, request.mode, request.destination, request.redirect].join("\n");
}

/** The shim's database, in memory, with a seal that anybody could break: it inverts every bit. */
export class MemoryStore {
  row;
  /** The sealed device copy. */
  #copy;
  /** For each write, whether into a new database. */
  resets = [];
  /** The name of the `DOMException` that every operation fails with. */
  error;

  async read(longest, opensCopy) {
    this.#fail();
    const row = this.row === undefined || this.row.length <= longest ? this.row : "";
    return [row, this.#copy && (opensCopy ? this.#opened() : new Uint8Array())];
  }

  async write(row, reset, copy) {
    this.resets.push(reset);
    const sealed = copy?.map((byte) => ~byte);
    copy?.fill(0);
    if (copy) crossed.push(copy);
    this.#fail();
    this.row = row;
    this.#copy = sealed;
  }

  /** An earlier worker has stored a session with this refresh token. */
  remember(refreshToken) {
    const [id, now] = ["session.user", Date.now()];
    const user = { refresh: refreshToken, subject: "ada-1", user: { sub: "ada-1" } };
    const tokens = { access: "", idToken: "", lifetime: 0, age: 0 };
    const session = { format: 1, id, serial: 0, ...user, ...tokens, began: now };
    const grant = "https://id.example.com/oauth2/token client openid";
    const copy = { grant, written: now, session };
    this.row = JSON.stringify({ transactions: [], hint: `${id}:0` });
    this.#copy = new TextEncoder().encode(JSON.stringify(copy)).map((byte) => ~byte);
  }

  /** The refresh token in the device copy. */
  get remembered() {
    return (
      this.#copy && JSON.parse(new TextDecoder().decode(this.#copy.map((byte) => ~byte))).session.refresh
    );
  }

  #opened() {
    const bytes = this.#copy.map((byte) => ~byte);
    crossed.push(bytes);
    return bytes;
  }

  #fail() {
    if (this.error) throw new DOMException("no", this.error);
  }
}

/** What the shim was to tell the version that waits, and other vaults. */
export class ToldWorkers {
  told = [];
  keepAlive = () => this.told.push("keep alive");
  askToTakeOver = () => this.told.push("take over");
  signOut = () => this.told.push("sign out");
}

/**
 * The shim's channel with a seal that anybody could break: it names its sender and its recipient, opens for nobody else, and
 * inverts every bit.
 */
export class PlainChannel {
  key = crypto.getRandomValues(new Uint8Array(65));
  #opened = 0;

  async publicKey() {
    return this.#give(this.key.slice());
  }

  async seal(peer, bytes) {
    const sealed = new Uint8Array([...this.key, ...peer, ...bytes.map((byte) => ~byte)]);
    bytes.fill(0);
    return this.#give(sealed);
  }

  async open(peer, sealed) {
    const names = [...peer, ...this.key];
    const isMeant = names.every((byte, i) => byte === sealed[i]);
    this.#opened += 1;
    return isMeant ? this.#give(sealed.slice(names.length).map((byte) => ~byte)) : undefined;
  }

  #give(bytes) {
    crossed.push(bytes);
    return bytes;
  }

  /** Resolves once something was to be opened `count` times in all. */
  opened(count) {
    return until(() => this.#opened >= count);
  }
}

/**
 * How often `text` stands in the wasm's memory. A piece from its inside is looked for: over both ends of a freed block
 * the allocator itself writes. The search is JavaScript's, so that it leaves no copy there.
 */
export function occurrences(memory, text) {
  return new TextDecoder("latin1").decode(memory.buffer).split(text.slice(-24, -8)).length - 1;
}

/** Text nobody else has. */
export function unlikelyText() {
  return `needle-${crypto.randomUUID()}`;
}

const encode = (value) =>
  btoa(JSON.stringify(value)).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");

const issued = { iss: "https://id.example.com/pool", aud: "client" };

/** What an authorization server issues. Made here, so that the only copies in linear memory are the vault's. */
export class Tokens {
  accessToken = `access-${crypto.randomUUID()}`;
  refreshToken = `refresh-${crypto.randomUUID()}`;

  constructor(nonce) {
    const [iat, jti] = [1_700_000_000, crypto.randomUUID()];
    const claims = { ...issued, nonce, sub: "ada-1", email: "ada@example.com", iat, exp: iat + 3_600, jti };
    this.idToken = `${encode({ alg: "RS256" })}.${encode(claims)}.c2ln`;
  }

  get response() {
    const { accessToken: access_token, idToken: id_token, refreshToken: refresh_token } = this;
    return Response.json({ access_token, id_token, refresh_token, token_type: "Bearer", expires_in: 3_600 });
  }
}

/**
 * From here on these are the service worker's clients: `{ id: { type, url } }` as JSON, where a missing URL is that of
 * the worker's own script, `/vault-worker.js`.
 */
export function setClients(json) {
  const clients = new Map(Object.entries(JSON.parse(json)).map(([id, facts]) => [id, client(id, facts)]));
  self.clients.get = async (id) => {
    if (id === "unheard of") throw new DOMException("no", "InvalidStateError");
    return clients.get(id);
  };
  self.clients.matchAll = async ({ type }) =>
    [...clients.values()].filter((client) => type === "all" || client.type === type);
}

function client(id, { type, url = `${location.origin}/vault-worker.js` }) {
  return Object.create(Client.prototype, { id: { value: id }, type: { value: type }, url: { value: url } });
}

/** From here on time stands still, on both clocks and for every timer, until a test lets it pass. */
export class StoppedClock {
  #passed = 0;
  #timers = new Map();
  /** No timer of the browser has such a number. */
  #handle = 1_000_000;
  #real = { setTimeout: self.setTimeout, clearTimeout: self.clearTimeout, now: Date.now };

  constructor() {
    const [wall, monotonic] = [Date.now(), performance.now()];
    Date.now = () => wall + this.#passed;
    performance.now = () => monotonic + this.#passed;
    self.setTimeout = (callback, ms) => {
      this.#handle += 1;
      this.#timers.set(this.#handle, { callback, due: this.#passed + ms });
      return this.#handle;
    };
    self.clearTimeout = (handle) => this.#timers.delete(handle);
  }

  /** Lets so many milliseconds pass at once, and calls every timer that is due by then. */
  pass(ms) {
    this.#passed += ms;
    const due = [...this.#timers].filter(([, timer]) => timer.due <= this.#passed);
    for (const [handle, { callback }] of due.sort(([, a], [, b]) => a.due - b.due)) {
      // One may be cleared by the one before.
      if (this.#timers.delete(handle)) callback();
    }
  }

  /** How many timers are set. */
  get timers() {
    return this.#timers.size;
  }

  restore() {
    Date.now = this.#real.now;
    delete performance.now;
    self.setTimeout = this.#real.setTimeout;
    self.clearTimeout = this.#real.clearTimeout;
  }
}

/** A stream of frames that a test writes. */
export class WrittenStream {
  #controller;
  #isCancelled = false;
  #body = new ReadableStream({
    start: (controller) => {
      this.#controller = controller;
    },
    cancel: () => {
      this.#isCancelled = true;
    },
  });

  /** Resolves when its reader wants no more. */
  cancelled() {
    return until(() => this.#isCancelled);
  }

  response(mediaType) {
    return new Response(this.#body, { headers: { "content-type": mediaType } });
  }

  write(bytes) {
    crossed.push(bytes);
    this.#controller.enqueue(bytes);
  }

  end() {
    this.#controller.close();
  }

  /** As when the service worker dies. */
  break() {
    this.#controller.error(new TypeError("network error"));
  }
}
