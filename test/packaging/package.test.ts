import { afterAll, beforeAll, describe } from 'vitest';
import { beginsAnywhere } from './anywhere.ts';
import { reachesOut } from './beyond-one-process.ts';
import { type BuiltPackage, builtPackage } from './built-package.ts';
import { showsTheConsole } from './console.ts';
import { answersAlike } from './parity.ts';
import { loadsItsParts } from './parts.ts';
import { servesInProduction } from './production.ts';

let built: BuiltPackage;
beforeAll(async () => {
  built = await builtPackage();
});
afterAll(() => built?.[Symbol.dispose]());
const theBuilt = () => built;

describe('the package in production, with access to its own folder only', () => servesInProduction(theBuilt));
describe('the package responds like the sources', () => answersAlike(theBuilt));
describe('the package loads on first use', () => {
  loadsItsParts(theBuilt);
  reachesOut(theBuilt);
});
describe('the package', () => {
  beginsAnywhere(theBuilt);
  showsTheConsole(theBuilt);
});
