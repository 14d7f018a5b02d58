/** `npm run build:console`: builds the console where `npm start` looks for it, or to the folder that is named. */
import process from 'node:process';
import { BUILT_CONSOLE, buildConsole } from './build.ts';

await buildConsole(process.argv[2] ?? BUILT_CONSOLE);
