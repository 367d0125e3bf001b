import { renderMermaidSVG } from "beautiful-mermaid";
import type { MarkdownRenderer } from "vitepress";

/** In the colours of the page, light or dark. */
const COLOURS = {
  bg: "var(--vp-c-bg)",
  fg: "var(--vp-c-text-1)",
  muted: "var(--vp-c-text-2)",
  line: "var(--vp-c-text-3)",
  border: "var(--vp-c-border)",
  surface: "var(--vp-c-bg-soft)",
  accent: "var(--vp-c-brand-1)",
  // The layout assumes a font of about this width.
  font: "Arial",
  transparent: true,
};

/** Draws Mermaid diagrams as SVG while the site is built, so that readers load no script. */
export function diagrams(md: MarkdownRenderer): void {
  const fence = md.renderer.rules.fence;
  if (!fence) throw new Error("VitePress has no rule for fences.");
  md.renderer.rules.fence = (tokens, index, ...rest) => {
    const token = tokens[index];
    if (token?.info.trim() !== "mermaid") return fence(tokens, index, ...rest);
    // Web fonts would come from another host.
    const svg = renderMermaidSVG(token.content, COLOURS).replace(/@import url\([^)]*\);?/g, "");
    // Vue does not allow <style> in a template.
    return `<div class="diagram" v-html="${md.utils.escapeHtml(JSON.stringify(svg))}"></div>`;
  };
}
