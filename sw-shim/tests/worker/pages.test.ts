import { beforeEach, expect, it, vi } from "vitest";
import { type Page, runPage } from "../../src/worker/pages";
import type { Vault } from "../../src/worker/wasm";

const AUTHORIZE = "https://auth.example.com/oauth2/authorize?state=s";
const NOTES = "https://app.example.com/notes";

const vault = {
  begin: vi.fn((query: string) => {
    if (query !== "app=x") throw new Error("The sign-in names no app.");
    return [AUTHORIZE, "key", "the transaction"];
  }),
  keyOf: (query: string) => (query.includes("state=s") ? "key" : undefined),
  complete: vi.fn((_query: string, entry?: string) =>
    entry ? [NOTES, "value", "strongroom-key=value; Path=/"] : [NOTES, "", ""],
  ),
} as unknown as Vault;

/** How many sign-ins fit into a tab's storage here. */
const QUOTA = 100;

beforeEach(() => vi.clearAllMocks());

class Window {
  readonly document;
  readonly location;
  readonly texts: string[] = [];
  readonly stored = new Map<string, string>();
  readonly sessionStorage = {
    stored: this.stored,
    get length() {
      return this.stored.size;
    },
    clear: () => this.stored.clear(),
    getItem: (key: string) => this.stored.get(key) ?? null,
    setItem: (key: string, value: string) => {
      if (this.stored.size >= QUOTA)
        throw new DOMException("The quota has been exceeded.", "QuotaExceededError");
      this.stored.set(key, value);
    },
    removeItem: (key: string) => void this.stored.delete(key),
  };
  readonly postMessage = vi.fn();
  parent: unknown = this;

  constructor(name: string, search: string) {
    this.document = {
      body: { append: (text: string) => this.texts.push(text) },
      cookie: "",
      currentScript: { dataset: { page: name } },
    };
    this.location = { origin: "https://vault.example.com", search, replace: vi.fn() };
  }

  run(): this {
    runPage(this as unknown as Page, vault);
    return this;
  }
}

it("the login page stores the transaction in its tab and goes to the authorization server", () => {
  const { location, stored } = new Window("login", "?app=x").run();
  expect(location.replace.mock.calls).toEqual([[AUTHORIZE]]);
  expect([...stored]).toEqual([["strongroom:key", "the transaction"]]);
});

it("a tab in whose frame script began sign-ins without end can sign in", () => {
  const page = new Window("login", "?app=x");
  for (let count = 0; count < 2 * QUOTA; count++) {
    vi.mocked(vault.begin).mockReturnValueOnce([AUTHORIZE, `key ${count}`, "a transaction"]);
    page.run();
  }
  page.location.replace.mockClear();
  page.run();
  expect([page.texts, page.location.replace.mock.calls]).toEqual([[], [[AUTHORIZE]]]);
  expect(page.stored.get("strongroom:key")).toBe("the transaction");
});

it("the login page shows why it refuses a sign-in", () => {
  const { location, texts, stored } = new Window("login", "?app=https://evil.example").run();
  expect(location.replace).not.toHaveBeenCalled();
  expect([texts, stored.size]).toEqual([["The sign-in names no app."], 0]);
});

it("the callback page sets the cookie, forgets the transaction and returns to the app", () => {
  const page = new Window("callback", "?code=c&state=s");
  page.stored.set("strongroom:key", "the transaction");
  page.run();
  expect(page.document.cookie).toBe("strongroom-key=value; Path=/");
  expect(page.stored.size).toBe(0);
  expect(page.location.replace.mock.calls).toEqual([[NOTES]]);
});

it("an authorization response that this tab did not ask for sets no cookie", () => {
  const page = new Window("callback", "?code=attackers&state=s").run();
  expect(vault.complete).toHaveBeenCalledWith("code=attackers&state=s", undefined);
  expect(page.document.cookie).toBe("");
});

it("in the vault's own frame, the callback page tells the frame, and sets no cookie", () => {
  const page = new Window("callback", "?code=c&state=s");
  page.stored.set("strongroom:key", "the transaction");
  const frame = new Window("frame", "");
  page.parent = frame;
  page.run();
  expect(frame.postMessage.mock.calls).toEqual([[{ response: "value" }, "https://vault.example.com"]]);
  expect(page.document.cookie).toBe("");
  expect(page.location.replace).not.toHaveBeenCalled();
});

it.each(["login", "callback"])("an app that frames the %s page gets nothing", (name) => {
  const page = new Window(name, name === "login" ? "?app=x" : "?code=c&state=s");
  page.stored.set("strongroom:key", "the transaction");
  page.parent = {
    get document() {
      throw new DOMException("Blocked a frame from accessing a cross-origin frame.", "SecurityError");
    },
    postMessage: vi.fn(),
  };
  page.run();
  expect([page.document.cookie, page.stored.size]).toEqual(["", 1]);
  expect(page.location.replace).not.toHaveBeenCalled();
  expect(vault.begin).not.toHaveBeenCalled();
});

it("the script refuses to run in any other page", () => {
  expect(() => new Window("", "").run()).toThrow("Register this script as a service worker");
  expect(() => new Window("toString", "").run()).toThrow();
});
