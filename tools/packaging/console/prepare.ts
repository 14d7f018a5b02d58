/**
 * Builds the console after the installation of packages, so that the first start has one. An installation without
 * devDependencies (`npm ci --omit=dev`) cannot build it. A failure never fails the installation.
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
