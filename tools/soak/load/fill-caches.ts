import { pick } from '../../../emulator/random.ts';
import type { Customer } from '../customer.ts';

const FIELDS =
  'id jobId voiceId status message voiceName voiceDesc type gender scenario createTime gmtCreate';

/**
 * Number of documents per endpoint: more than the document cache holds, with more bytes of responses than the response cache
 * holds.
 */
const DOCUMENTS = 1200;

/**
 * Fills the gateway's caches with many windows in many documents, so that its memory reaches its bounds early in a run. Sends
 * one request at a time, each as another customer, so that none exceeds its rate limit.
 */
export async function fillCaches(customers: readonly Customer[]): Promise<void> {
  let cursors: string[] = [];
  for (let at = 0; at < 2 * DOCUMENTS; at++) {
    const customer = pick(() => (at % customers.length) / customers.length, customers);
    const { random, ended } = customer;
    if (ended.aborted) return;
    const rows = 50 + Math.floor(random() * 51);
    const cursor = cursors.length === 0 ? '' : `: "${pick(random, cursors)}"`;
    const place = cursor === '' ? '' : random() < 0.5 ? `, after${cursor}` : `, before${cursor}`;
    const side = place.includes('before') ? 'last' : 'first';
    const query = `{ w${at}: customizedVoiceJobs(${side}: ${rows}${place}) { edges { cursor node { ${FIELDS} } } } }`;
    const data = await customer.ask(query, {}, { path: at % 2 === 0 ? '/graphql' : '/subgraph' });
    const edges: { cursor: string }[] = data?.[`w${at}`].edges ?? [];
    if (edges.length > 50) cursors = edges.map((edge) => edge.cursor);
  }
}
