/** Prints each module that the process loads from now on to stderr: `node --import ./loaded-modules.ts src/main.ts`. */
import { registerHooks } from 'node:module';
import process from 'node:process';

registerHooks({
  load(url, context, next) {
    process.stderr.write(`module ${url}\n`);
    return next(url, context);
  },
});
