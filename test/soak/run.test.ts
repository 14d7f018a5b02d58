import { rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { expect, test } from 'vitest';
import { ROLES } from '../../tools/soak/load/index.ts';
import { report } from '../../tools/soak/report/report.ts';
import { soak } from '../../tools/soak/soak.ts';

test('a soak run of a few seconds finds nothing unexpected, ends the gateway by SIGTERM, and leaves no descriptors open', async () => {
  const { judge, figures, logFile } = await soak({ minutes: 0.1, seed: 1, clients: ROLES.length }, () => {});
  expect([...judge.unexpected.values()], report(judge, figures)).toEqual([]);
  expect(figures).toMatchObject({ death: undefined, exitCode: 0, handlesLeft: {} });
  for (const { name } of ROLES) expect(judge.responses.has(name), name).toBe(true);
  // The numbers depend on the speed of the machine.
  expect(judge.responses.get('walk')?.get('complete')).toBeGreaterThan(0);
  expect(figures.recoveries.length).toBeGreaterThan(0);
  expect(figures.samples.length).toBeGreaterThan(0);
  expect(figures.healthMs.length).toBeGreaterThan(0);
  expect(figures.upstreamCalls.get('OK')).toBeGreaterThan(0);
  await rm(dirname(logFile), { recursive: true });
});
