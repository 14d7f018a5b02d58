import './node-version.js';
import module from 'node:module';
import { join } from 'node:path';

/**
 * Turns on Node's compile cache: sources with their types stripped, and compiled code. Loaded before main.ts (`node --import`),
 * and not TypeScript, so that a second start need not load the type stripper. Node goes on without a cache that it cannot write.
 */
module.enableCompileCache(join(import.meta.dirname, '../node_modules/.cache/compile'));
