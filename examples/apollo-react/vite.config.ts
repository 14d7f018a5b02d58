import react from '@vitejs/plugin-react';
import { defineConfig, loadEnv } from 'vite';

export default defineConfig(({ mode }) => ({
  plugins: [react()],
  server: {
    // The gateway allows no page of another origin, so the dev server proxies it. `vite preview` uses the same setting.
    proxy: { '/graphql': loadEnv(mode, '.', 'GATEWAY_').GATEWAY_URL ?? 'http://127.0.0.1:4000' },
    fs: { allow: ['.', '../operations'] },
  },
}));
