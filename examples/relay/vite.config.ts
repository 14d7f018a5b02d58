import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';
import relay from 'vite-plugin-relay';

/** The gateway answers no other origin, so its address is part of this one, in `vite preview` too. */
const proxy = { '/graphql': process.env.GATEWAY_URL ?? 'http://127.0.0.1:4000' };

export default defineConfig({ plugins: [relay, react()], server: { proxy } });
