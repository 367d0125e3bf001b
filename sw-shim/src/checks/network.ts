import { lookup } from "node:dns/promises";
import * as http from "node:http";
import * as https from "node:https";
import { BlockList, isIPv4, isIPv6, type Socket } from "node:net";
import { promisify } from "node:util";
import { brotliDecompress, gunzip, inflate } from "node:zlib";

/** A response, its redirect not followed. */
export interface Received {
  url: URL;
  status: number;
  headers: Headers;
  body: string;
}

export interface Sent {
  method?: "GET" | "POST" | "OPTIONS";
  headers?: Record<string, string>;
  body?: string;
}

export interface NetworkOptions {
  /** Headers for the app's own origin, and for no other. They may be secrets. */
  requestHeaders?: Record<string, string>;
  /** Lets an app on the internet name services of this machine and of private networks. */
  allowLocal?: boolean;
  /** Asks a person whether to send requests to a service that is less public than the app. */
  confirm?: (question: string) => Promise<boolean>;
  signal?: AbortSignal;
  system?: System;
}

/** The parts of the operating system that requests need. Tests replace them. */
export interface System {
  lookup(hostname: string): Promise<{ address: string; family: number }[]>;
  /** Connects to an address that `lookup` returned, with TLS for https URLs. Default: Node.js does. */
  connect?(options: { host: string; port: number }): Socket;
}

/** The app is on the internet and refers to a service on this machine or in a private network. No request was sent. */
export class LocalAddressError extends Error {
  constructor(
    readonly origin: string,
    where: string,
  ) {
    super(`${origin} is ${where}, but the app is not. No request was sent`);
  }
}

const TIMEOUT_MS = 30_000;
/** Limit for responses. No page or script is larger; a larger response could be meant to exhaust memory. */
const MOST_BYTES = 8 * 1024 * 1024;

/**
 * Sends requests to URLs that an untrusted app names, in a redirect or in its worker script.
 *
 * - Redirects are not followed.
 * - `requestHeaders` go to the app's own origin only.
 * - An app on the internet does not reach services on this machine or in private networks, by any name.
 *   Each host name is resolved once, so a name cannot move there between two requests.
 * - Bodies are bounded, also after decompression.
 */
export class Network {
  readonly #app: URL;
  readonly #options: NetworkOptions;
  readonly #system: System;
  readonly #resolved = new Map<string, Promise<Resolved[]>>();
  readonly #permitted = new Map<string, boolean>();

  constructor(app: URL, options: NetworkOptions = {}) {
    this.#app = app;
    this.#options = options;
    this.#system = options.system ?? { lookup: (hostname) => lookup(hostname, { all: true }) };
  }

  /** Permits an origin that a person named, wherever it is. */
  permit({ origin }: URL): void {
    this.#permitted.set(origin, true);
  }

  /**
   * @throws LocalAddressError if the request would leave the internet.
   * @throws Error if there is no response.
   */
  async send(url: URL, { method = "GET", headers = {}, body }: Sent = {}): Promise<Received> {
    if (!/^https?:$/.test(url.protocol)) throw new Error(`${url.protocol} is not http(s)`);
    const addresses = await this.#addressesOf(url);
    const { signal: given, requestHeaders } = this.#options;
    const signal = AbortSignal.any([AbortSignal.timeout(TIMEOUT_MS), ...(given ? [given] : [])]);
    const own = url.origin === this.#app.origin ? requestHeaders : {};
    return new Promise((resolve, reject) => {
      const request = protocolOf(url).request(url, {
        method,
        headers: { "user-agent": "strongroom", "accept-encoding": "gzip, br", ...headers, ...own },
        agent: false,
        signal,
        ...this.#connection(url, addresses),
      });
      request.on("response", (response) => {
        const chunks: Buffer[] = [];
        let length = 0;
        response.on("data", (chunk: Buffer) => {
          length += chunk.length;
          chunks.push(chunk);
          if (length <= MOST_BYTES) return;
          reject(new Error("the response is larger than 8 MiB"));
          request.destroy();
        });
        response.on("error", reject);
        response.on("end", () => {
          const { statusCode: status = 0, rawHeaders } = response;
          const received = { url, status, headers: headersOf(rawHeaders) };
          decoded(Buffer.concat(chunks), received.headers).then(
            (text) => resolve({ ...received, body: text }),
            reject,
          );
        });
      });
      request.on("error", reject);
      request.end(body);
    });
  }

