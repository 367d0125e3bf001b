import { type AnyNode, type CallExpression, type Expression, Parser } from "acorn";

/** What a worker script contains, as far as it can be read without running it. */
export interface WorkerScript {
  /** The argument of `strongroom.start`, if it is plain data. */
  configuration?: Record<string, unknown>;
  /** The argument of `strongroom.intercept`, if the vault has an origin of its own. */
  interceptor?: Record<string, unknown>;
  /** Why there is neither. */
  problem?: string;
  /** The scripts that it imports, as written in the script. */
  imports: string[];
}

/**
 * Reads a worker script without running it, because it may come from an untrusted host. Constants, templates and
 * `location.origin` are resolved; other computed values are not. The amount of work is limited: see {@link Reader}.
 */
export function readWorkerScript(source: string, origin: string): WorkerScript {
  const imports: string[] = [];
  if (source.length > LONGEST_SCRIPT) return { imports, problem: "it is larger than 4 MiB" };
  try {
    const program = LinearParser.parse(source, {
      ecmaVersion: "latest",
      sourceType: "script",
      locations: true,
    });
    const { constants, calls } = declarationsAndCalls(program);
    const reader = new Reader(constants, origin);
    for (const call of calls.filter(({ callee }) => nameOf(callee) === "importScripts")) {
      for (const argument of call.arguments) imports.push(reader.text(argument));
    }
    const argumentOf = (name: string) => calls.find(({ callee }) => nameOf(callee) === name)?.arguments[0];
    const [started, intercepted] = [argumentOf("strongroom.start"), argumentOf("strongroom.intercept")];
    const value = (argument: AnyNode) => reader.value(argument) as Record<string, unknown>;
    if (started) return { imports, configuration: value(started) };
    if (intercepted) return { imports, interceptor: value(intercepted) };
    return { imports, problem: "it calls neither strongroom.start({…}) nor strongroom.intercept({…})" };
  } catch (error) {
    return { imports, problem: (error as Error).message };
  }
}

/** acorn searches all names of a scope at each declaration, which takes minutes for a long script. */
const LinearParser = Parser.extend(
  (Base) =>
    class extends Base {
      declareName(): void {}
    } as typeof Base,
);

function declarationsAndCalls(program: AnyNode) {
  const constants = new Map<string, Expression>();
  const calls: CallExpression[] = [];
  visit(program, (node) => {
    if (node.type === "CallExpression") calls.push(node);
    if (node.type === "VariableDeclarator" && node.id.type === "Identifier" && node.init) {
      constants.set(node.id.name, node.init);
    }
  });
  return { constants, calls };
}

/** A value that is known only when the script runs. */
class Computed extends Error {
  constructor({ loc }: AnyNode) {
    super(`line ${loc?.start.line} has a computed value`);
  }
}

/** In characters. */
const LONGEST_SCRIPT = 4 * 1024 * 1024;
/** Values and characters that are read in all. A configuration has a few hundred. */
const MOST_READ = 50_000;
/** How deep values are nested. A configuration has five levels. */
const DEEPEST = 50;

/**
 * Gives the values of expressions. Each value and each character counts, also those that a constant is repeated for: forty
 * lines such as `a1 = [...a0, ...a0]` would otherwise fill any memory.
 */
class Reader {
  #left = MOST_READ;
  #depth = 0;
  /** Constants that are being read: one that refers to itself would never end. */
  readonly #reading = new Set<string>();

  constructor(
    private readonly constants: ReadonlyMap<string, Expression>,
    private readonly origin: string,
  ) {}

  /** @throws Computed, or Error if there is too much to read. */
  value(node: AnyNode): unknown {
    this.#count(1);
    this.#depth++;
    if (this.#depth > DEEPEST) throw new Error(`line ${node.loc?.start.line} is nested too deeply`);
    try {
      return this.#valueOf(node);
    } finally {
      this.#depth--;
    }
  }

  text(node: AnyNode): string {
    const value = this.value(node);
    if (typeof value === "object") throw new Computed(node);
    const text = String(value);
    this.#count(text.length);
    return text;
  }

  #count(amount: number): void {
    this.#left -= amount;
    if (this.#left < 0) throw new Error("its configuration is too large");
  }

  #list(node: AnyNode): unknown[] {
    const list = this.value(node);
    if (!Array.isArray(list)) throw new Computed(node);
    this.#count(list.length);
    return list;
  }

  #entries(node: AnyNode): [string, unknown][] {
    const object = this.value(node);
    if (typeof object !== "object" || object === null) throw new Computed(node);
    const entries = Object.entries(object);
    this.#count(entries.length);
    return entries;
  }

  #valueOf(node: AnyNode): unknown {
    switch (node.type) {
      case "Literal":
        // A regular expression and a BigInt are no configuration's.
        if (typeof node.value === "object" ? node.value !== null : typeof node.value === "bigint") {
          throw new Computed(node);
        }
        if (typeof node.value === "string") this.#count(node.value.length);
        return node.value;
      case "TemplateLiteral":
        return node.quasis
          .map(({ value: { cooked } }, index) => {
            const expression = node.expressions[index];
            this.#count(cooked?.length ?? 0);
            return `${cooked}${expression ? this.text(expression) : ""}`;
          })
          .join("");
      case "ArrayExpression": {
        const list: unknown[] = [];
        for (const element of node.elements) {
          if (!element) throw new Computed(node);
          if (element.type === "SpreadElement") list.push(...this.#list(element.argument));
          else list.push(this.value(element));
        }
        return list;
      }
      case "ObjectExpression":
        return Object.fromEntries(
          node.properties.flatMap((property) => {
            if (property.type === "SpreadElement") return this.#entries(property.argument);
            const { key, computed } = property;
            const name = key.type === "Identifier" && !computed ? key.name : this.text(key);
            return [[name, this.value(property.value)]];
          }),
        );
      case "BinaryExpression":
        if (node.operator !== "+" || node.left.type === "PrivateIdentifier") throw new Computed(node);
        return `${this.text(node.left)}${this.text(node.right)}`;
      case "UnaryExpression":
        if (node.operator !== "!") throw new Computed(node);
        return !this.value(node.argument);
      case "MemberExpression":
        if (/^((globalThis|self)\.)?location\.origin$/.test(nameOf(node) ?? "")) return this.origin;
        throw new Computed(node);
      case "Identifier": {
        const constant = this.constants.get(node.name);
        if (!constant || this.#reading.has(node.name)) throw new Computed(node);
        this.#reading.add(node.name);
        try {
          return this.value(constant);
        } finally {
          this.#reading.delete(node.name);
        }
      }
      default:
        throw new Computed(node);
    }
  }
}

/** `a.b.c` as text. */
function nameOf(node: AnyNode): string | undefined {
  if (node.type === "Identifier") return node.name;
  if (node.type !== "MemberExpression" || node.computed || node.property.type !== "Identifier")
    return undefined;
  const object = nameOf(node.object);
  return object === undefined ? undefined : `${object}.${node.property.name}`;
}

function visit(node: AnyNode, visitor: (node: AnyNode) => void): void {
  visitor(node);
  for (const child of Object.values(node).flat()) {
    if (typeof child === "object" && child !== null && "type" in child) visit(child as AnyNode, visitor);
  }
}
