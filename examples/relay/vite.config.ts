import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';
import relay from 'vite-plugin-relay';

/** The gateway allows no other origin, so the dev server proxies it, in `vite preview` too. */
const proxy = { '/graphql': process.env.GATEWAY_URL ?? 'http://127.0.0.1:4000' };

export default defineConfig({ plugins: [relay, react()], server: { proxy } });