  #connection(url: URL, addresses: Resolved[]): object {
    const { connect } = this.#system;
    const [first] = addresses;
    if (connect && first) {
      const port = Number(url.port || (url.protocol === "https:" ? 443 : 80));
      const createConnection = () => connect({ host: first.address, port });
      return { agent: Object.assign(new (protocolOf(url).Agent)(), { createConnection }) };
    }
    return {
      lookup: (_name: string, { all }: { all?: boolean }, done: (...results: unknown[]) => void) =>
        all ? done(null, addresses) : done(null, first?.address, first?.family),
    };
  }

  /** The addresses to which requests for `url` may be sent. */
  async #addressesOf(url: URL): Promise<Resolved[]> {
    const [addresses, ofApp] = await Promise.all([this.#resolve(url), this.#resolve(this.#app)]);
    // An app with any public address counts as public.
    const app = Math.min(...ofApp.map(({ space }) => WIDTH[space]));
    const near = addresses.filter(({ space }) => WIDTH[space] <= app);
    if (near.length > 0 || addresses.length === 0) return near;
    if (this.#options.allowLocal || (await this.#isPermitted(url, addresses))) return addresses;
    throw new LocalAddressError(url.origin, whereabouts(addresses));
  }

  async #isPermitted({ origin }: URL, addresses: Resolved[]): Promise<boolean> {
    const { confirm } = this.#options;
    const known = this.#permitted.get(origin);
    if (known !== undefined || !confirm) return known ?? false;
    const permitted = await confirm(
      `The app at ${this.#app.origin} refers to ${origin}, which is ${whereabouts(addresses)}. Send requests there? [y/N] `,
    );
    this.#permitted.set(origin, permitted);
    return permitted;
  }

  #resolve({ hostname }: URL): Promise<Resolved[]> {
    const known = this.#resolved.get(hostname);
    if (known) return known;
    // Resolved here, as browsers do: the operating system may not know these names.
    const name = hostname.endsWith(".localhost") ? "localhost" : hostname.replace(/^\[|\]$/g, "");
    const resolved = this.#system
      .lookup(name)
      .then((all) => all.map((each) => ({ ...each, space: spaceOf(each.address) })));
    this.#resolved.set(hostname, resolved);
    return resolved;
  }
}

interface Resolved {
  address: string;
  family: number;
  space: Space;
}

function protocolOf({ protocol }: URL): typeof http | typeof https {
  return protocol === "https:" ? https : http;
}

function whereabouts([first]: Resolved[]): string {
  return first?.space === "loopback" ? "on this machine" : "in a private network";
}

function headersOf(raw: string[]): Headers {
  const headers = new Headers();
  for (let index = 0; index < raw.length; index += 2) headers.append(raw[index] ?? "", raw[index + 1] ?? "");
  return headers;
}

const DECODERS: Record<string, (body: Buffer, options: { maxOutputLength: number }) => Promise<Buffer>> = {
  gzip: promisify(gunzip),
  br: promisify(brotliDecompress),
  deflate: promisify(inflate),
};

async function decoded(body: Buffer, headers: Headers): Promise<string> {
  const decode = DECODERS[headers.get("content-encoding")?.trim().toLowerCase() ?? ""];
  const plain = decode && body.length > 0 ? await decode(body, { maxOutputLength: MOST_BYTES }) : body;
  return plain.toString("utf8");
}

/** From where an address can be reached. */
export type Space = "public" | "private" | "loopback";

/** The more public, the smaller. An app may refer to services that are as public as itself, or more. */
const WIDTH: Record<Space, number> = { public: 0, private: 1, loopback: 2 };

/**
 * The space of an IP address, by the registries of special-purpose addresses (RFC 6890 and IANA's updates). Link-local
 * addresses count as this machine: among them is the metadata service of cloud hosts.
 */
export function spaceOf(address: string): Space {
  const inner = embeddedIPv4(address);
  if (inner !== undefined) return spaceOf(inner);
  const family = isIPv4(address) ? "ipv4" : "ipv6";
  if (LOOPBACK.check(address, family)) return "loopback";
  return PRIVATE.check(address, family) ? "private" : "public";
}

const LOOPBACK = listOf(
  ["0.0.0.0", 8],
  ["127.0.0.0", 8],
  ["169.254.0.0", 16],
  ["::", 128],
  ["::1", 128],
  ["fe80::", 10],
);

const PRIVATE = listOf(
  ["10.0.0.0", 8],
  ["100.64.0.0", 10],
  ["172.16.0.0", 12],
  ["192.0.0.0", 24],
  ["192.168.0.0", 16],
  ["198.18.0.0", 15],
  ["224.0.0.0", 3],
  ["64:ff9b:1::", 48],
  ["fc00::", 7],
  ["fec0::", 10],
  ["ff00::", 8],
);

function listOf(...subnets: [string, number][]): BlockList {
  const list = new BlockList();
  for (const [address, prefix] of subnets) list.addSubnet(address, prefix, isIPv4(address) ? "ipv4" : "ipv6");
  return list;
}

/** The IPv4 address in a mapped (`::ffff:`), NAT64 (`64:ff9b::`) or 6to4 (`2002:`) address. */
function embeddedIPv4(address: string): string | undefined {
  if (!isIPv6(address)) return undefined;
  const groups = groupsOf(address);
  const start = groups.slice(0, 6).join(":");
  const at =
    start === "0:0:0:0:0:ffff" || start === "64:ff9b:0:0:0:0" ? 6 : groups[0] === "2002" ? 1 : undefined;
  if (at === undefined) return undefined;
  return groups
    .slice(at, at + 2)
    .flatMap((group) => [Number.parseInt(group, 16) >> 8, Number.parseInt(group, 16) & 255])
    .join(".");
}

/** The eight groups of an IPv6 address, without leading zeros. */
function groupsOf(address: string): string[] {
  const { hostname } = new URL(`http://[${address.split("%")[0]}]/`);
  const [before = "", after] = hostname.slice(1, -1).split("::");
  const head = before === "" ? [] : before.split(":");
  const tail = after === undefined || after === "" ? [] : after.split(":");
  return [...head, ...Array<string>(8 - head.length - tail.length).fill("0"), ...tail];
}
