import { defineConfig, devices } from '@playwright/test';

// Debian's Chromium; the tests talk to loopback only.
export default defineConfig({
  testDir: 'e2e',
  globalSetup: './e2e/start.ts',
  // Generous: what is slow shows in the benchmarks, and a wait that ends early proves nothing.
  timeout: 120_000,
  expect: { timeout: 30_000 },
  workers: 2,
  fullyParallel: true,
  forbidOnly: Boolean(process.env.CI),
  // Another try tells a slow machine from a fault; the report lists it as flaky.
  retries: process.env.CI ? 2 : 0,
  reporter: [['list']],
  use: {
    ...devices['Desktop Chrome'],
    viewport: { width: 1440, height: 900 },
    locale: 'en-US',
    timezoneId: 'UTC',
    trace: 'retain-on-failure',
    launchOptions: {
      executablePath: process.env.KEPT_CHROMIUM ?? '/usr/bin/chromium',
      args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'],
    },
  },
});
