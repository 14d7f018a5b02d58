/** `npm run build:console`: builds the console where `npm start` looks for it. */
import { BUILT_CONSOLE, buildConsole } from './build.ts';

await buildConsole(BUILT_CONSOLE);
