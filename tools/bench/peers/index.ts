import type { PeerName } from '../options.ts';
import { apollo } from './apollo.ts';
import { gateway } from './gateway.ts';
import { hive } from './hive.ts';
import { node } from './node.ts';
import type { Peer } from './peer.ts';
import { proxy } from './proxy.ts';
import { tailcall } from './tailcall.ts';

export const peers: Readonly<Record<PeerName, Peer>> = { node, proxy, gateway, apollo, hive, tailcall };
