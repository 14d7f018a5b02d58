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

describe('the package in production, reading nothing but its folder and writing nothing', () =>
  servesInProduction(theBuilt));
describe('the package answers as the sources do', () => answersAlike(theBuilt));
describe('the package loads with the first request that needs it', () => {
  loadsItsParts(theBuilt);
  reachesOut(theBuilt);
});
describe('the package', () => {
  beginsAnywhere(theBuilt);
  showsTheConsole(theBuilt);
});
