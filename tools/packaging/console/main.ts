/** `npm run build:console [folder]`: builds the console where `npm start` finds it, or to another folder. */
import process from 'node:process';
import { BUILT_CONSOLE, buildConsole } from './build.ts';

await buildConsole(process.argv[2] ?? BUILT_CONSOLE);
