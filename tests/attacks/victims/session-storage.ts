import { startCodeFlowApp } from "./code-flow.js";

await startCodeFlowApp({
  load: async () => sessionStorage.getItem("access_token"),
  save: async ({ access_token }) => sessionStorage.setItem("access_token", access_token),
});
