import { type DefaultTreeAdapterTypes, parse } from "parse5";

type Element = DefaultTreeAdapterTypes.Element;
type Node = DefaultTreeAdapterTypes.Node;

/** Something in a page's HTML that a Content Security Policy allows or blocks. */
export interface Resource {
  /**
   * - `file`: is loaded from a URL, or navigates to one.
   * - `base`: changes what relative URLs mean.
   * - `element`: an inline script or style.
   * - `attribute`: a style attribute, an event handler or a `javascript:` URL.
   */
  kind: "file" | "base" | "element" | "attribute";
  /** The most specific directive that applies to it. */
  directive: string;
  /** For messages: `<script src="https://cdn.example.com/a.js">`. */
  what: string;
  /** The URL of a file or base as written in the HTML; the text of the others. */
  text: string;
  nonce?: string;
  integrity?: string;
  /** Policies of earlier `<meta>` elements, which also apply. */
  policies: string[];
}

/** The resources in a page's HTML, in document order. Scripts are not run, so what they add is missing. */
export function resourcesOf(html: string): Resource[] {
  const resources: Resource[] = [];
  const policies: string[] = [];
  for (const element of elementsOf(parse(html))) {
    const policy = metaPolicy(element);
    if (policy !== undefined) policies.push(policy);
    for (const found of [...attributesOf(element), ...contentOf(element), ...filesOf(element)]) {
      resources.push({ ...found, policies: [...policies] });
    }
  }
  return resources;
}

type Found = Omit<Resource, "policies">;

/** All elements of the document, without the content of `<template>` elements. */
function* elementsOf(node: Node): Generator<Element> {
  if ("tagName" in node) yield node;
  if ("childNodes" in node) for (const child of node.childNodes) yield* elementsOf(child);
}

function attribute({ attrs }: Element, name: string): string | undefined {
  return attrs.find((each) => each.name === name)?.value;
}

/** HTML, section 4.2.5.3: only in the head. */
function metaPolicy(element: Element): string | undefined {
  if (element.tagName !== "meta" || !isChildOf(element, "head")) return undefined;
  const isPolicy = attribute(element, "http-equiv")?.toLowerCase() === "content-security-policy";
  return isPolicy ? attribute(element, "content") : undefined;
}

function isChildOf({ parentNode }: Element, tagName: string): boolean {
  return parentNode !== null && "tagName" in parentNode && parentNode.tagName === tagName;
}

function attributesOf({ tagName, attrs }: Element): Found[] {
  return attrs.flatMap(({ name, value }) => {
    const directive = /^on[a-z]+$/.test(name)
      ? "script-src-attr"
      : name === "style"
        ? "style-src-attr"
        : URL_ATTRIBUTES.includes(name) && isJavaScriptUrl(value)
          ? "script-src-elem"
          : undefined;
    if (directive === undefined || value.trim() === "") return [];
    return [
      { kind: "attribute" as const, directive, what: `<${tagName} ${name}="${cut(value)}">`, text: value },
    ];
  });
}

const URL_ATTRIBUTES = ["href", "src", "action", "formaction", "data"];

function isJavaScriptUrl(reference: string): boolean {
  return /^\s*javascript:/i.test(reference);
}

/** Inline scripts and styles. */
function contentOf(element: Element): Found[] {
  const { tagName, childNodes } = element;
  const isInline =
    tagName === "style" ||
    (tagName === "script" && isScript(element) && attribute(element, "src") === undefined);
  const text = childNodes.map((child) => ("value" in child ? child.value : "")).join("");
  if (!isInline || text === "") return [];
  const directive = tagName === "style" ? "style-src-elem" : "script-src-elem";
  return [
    { kind: "element", directive, what: `<${tagName}>${cut(text)}</${tagName}>`, text, ...signs(element) },
  ];
}

