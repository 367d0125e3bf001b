// The browser's side of the tests: what has to be JavaScript, and what must not be in linear memory.

/** Something that happens now and then, and that a test can wait for instead of for time. */
export class Happenings {
  count = 0;
  #waiting = new Set();

  happens() {
    this.count += 1;
    for (const look of this.#waiting) look();
  }

  /** Resolves once it has happened `count` times in all. */
  reach(count) {
    return new Promise((resolve) => {
      const look = () => {
        if (this.count < count) return;
        this.#waiting.delete(look);
        resolve();
      };
      this.#waiting.add(look);
      look();
    });
  }
}

/** Whether nothing that has happened until now settles `promise`. */
export async function isPending(promise) {
  const task = new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => resolve(true);
    port2.postMessage(null);
  });
  const settled = () => false;
  return Promise.race([promise.then(settled, settled), task]);
}

/** Answers that stand in line for requests to come. */
class Line {
  #answers = [];

  answer(response) {
    this.#answers.push(() => response);
  }

  /** The next request finds no network. */
  fail() {
    this.#answers.push(noNetwork);
  }

  /** The next request is answered when the test says so. */
  answerLater() {
    const later = new Later();
    this.#answers.push(() => later.response);
    return later;
  }

  /** The next request gets no answer: its fetch waits until its signal aborts. */
  hang() {
    this.#answers.push(aborted);
  }

  next() {
    return this.#answers.shift();
  }
}

/** From here on `self.fetch` keeps each request and answers with what stands in line; with nothing there, no network. */
export class Network extends Line {
  requests = [];
  /** What stands here is for the token endpoint alone. */
  tokenEndpoint = new Line();
  /** Requests that only ask whether the authorization server is there. */
  probes = [];
  isThere = true;
  /** Whatever is not below this URL comes from a keeper of an earlier test. */
  only = "";
  #sent = new Happenings();

  constructor() {
    super();
    self.fetch = async (request) => {
      if (request.method === "HEAD" && request.mode === "no-cors") {
        this.probes.push(request);
        return this.isThere ? new Response() : noNetwork();
      }
      if (!request.url.startsWith(this.only)) return noNetwork();
      this.requests.push(request);
      this.#sent.happens();
      const own = request.url.endsWith("/oauth2/token") ? this.tokenEndpoint.next() : undefined;
      const answer = own ?? this.next() ?? noNetwork;
      return asFetched(await answer(request), request);
    };
  }

  /** Resolves with request number `index` of all, once it is sent. */
  async request(index) {
    await this.#sent.reach(index + 1);
    return this.requests[index];
  }

  get last() {
    return this.requests.at(-1);
  }
}

/** `response` with what only a response from the network has: script can make none like it. */
function asFetched(response, { url }) {
  const members = response.type === "error" ? { type: "opaqueredirect" } : { type: "cors", url };
  // The body of a status that allows none is an empty stream, and not null.
  if ([101, 103, 204, 205, 304].includes(response.status)) members.body = new Response("").body;
  for (const [name, value] of Object.entries(members)) Object.defineProperty(response, name, { value });
  return response;
}

/** An answer on its way. */
class Later {
  constructor() {
    this.response = new Promise((resolve, reject) => {
      this.answer = resolve;
      this.fail = () => reject(new TypeError("Failed to fetch"));
    });
  }
}

function noNetwork() {
  throw new TypeError("Failed to fetch");
}

function aborted({ signal }) {
  return new Promise((_, reject) => {
    signal.addEventListener("abort", () => reject(signal.reason));
  });
}

/** From here on `AbortSignal.timeout` keeps what was asked for and aborts at once. */
export class Timeouts {
  asked = [];
  #real = AbortSignal.timeout;

  constructor() {
    AbortSignal.timeout = (milliseconds) => {
      this.asked.push(milliseconds);
      return this.#real.call(AbortSignal, 0);
    };
  }

  restore() {
    AbortSignal.timeout = this.#real;
  }
}

/**
 * The event of a request as the browser would dispatch it. `facts` are what no script can give a request: the mode of a
 * navigation, a destination.
 */
export function fetchEvent(clientId, url, init, facts) {
  const request = new Request(new URL(url, location.origin), JSON.parse(init));
  return eventOf(clientId, request, JSON.parse(facts));
}

/** The same of a request with a body of bytes. */
export function fetchEventWith(clientId, url, method, contentType, body) {
  const headers = contentType ? { "content-type": contentType } : {};
  return eventOf(clientId, new Request(new URL(url, location.origin), { method, headers, body }), {});
}

function eventOf(clientId, request, facts) {
  for (const [name, value] of Object.entries(facts)) Object.defineProperty(request, name, { value });
  const event = new FetchEvent("fetch", { request, clientId });
  event.extendedBy = [];
  event.waitUntil = (promise) => event.extendedBy.push(promise);
  return event;
}

/** What the shim says of an event's request. */
export function factsOf({ request }) {
  return [request.url, request.method, request.mode, request.destination, request.redirect].join("\n");
}

/** The shim's database, in memory. */
export class MemoryStore {
  row;
  #held;
  #release;

  async read(longest) {
    return this.row === undefined || this.row.length <= longest ? this.row : "";
  }

  async write(row) {
    await this.#held;
    this.row = row;
  }

