// The browser's side of the tests: what has to be JavaScript, and what must not be in linear memory.

import { Happenings } from "./awaited.js";

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
  #sent = new Happenings();

  constructor() {
    super();
    self.fetch = async (request) => {
      if (request.method === "HEAD" && request.mode === "no-cors") {
        this.probes.push(request);
        return this.isThere ? new Response() : noNetwork();
      }
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
 * A fetch event as the browser would dispatch it. `facts` are what no script can give a request: the mode of a
 * navigation, a destination.
 */
export function fetchEvent(url, init, facts) {
  return fetchEventOfPage("page", url, init, facts);
}

/** The same of the page with this client ID. */
export function fetchEventOfPage(clientId, url, init, facts) {
  return eventOf(new Request(new URL(url, location.origin), JSON.parse(init)), facts, clientId);
}

/** The same of a request to another origin's API, with a body of bytes. */
export function fetchEventWith(url, method, contentType, body) {
  const headers = contentType ? { "content-type": contentType } : {};
  return eventOf(new Request(url, { method, headers, body }), "{}", "page");
}

/** The same of the client `clientId`, with bytes for a body. */
export function fetchEventOf(clientId, url, body) {
  const init = body ? { method: "POST", body } : {};
  return eventOf(new Request(new URL(url, location.origin), init), "{}", clientId);
}

/** The same of a request that is there already. */
export function fetchEventFor(clientId, request) {
  return eventOf(request, "{}", clientId);
}

function eventOf(request, facts, clientId) {
  for (const [name, value] of Object.entries(JSON.parse(facts)))
    Object.defineProperty(request, name, { value });
  const event = new FetchEvent("fetch", { request, clientId });
  event.extendedBy = [];
  event.waitUntil = (promise) => event.extendedBy.push(promise);
  return event;
}

/** What the shim says of an event's request. */
export function factsOf({ request }) {
  return [request.url, request.method, request.mode, request.destination, request.redirect].join("\n");
}

/** The shim's store, in memory. */
export class MemoryStore {
  rows = new Map();
  /** What tells the next worker that there is a session. */
  marker = undefined;
  #markersAsked = new Happenings();
  #held;
  #release;

  async put(key, trace, expiresAt) {
    this.rows.set(key, { trace, expiresAt });
    await this.#held;
  }

  async take(key) {
    const row = this.rows.get(key);
    this.rows.delete(key);
    return row?.trace;
  }

  async readHint() {
    return this.marker;
  }

  async writeHint(marker) {
    this.#markersAsked.happens();
    await this.#held;
    this.marker = marker;
  }

  /** From here on writing takes until it is released. */
  holdMarkers() {
    this.#held = new Promise((resolve) => {
      this.#release = resolve;
    });
  }

  releaseMarkers() {
    this.#release();
  }

  /** From here on the marker cannot be written. */
  refuseMarkers() {
    this.writeHint = refuse;
  }

  /** Resolves once the marker was to be written `count` times in all. */
  markersAsked(count) {
    return this.#markersAsked.reach(count);
  }

  get onlyRow() {
    const [row, ...others] = this.rows.values();
    if (!row || others.length > 0) throw new Error(`${this.rows.size} rows`);
    return row;
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

/** The shim's store where the browser has none: like the real one it rejects only what it cannot write of the hint. */
export class RefusedStore {
  async put() {}
  async take() {}
  async readHint() {}
  writeHint = refuse;
}

async function refuse() {
  throw new DOMException("no", "InvalidStateError");
}

/** The shim's channel without the sealing: what is "sealed" names its sender and its recipient, and opens for nobody else. */
export class PlainChannel {
  key = crypto.getRandomValues(new Uint8Array(65));
  #held;
  #asked = new Happenings();
  #opened = new Happenings();

  async publicKey() {
    return this.key.slice();
  }

  async seal(peer, bytes) {
    const sealed = new Uint8Array([...this.key, ...peer, ...bytes]);
    bytes.fill(0);
    this.#asked.happens();
    if (this.#held) await new Promise((resolve) => this.#held.unshift(resolve));
    return sealed;
  }

  async open(peer, sealed) {
    const names = [...peer, ...this.key];
    const isMeant = names.every((byte, i) => byte === sealed[i]);
    this.#opened.happens();
    return isMeant ? sealed.slice(names.length) : undefined;
  }

  /** From here on sealing takes until it is released. */
  hold() {
    this.#held = [];
  }

  /** What was begun last is sealed first. */
  release() {
    for (const go of this.#held) go();
    this.#held = undefined;
  }

  /** Resolves once something was to be sealed `count` times in all. */
  asked(count) {
    return this.#asked.reach(count);
  }

  /** The same of opening. */
  opened(count) {
    return this.#opened.reach(count);
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

/** From here on the writes to each stream the worker makes are counted. */
export class StreamWrites {
  count = 0;
  #real = self.TransformStream;

  constructor() {
    const counter = this;
    self.TransformStream = class extends this.#real {
      get writable() {
        const writable = super.writable;
        return {
          getWriter() {
            const writer = writable.getWriter();
            const write = writer.write.bind(writer);
            writer.write = (chunk) => {
              counter.count += 1;
              return write(chunk);
            };
            return writer;
          },
        };
      }
    };
  }

  restore() {
    self.TransformStream = this.#real;
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

  constructor(issuer, clientId, nonce, sub = "ada-1") {
    const iat = 1_700_000_000;
    const claims = {
      iss: issuer,
      aud: clientId,
      nonce,
      sub,
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
