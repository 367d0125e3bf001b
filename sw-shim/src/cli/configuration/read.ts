import { type AnyNode, type CallExpression, type Expression, parse } from "acorn";

/** What a worker script says, as far as that can be seen without running it. */
export interface WorkerScript {
  /** The argument of `strongroom.start`, if it is plain data. */
  configuration?: Record<string, unknown>;
  /** Why there is none. */
  problem?: string;
  /** The scripts it imports, as they are written there. */
  imports: string[];
}

/**
 * Reads a worker script without running it: it may come from a host that is not to be trusted. Constants, templates and
 * `location.origin` are followed; what a script computes in other ways is not.
 */
export function readWorkerScript(source: string, origin: string): WorkerScript {
  const imports: string[] = [];
  try {
    const program = parse(source, { ecmaVersion: "latest", sourceType: "script", locations: true });
    const { constants, calls } = declarationsAndCalls(program);
    for (const call of calls.filter(({ callee }) => nameOf(callee) === "importScripts")) {
      for (const argument of call.arguments) imports.push(String(evaluate(argument, constants, origin)));
    }
    const argument = calls.find(({ callee }) => nameOf(callee) === "strongroom.start")?.arguments[0];
    if (!argument) return { imports, problem: "it does not call strongroom.start({…})" };
    return { imports, configuration: evaluate(argument, constants, origin) as Record<string, unknown> };
  } catch (error) {
    return { imports, problem: (error as Error).message };
  }
}

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

/** A value that only running the script would give. */
class Computed extends Error {
  constructor({ loc }: AnyNode) {
    super(`line ${loc?.start.line} computes what only running the script would give`);
  }
}

function evaluate(node: AnyNode, constants: Map<string, Expression>, origin: string): unknown {
  const value = (inner: AnyNode) => evaluate(inner, constants, origin);
  switch (node.type) {
    case "Literal":
      return node.value;
    case "TemplateLiteral":
      return node.quasis
        .map(({ value: { cooked } }, index) => {
          const expression = node.expressions[index];
          return `${cooked}${expression ? value(expression) : ""}`;
        })
        .join("");
    case "ArrayExpression":
      return node.elements.flatMap((element) => {
        if (!element) throw new Computed(node);
        return element.type === "SpreadElement" ? (value(element.argument) as unknown[]) : [value(element)];
      });
    case "ObjectExpression":
      return Object.fromEntries(
        node.properties.flatMap((property) => {
          if (property.type === "SpreadElement") return Object.entries(value(property.argument) as object);
          const { key, computed } = property;
          const name = key.type === "Identifier" && !computed ? key.name : String(value(key));
          return [[name, value(property.value)]];
        }),
      );
    case "BinaryExpression":
      if (node.operator !== "+" || node.left.type === "PrivateIdentifier") throw new Computed(node);
      return `${value(node.left)}${value(node.right)}`;
    case "UnaryExpression":
      if (node.operator !== "!") throw new Computed(node);
      return !value(node.argument);
    case "MemberExpression":
      if (/^((globalThis|self)\.)?location\.origin$/.test(nameOf(node) ?? "")) return origin;
      throw new Computed(node);
    case "Identifier": {
      const constant = constants.get(node.name);
      // Without itself: a constant that refers to itself would never end.
      const others = new Map([...constants].filter(([name]) => name !== node.name));
      if (constant) return evaluate(constant, others, origin);
      throw new Computed(node);
    }
    default:
      throw new Computed(node);
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
