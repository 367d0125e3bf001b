import type { DefaultTheme } from "vitepress";

/** Guides before reference, and both before what maintainers read and what is generated. */
export const searchOptions = { boostDocument };

/** VitePress sends the text of this function to browsers, so it is self-contained. */
function boostDocument(id: string): number {
  if (/\/docs\/guides\/|\/docs\/(configuration|deploy|pwa|errors|command-line)\.html/.test(id)) return 2;
  if (
    /\/docs\/(benchmarks|scale|memory|attacks|decisions)\b|\/(CHANGELOG|CONTRIBUTING)\.html|\/api\//.test(id)
  )
    return 0.3;
  return 1;
}

/** Search in the reader's browser, without a server. */
export const search: NonNullable<DefaultTheme.Config["search"]> = {
  provider: "local",
  options: { miniSearch: { searchOptions } },
};
