import { startCodeFlowApp } from "./code-flow.js";

await startCodeFlowApp({
  load: async () => localStorage.getItem("access_token"),
  save: async ({ access_token }) => localStorage.setItem("access_token", access_token),
});
