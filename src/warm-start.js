import './node-version.js';
import module from 'node:module';
import { join } from 'node:path';

/**
 * Lets Node keep what it makes of the sources: types stripped, code compiled. Loaded before main.ts (`node --import`), and
 * not TypeScript, so that a second start need not load the type stripper at all. Where the folder cannot be written, Node
 * goes on without.
 */
module.enableCompileCache(join(import.meta.dirname, '../node_modules/.cache/compile'));