  /** From here on writing takes until it is released. */
  hold() {
    this.#held = new Promise((resolve) => {
      this.#release = resolve;
    });
  }

  release() {
    this.#release();
  }
}

/** The shim's database in a browser whose IndexedDB fails with errors of this name. */
export class RefusedStore {
  /** For each write, whether into a new database. */
  resets = [];
  #name;
  #writes = new Happenings();

  constructor(name) {
    this.#name = name;
  }

  async read() {
    throw new DOMException("no", this.#name);
  }

  async write(_row, reset) {
    this.resets.push(reset);
    this.#writes.happens();
    throw new DOMException("no", this.#name);
  }

  /** Resolves once there were `count` writes in all. */
  written(count) {
    return this.#writes.reach(count);
  }
}

/** What the shim was to tell the version that waits. */
export class ToldVersions {
  told = [];

  keepAlive() {
    this.told.push("keep alive");
  }

  askToTakeOver() {
    this.told.push("take over");
  }
}

/** From here on what is written to the console is kept. */
export class ConsoleLines {
  lines = [];
  // biome-ignore lint/suspicious/noConsole: the test is about what is written there
  #real = console.log;

  constructor() {
    console.log = (line) => this.lines.push(line);
  }

  /** All of it, one text; the console is the browser's again. */
  restore() {
    console.log = this.#real;
    return this.lines.join("\n");
  }
}

/**
 * The shim's channel with a seal that anybody could break: it names its sender and its recipient, opens for nobody else, and
 * inverts every bit.
 */
export class PlainChannel {
  key = crypto.getRandomValues(new Uint8Array(65));
  /** Each array that the wasm was given. */
  #given = [];
  #opened = new Happenings();

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
    this.#opened.happens();
    return isMeant ? this.#give(sealed.slice(names.length).map((byte) => ~byte)) : undefined;
  }

  #give(bytes) {
    this.#given.push(bytes);
    return bytes;
  }

  /** Resolves once something was to be opened `count` times in all. */
  opened(count) {
    return this.#opened.reach(count);
  }

  get wiped() {
    return this.#given.length > 0 && this.#given.every((bytes) => bytes.every((byte) => byte === 0));
  }
}

/** A response whose bytes stay in sight after they were read. */
export class WatchedResponse {
  constructor(status, text) {
    this.buffer = new TextEncoder().encode(text).buffer;
    this.response = new Response(null, { status });
    this.response.arrayBuffer = async () => this.buffer;
  }

  get wiped() {
    return new Uint8Array(this.buffer).every((byte) => byte === 0);
  }
}

/** From here on every request's body is kept as the worker handed it over. */
export class RequestBodies {
  kept = [];
  #real = self.Request;

  constructor() {
    const { kept } = this;
    self.Request = class extends this.#real {
      constructor(input, init) {
        super(input, init);
        if (init?.body) kept.push(init.body);
      }
    };
  }

  restore() {
    self.Request = this.#real;
  }

  get wiped() {
    return this.kept.length > 0 && this.kept.every((body) => body.every((byte) => byte === 0));
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

/** What an authorization server issues. Made here, so that the only copies in linear memory are the vault's. */
export class Tokens {
  accessToken = `access-${crypto.randomUUID()}`;
  refreshToken = `refresh-${crypto.randomUUID()}`;

  constructor(issuer, clientId, nonce) {
    const iat = 1_700_000_000;
    const claims = {
      iss: issuer,
      aud: clientId,
      nonce,
      sub: "ada-1",
      email: "ada@example.com",
      iat,
      exp: iat + 3_600,
    };
    this.idToken = `${encode({ alg: "RS256" })}.${encode({ ...claims, jti: crypto.randomUUID() })}.c2ln`;
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
export class Clients {
  constructor(json) {
    const clients = new Map(Object.entries(JSON.parse(json)).map(([id, facts]) => [id, client(id, facts)]));
    self.clients.get = async (id) => {
      if (id === "unheard of") throw new DOMException("no", "InvalidStateError");
      return clients.get(id);
    };
    self.clients.matchAll = async ({ type }) =>
      [...clients.values()].filter((client) => type === "all" || client.type === type);
  }

  restore() {
    delete self.clients.get;
    delete self.clients.matchAll;
  }
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
      this.#timers.set(this.#handle, { callback, ms, due: this.#passed + ms });
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

  /** The lengths of all timers that are set, in milliseconds. */
  get lengths() {
    return [...this.#timers.values()].map(({ ms }) => ms);
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
  #written = [];
  #body = new ReadableStream({
    start: (controller) => {
      this.#controller = controller;
    },
    cancel: () => this.#cancel(),
  });
  #cancel;
  #cancelled = new Promise((resolve) => {
    this.#cancel = resolve;
  });

  /** Resolves when its reader wants no more. */
  cancelled() {
    return this.#cancelled;
  }

  response(mediaType) {
    return new Response(this.#body, { headers: { "content-type": mediaType } });
  }

  write(bytes) {
    this.#written.push(bytes);
    this.#controller.enqueue(bytes);
  }

  get wiped() {
    return this.#written.length > 0 && this.#written.every((bytes) => bytes.every((byte) => byte === 0));
  }

  end() {
    this.#controller.close();
  }

  /** As when the service worker dies. */
  break() {
    this.#controller.error(new TypeError("network error"));
  }
}
