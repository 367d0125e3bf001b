import { strongroom } from "strongroom/vite";
import { defineConfig } from "vite";

export default defineConfig({
  plugins: [
    strongroom({
      host: {
        api: ["https://api.example.com/v1/"],
        provider: {
          authorizationEndpoint: "https://auth.example.com/oauth2/authorize",
          tokenEndpoint: "https://auth.example.com/oauth2/token",
        },
      },
    }),
  ],
});
