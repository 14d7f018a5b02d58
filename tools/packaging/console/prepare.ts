/**
 * Builds the console when the packages have been installed, so that the first start has one. An installation without
 * devDependencies (`npm ci --omit=dev`) has nothing to build it with; whatever goes wrong here is no reason for it to fail.
 */
import process from 'node:process';

try {
  const { BUILT_CONSOLE, buildConsole } = await import('./build.ts');
  await buildConsole(BUILT_CONSOLE);
} catch (error) {
  const [reason = ''] = String(error).split('\n', 1);
  const told = /Cannot find package/.test(reason) ? 'devDependencies are not installed' : reason;
  process.stdout.write(
    `There is no console at /console: ${told}. Run \`npm run build:console\` to build it.\n`,
  );
}
