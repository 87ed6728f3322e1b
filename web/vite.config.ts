import react from '@vitejs/plugin-react';
import { defineConfig } from 'vitest/config';

// In development the API is a running `kept demo`, or the fixture server of dev/.
const api = process.env.KEPT_DEV_API ?? 'http://127.0.0.1:8080';

export default defineConfig({
  plugins: [react()],
  server: { port: 5173, strictPort: true, proxy: { '/api': { target: api } } },
  preview: { port: 4173, strictPort: true, proxy: { '/api': { target: api } } },
  build: {
    target: 'es2022',
    sourcemap: false,
    // The size check (scripts/size.mjs) reads the manifest to know what the first load needs.
    manifest: 'manifest.json',
    chunkSizeWarningLimit: 900,
  },
  test: {
    include: ['src/**/*.test.{ts,tsx}'],
  },
});
