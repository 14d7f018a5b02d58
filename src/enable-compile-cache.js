import './node-version.js';
import module from 'node:module';
import { join } from 'node:path';

/**
 * Turns on Node's compile cache for sources with their types stripped and for compiled code, so that a second start does not
 * load the type stripper. Loaded before main.ts (`node --import`), therefore not TypeScript. Node ignores a cache that it cannot
 * write.
 */
module.enableCompileCache(join(import.meta.dirname, '../node_modules/.cache/compile'));
