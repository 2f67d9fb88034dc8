import { svelte } from "@sveltejs/vite-plugin-svelte";
import { defineConfig } from "vitest/config";

export default defineConfig(({ mode }) => ({
  plugins: [svelte()],
  build: {
    target: "safari16",
    // The colours are written with light-dark(), which older targets would have rewritten.
    cssTarget: ["safari17.5", "chrome123"],
    modulePreload: { polyfill: false },
    assetsInlineLimit: 0,
  },
  resolve: mode === "test" ? { conditions: ["browser"] } : undefined,
  test: { environment: "jsdom", include: ["src/**/*.test.ts"], setupFiles: ["src/testing/setup.ts"], isolate: false, maxWorkers: 2, testTimeout: 20_000 },
}));
