import { fileURLToPath } from "node:url";

export default {
  mode: "production",
  entry: "./src/main.js",
  output: {
    path: fileURLToPath(new URL("public/assets", import.meta.url)),
    publicPath: "/assets/",
    filename: "[name].js",
    chunkFilename: "[name].js",
    // ES modules are loaded with import(), which the host's policy allows. webpack's default loader creates <script>
    // elements from text, and needs output.trustedTypes and `policy` of the host headers.
    module: true,
  },
  experiments: { outputModule: true },
};
