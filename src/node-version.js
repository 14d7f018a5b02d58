import process from 'node:process';

const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
const isNewEnough = major > 22 || (major === 22 && minor >= 19);

/**
 * Ends the process with one line if Node is too old: undici needs 22.19, and Node must run TypeScript sources directly (22.18,
 * 23.6). Loaded before them (`node --import`), and not TypeScript itself, so that an old Node can read it. The checkout has its
 * own Node in the package `node`; an older one runs only if that is missing.
 */
if (!isNewEnough || !process.features.typescript) {
  process.stderr.write(
    `Node ${process.versions.node} is too old; 22.19 or later is needed. \`npm ci\` brings one along; after \`npm ci --ignore-scripts\`, \`npm rebuild node\` does.\n`,
  );
  process.exit(1);
}
