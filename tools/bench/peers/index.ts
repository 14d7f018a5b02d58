import type { PeerName } from '../options.ts';
import { apollo } from './apollo.ts';
import { gateway } from './gateway.ts';
import { hive } from './hive.ts';
import { node } from './node.ts';
import type { Peer } from './peer.ts';
import { tailcall } from './tailcall.ts';

export const peers: Readonly<Record<PeerName, Peer>> = { node, gateway, apollo, hive, tailcall };
