import { startCodeFlowApp } from "./code-flow.js";

await startCodeFlowApp({
  load: async () => /(?:^|; )access_token=([^;]*)/.exec(document.cookie)?.[1] ?? null,
  async save({ access_token }) {
    // For all hosts of the site, as single sign-on between an organisation's apps is often made.
    // biome-ignore lint/suspicious/noDocumentCookie: this victim is about cookies that script can read
    document.cookie = `access_token=${access_token}; path=/; domain=lab.localhost`;
  },
});
