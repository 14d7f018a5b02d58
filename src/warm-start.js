import { enableCompileCache } from 'node:module';

/**
 * Lets Node keep what it makes of the sources: types stripped, code compiled. Loaded before main.ts (`node --import`), and
 * the one file that is not TypeScript, so that a second start need not load the type stripper at all. Where the folder
 * cannot be written, Node goes on without.
 */
enableCompileCache(new URL('../node_modules/.cache/compile', import.meta.url).pathname);
