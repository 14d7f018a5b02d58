import type { ModeName } from '../options.ts';
import { crowd } from './crowd.ts';
import { latency } from './latency.ts';
import type { Mode } from './mode.ts';
import { scroll } from './scroll.ts';
import { start } from './start.ts';
import { cold, hot, warm } from './throughput.ts';

export const modes: Readonly<Record<ModeName, Mode>> = { hot, warm, cold, scroll, crowd, latency, start };
