import { fileURLToPath } from "node:url";
import { defineConfig, type ViteUserConfig } from "vitest/config";

/** Tests that drive a real engine: only these bring one up. */
const engineTests = ["test/engine/**/*.test.ts", "test/e2e/**/*.test.ts"];

const config: ViteUserConfig = defineConfig({
  root: fileURLToPath(new URL("..", import.meta.url)),
  test: {
    testTimeout: 30_000,
    projects: [
      {
        extends: true,
        test: { name: "unit", include: ["test/**/*.test.ts"], exclude: engineTests },
      },
      {
        extends: true,
        test: {
          name: "engine",
          include: engineTests,
          globalSetup: ["test/engine/global-setup.ts"],
          testTimeout: 120_000,
          hookTimeout: 120_000,
        },
      },
    ],
  },
});

export default config;
