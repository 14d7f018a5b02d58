import { pick } from '../../../emulator/random.ts';
import type { Customer } from '../customer.ts';

const FIELDS =
  'id jobId voiceId status message voiceName voiceDesc type gender scenario createTime gmtCreate';

/** Documents of each endpoint: more than are kept of any, and with more bytes of answers than are kept. */
const DOCUMENTS = 1200;

/**
 * Fills what the gateway keeps by asking for many windows in many words, so that its memory reaches its bounds early in a
 * run. One request at a time, each as another customer, so that none asks for more than its share.
 */
export async function stock(customers: readonly Customer[]): Promise<void> {
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
