import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

/** The gateway answers no other origin, so its address is part of this one, in `vite preview` too. */
const proxy = { '/graphql': { target: process.env.GATEWAY_URL ?? 'http://127.0.0.1:4000', ws: true } };

export default defineConfig({
  root: import.meta.dirname,
  plugins: [react()],
  // The page is at /console and its files below it, so they are found from wherever a proxy puts both.
  base: './',
  build: {
    outDir: 'dist',
    emptyOutDir: true,
    assetsDir: 'console',
    // Content-Security-Policy forbids data: for what is not an image.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    // light-dark() as it is: what stands in for it elsewhere would double every colour.
    cssTarget: ['chrome123', 'firefox120', 'safari17.5'],
  },
  server: { proxy },
  preview: { proxy },
});
