/** `npm run build [-- folder]`: writes a package that needs only Node to `dist`, or to another folder. */
import process from 'node:process';
import { writePackage } from './write-package.ts';

const [folder = 'dist', ...rest] = process.argv.slice(2);
if (rest.length > 0 || folder.startsWith('-')) {
  process.stderr.write(
    'Usage: npm run build [-- folder]. What an earlier build left in the folder is replaced.\n',
  );
  process.exit(1);
}
try {
  for (const [name, bytes] of await writePackage(folder)) {
    process.stdout.write(`${String(Math.ceil(bytes / 1000)).padStart(6)} kB  ${folder}/${name}\n`);
  }
} catch (error) {
  process.stderr.write(`The build failed: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exit(1);
}