/** Not a data block, and not a `nomodule` script (HTML, section 4.12.1). */
function isScript(element: Element): boolean {
  const type = (attribute(element, "type") ?? "").trim().toLowerCase();
  const isModule = type === "module" || type === "importmap";
  if (isModule) return true;
  const isClassic = type === "" || /^(text|application)\/(x-)?(java|ecma)script$/.test(type);
  return isClassic && attribute(element, "nomodule") === undefined;
}

function signs(element: Element): Pick<Resource, "nonce" | "integrity"> {
  const nonce = attribute(element, "nonce");
  const integrity = attribute(element, "integrity");
  return { ...(nonce ? { nonce } : {}), ...(integrity ? { integrity } : {}) };
}

function filesOf(element: Element): Found[] {
  const { tagName } = element;
  const files = (
    directive: string | undefined,
    name: string,
    references = [attribute(element, name)],
  ): Found[] =>
    references.flatMap((reference) =>
      directive === undefined || !reference?.trim() || isJavaScriptUrl(reference)
        ? []
        : [
            {
              kind: "file" as const,
              directive,
              what: `<${tagName} ${name}="${cut(reference)}">`,
              text: reference,
              ...signs(element),
            },
          ],
    );
  const set = (name: string) => files("img-src", name, candidates(attribute(element, name) ?? ""));
  switch (tagName) {
    case "base":
      return files("base-uri", "href").map((found) => ({ ...found, kind: "base" }));
    case "script":
      return isScript(element) ? files("script-src-elem", "src") : [];
    case "link":
      return [...files(directiveOfLink(element), "href"), ...set("imagesrcset")];
    case "img":
      return [...files("img-src", "src"), ...set("srcset")];
    case "image":
      return files("img-src", "href");
    case "input":
      return attribute(element, "type")?.toLowerCase() === "image" ? files("img-src", "src") : formAction();
    case "button":
      return formAction();
    case "video":
      return [...files("img-src", "poster"), ...files("media-src", "src")];
    case "audio":
    case "track":
      return files("media-src", "src");
    case "source":
      return isChildOf(element, "picture") ? set("srcset") : files("media-src", "src");
    case "iframe":
      return attribute(element, "srcdoc") === undefined ? files("frame-src", "src") : [];
    case "frame":
      return files("frame-src", "src");
    case "object":
      return files("object-src", "data");
    case "embed":
      return files("object-src", "src");
    case "form":
      return files("form-action", "action");
    default:
      return [];
  }

  function formAction(): Found[] {
    return files("form-action", "formaction");
  }
}

/** The directive for a `<link>`. `prefetch` and `preconnect` are left out: the page works without them. */
function directiveOfLink(element: Element): string | undefined {
  const rel = new Set((attribute(element, "rel") ?? "").toLowerCase().split(/\s+/));
  if (rel.has("stylesheet")) return "style-src-elem";
  if (rel.has("modulepreload")) return "script-src-elem";
  if (rel.has("preload")) return PRELOADS[attribute(element, "as")?.toLowerCase() ?? ""];
  if (rel.has("icon") || rel.has("apple-touch-icon")) return "img-src";
  return rel.has("manifest") ? "manifest-src" : undefined;
}

const PRELOADS: Record<string, string> = {
  audio: "media-src",
  fetch: "connect-src",
  font: "font-src",
  image: "img-src",
  script: "script-src-elem",
  style: "style-src-elem",
  track: "media-src",
  video: "media-src",
};

/** The URLs of a `srcset` (HTML, section 4.8.4.3.10). A `data:` URL may contain commas. */
function candidates(set: string): string[] {
  return [...set.matchAll(/[\s,]*(\S*[^\s,])(?:,|\s[^,]*(?:,|$)|$)/g)].map(([, reference = ""]) => reference);
}

function cut(text: string): string {
  const line = text.replace(/\s+/g, " ").trim();
  return line.length > 80 ? `${line.slice(0, 80)}…` : line;
}
