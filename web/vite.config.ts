import react from '@vitejs/plugin-react';
import { defineConfig } from 'vitest/config';

// `furrow serve` is the only backend; in development the page is served by Vite and the API by a running server.
const server = process.env.FURROW_SERVER ?? 'http://127.0.0.1:8080';

export default defineConfig({
  plugins: [react()],
  server: { proxy: { '/v1': server, '/version': server, '/openapi.json': server } },
  build: {
    target: 'es2021',
    sourcemap: false,
    chunkSizeWarningLimit: 900,
    rollupOptions: {
      output: {
        manualChunks(id) {
          if (/node_modules\/(react|react-dom|react-router|react-router-dom|@remix-run|scheduler|@tanstack)\//.test(id)) return 'react';
          if (/node_modules\/(echarts|zrender)\//.test(id)) return 'charts';
          return undefined;
        },
      },
    },
  },
  test: { include: ['src/**/*.test.ts', 'src/**/*.test.tsx'], environment: 'node' },
});
