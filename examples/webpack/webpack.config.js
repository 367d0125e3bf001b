import { fileURLToPath } from "node:url";

export default {
  mode: "production",
  entry: "./src/main.js",
  output: {
    path: fileURLToPath(new URL("public/assets", import.meta.url)),
    publicPath: "/assets/",
    filename: "[name].js",
    chunkFilename: "[name].js",
    // Modules are loaded by import(), which the host's policy takes. webpack's usual way makes <script> elements of
    // text, for which it would need a Trusted Types policy: output.trustedTypes, and `policy` of the host's headers.
    module: true,
  },
  experiments: { outputModule: true },
};
