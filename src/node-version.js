import process from 'node:process';

/**
 * Ends the process with one line where Node is too old for the sources, which are TypeScript that Node 22.18 and later run
 * as they are; undici asks for 22.19. Loaded before them (`node --import`), and not TypeScript itself, so that an old Node can read it. The checkout
 * brings its own Node as the package `node`; an older one runs only when that is missing.
 */
if (!process.features.typescript) {
  process.stderr.write(
    `Node ${process.versions.node} is too old; 22.19 or later is needed. \`npm ci\` brings one along; after \`npm ci --ignore-scripts\`, \`npm rebuild node\` does.\n`,
  );
  process.exit(1);
}
