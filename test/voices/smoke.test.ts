import { test } from 'vitest';
import { startGateway } from '../gateway-under-test.ts';
for (const ttlMs of [0, 2000]) for (const n of [90, 150, 197, 241, 300, 500])
test(`smoke ${ttlMs} ${n}`, async () => {
  await using g = await startGateway({ gateway: { cache: { ttlMs, staleIfErrorMs: 0 }, limits: {complexity: 100000} } });
  const jobs = g.emulator.list('Basic').filter(j => j.Status === 'Success').slice(0, 100);
  g.emulator.replaceVoices('Basic', Array.from({length: n}, (_, i) => ({...g.emulator.voices('Basic')[0]!, VoiceId: `v${i}`})));
  g.emulator.replaceVoices('Standard', []);
  const show = async (q: string, v = {}, path = '/graphql') => { g.emulator.resetCalls(); const a = await g.ask(q, v, {headers: {'content-type':'application/json','x-cost':'1'}}, path); console.log(ttlMs, n, JSON.stringify(a).slice(0, 100), JSON.stringify(a.extensions??''), g.emulator.calls.length, g.emulator.calls.map(c=>c.action+JSON.stringify(c.params)).slice(0,12).join(' ')); return a; };
  await show('query ($r: [ID!]!) { nodes(ids: $r) { id } }', { r: [...Array.from({length: 20}, (_, i) => btoa(`CustomizedVoice:v${Math.floor(i*n/20)}`)), btoa('CustomizedVoice:x')] });
});
