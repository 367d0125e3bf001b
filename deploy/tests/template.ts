import { readFileSync } from "node:fs";
import { parse, type ScalarTag, type YAMLMap, type YAMLSeq } from "yaml";

/** A value of the template: intrinsic functions are objects such as `{ Ref: "…" }`. */
// biome-ignore lint/suspicious/noExplicitAny: a template is data of any shape
export type Value = any;

export const text = readFileSync(new URL("../template.yaml", import.meta.url), "utf8");

/** The template as CloudFormation reads it: the short forms of intrinsic functions made long. */
export const template: Value = parse(text, { customTags: shortForms() });

/** What a stack knows: parameters, and what AWS would have named its resources. */
export interface World {
  /** Those that are not named have their default. */
  parameters?: Record<string, string>;
  /** By `Resource`, `Resource.Attribute` and `AWS::…`. */
  names?: Record<string, string>;
}

const NOTHING = Symbol("AWS::NoValue");

/** `value` as it would be in a stack. */
export function resolved(value: Value, world: World): Value {
  const result = resolve(value, world);
  return result === NOTHING ? undefined : result;
}

/** The names of everything that `value` refers to. */
export function references(value: Value): string[] {
  if (Array.isArray(value)) return value.flatMap(references);
  if (typeof value !== "object" || value === null) return [];
  return Object.entries<Value>(value).flatMap(([key, inner]) => {
    if (key === "Ref") return [inner];
    if (key === "Fn::GetAtt") return [String(inner).split(/[.,]/)[0] ?? ""];
    if (key === "DependsOn") return [inner].flat();
    if (key === "Fn::Sub") {
      const [pattern, variables] = typeof inner === "string" ? [inner, {}] : inner;
      const named = [...pattern.matchAll(/\$\{([\w:.]+)\}/g)].map(([, name]) => name.split(".")[0]);
      return [...named.filter((name) => !(name in variables)), ...references(variables)];
    }
    return references(inner);
  });
}

function resolve(value: Value, world: World): Value {
  if (Array.isArray(value)) {
    return value.map((one) => resolve(one, world)).filter((one) => one !== NOTHING);
  }
  if (typeof value !== "object" || value === null) return value;
  const [[key, inner] = ["", undefined], ...others] = Object.entries<Value>(value);
  if (others.length === 0 && (key === "Ref" || key.startsWith("Fn::"))) return intrinsic(key, inner, world);
  const entries = Object.entries<Value>(value).map(([name, one]) => [name, resolve(one, world)] as const);
  return Object.fromEntries(entries.filter(([, one]) => one !== NOTHING));
}

function intrinsic(key: string, inner: Value, world: World): Value {
  switch (key) {
    case "Ref":
      return named(inner, world);
    case "Fn::GetAtt":
      return named([inner].flat().join("."), world);
    case "Fn::If":
      return resolve(holds(template.Conditions[inner[0]], world) ? inner[1] : inner[2], world);
    case "Fn::Sub": {
      const [pattern, variables] = typeof inner === "string" ? [inner, {}] : inner;
      const values = resolve(variables, world);
      return pattern.replaceAll(
        /\$\{([\w:.]+)\}/g,
        (_: string, name: string) => values[name] ?? named(name, world),
      );
    }
    case "Fn::Select":
      return resolve(inner[1], world)[Number(inner[0])];
    case "Fn::Split":
      return resolve(inner[1], world).split(inner[0]);
    default:
      throw new Error(`The test cannot resolve ${key}.`);
  }
}

function named(name: string, { parameters = {}, names = {} }: World): Value {
  if (name === "AWS::NoValue") return NOTHING;
  const parameter = template.Parameters[name];
  const value = parameter ? (parameters[name] ?? parameter.Default) : names[name];
  if (value === undefined) throw new Error(`Nothing is called ${name} in this stack.`);
  return value;
}

/** Whether a condition holds. */
export function holds(condition: Value, world: World): boolean {
  const [[key, inner] = ["", undefined]] = Object.entries<Value>(condition);
  switch (key) {
    case "Fn::Equals":
      return resolve(inner[0], world) === resolve(inner[1], world);
    case "Fn::Not":
      return !holds(inner[0], world);
    case "Fn::And":
      return inner.every((one: Value) => holds(one, world));
    case "Condition":
      return holds(template.Conditions[inner], world);
    default:
      throw new Error(`The test cannot evaluate ${key}.`);
  }
}

function shortForms(): ScalarTag[] {
  const names = ["Ref", "Condition", "If", "Not", "Equals", "And", "Sub", "GetAtt", "Select", "Split"];
  return names.flatMap((name) => {
    const long = name === "Ref" || name === "Condition" ? name : `Fn::${name}`;
    const tag = `!${name}`;
    return [
      { tag, resolve: (value: string) => ({ [long]: value }) },
      { tag, collection: "seq", resolve: (value: YAMLSeq | YAMLMap) => ({ [long]: toJs(value) }) },
    ] as unknown as ScalarTag[];
  });
}

/** A node's value; intrinsic functions within are values already. */
function toJs(node: Value): Value {
  if (node?.items === undefined)
    return node?.value !== undefined && "source" in node ? node.value : (node?.value ?? node);
  if (node.items.every((item: Value) => item?.key !== undefined) && node.items.length > 0) {
    return Object.fromEntries(node.items.map((item: Value) => [toJs(item.key), toJs(item.value)]));
  }
  return node.items.map(toJs);
}
