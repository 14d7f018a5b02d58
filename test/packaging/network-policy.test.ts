import { readFileSync } from 'node:fs';
import { BlockList, isIPv6 } from 'node:net';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import type { Document } from './deployed.ts';
import { one } from './manifests.ts';

const { egress } = one('NetworkPolicy').spec;
const EXAMPLE = join(import.meta.dirname, '../../deploy/kubernetes/overlays/example/kustomization.yaml');

/** Whether an address is in a CIDR range. */
function isIn(address: string, cidr: string): boolean {
  const [network = '', bits] = cidr.split('/');
  if (isIPv6(address) !== isIPv6(network)) return false;
  const list = new BlockList();
  const family = isIPv6(network) ? 'ipv6' : 'ipv4';
  list.addSubnet(network, Number(bits), family);
  return list.check(address, family);
}

/** Whether egress rules allow a connection to an address. Pod selectors match none. */
function reaches(rules: readonly Document[], address: string, port: number): boolean {
  return rules.some(
    ({ to, ports }) =>
      ports.some((allowed: Document) => allowed.port === port) &&
      to.some(
        ({ ipBlock }: Document) =>
          ipBlock !== undefined &&
          isIn(address, ipBlock.cidr) &&
          !(ipBlock.except ?? []).some((range: string) => isIn(address, range)),
      ),
  );
}

describe('egress of the Kubernetes NetworkPolicy', () => {
  test.each([
    ['the cluster API behind its Service', '10.96.0.1'],
    ['the cluster API in Alibaba Cloud', '172.21.0.1'],
    ['the first address of 10/8', '10.0.0.0'],
    ['the last address of 10/8', '10.255.255.255'],
    ['the first address of 172.16/12', '172.16.0.0'],
    ['the last address of 172.16/12', '172.31.255.255'],
    ['a home network', '192.168.0.1'],
    ['the first shared address', '100.64.0.0'],
    ['the last shared address', '100.127.255.255'],
    ['the metadata service of Alibaba Cloud', '100.100.100.200'],
    ['the metadata service of other clouds', '169.254.169.254'],
    ['loopback', '127.0.0.1'],
    ['this network', '0.0.0.0'],
    ['a benchmarking network', '198.18.0.1'],
    ['multicast', '224.0.0.1'],
    ['broadcast', '255.255.255.255'],
    ['loopback by IPv6', '::1'],
    ['a private IPv4 address written as IPv6', '::ffff:10.0.0.1'],
    ['a unique local address', 'fd00::1'],
    ['the metadata service by IPv6', 'fd00:ec2::254'],
    ['a link-local address', 'fe80::1'],
    ['multicast by IPv6', 'ff02::1'],
  ])('does not allow %s', (_, address) => {
    for (const port of [80, 443, 6379, 6443, 8443]) expect(reaches(egress, address, port)).toBe(false);
  });

  test.each([
    ['an endpoint of the upstream', '47.103.24.173'],
    ['the address below 10/8', '9.255.255.255'],
    ['the address above 10/8', '11.0.0.0'],
    ['the address below 172.16/12', '172.15.255.255'],
    ['the address above 172.16/12', '172.32.0.0'],
    ['the address below the shared ones', '100.63.255.255'],
    ['the address above the shared ones', '100.128.0.0'],
    ['a public address by IPv6', '2001:4860:4860::8888'],
  ])('allows %s over HTTPS only', (_, address) => {
    expect(reaches(egress, address, 443)).toBe(true);
    for (const port of [22, 53, 80, 6379, 6443]) expect(reaches(egress, address, port)).toBe(false);
  });

  test('has exceptions within their ranges, as Kubernetes requires', () => {
    const blocks = egress.flatMap(({ to }: Document) => to.flatMap(({ ipBlock }: Document) => ipBlock ?? []));
    expect(blocks.length).toBe(2);
    for (const { cidr, except } of blocks) {
      expect(except.length).toBeGreaterThan(4);
      for (const range of except) expect([range, isIn(range.split('/')[0], cidr)]).toEqual([range, true]);
    }
  });

  test('allows DNS and Redis by their pod labels, and no other pod', () => {
    const byPod = egress.flatMap(({ to, ports }: Document) =>
      to.flatMap((peer: Document) =>
        peer.ipBlock ? [] : ports.map(({ port }: Document) => [port, peer.podSelector?.matchLabels]),
      ),
    );
    expect(byPod).toEqual([
      [53, { 'k8s-app': 'kube-dns' }],
      [53, { 'k8s-app': 'kube-dns' }],
      [6379, { 'app.kubernetes.io/name': 'redis' }],
    ]);
  });

  test('allows a VPC endpoint and a Redis at a private address with the example patch', () => {
    const lines = readFileSync(EXAMPLE, 'utf8').split('\n');
    const start = lines.findIndex((line) => line.includes('# - target: { kind: NetworkPolicy'));
    const [patch] = parse(
      lines
        .slice(start)
        .map((line) => line.replace(/^ {2}# ?/, ''))
        .join('\n'),
    );
    expect(patch.target).toEqual({ kind: 'NetworkPolicy', name: one('NetworkPolicy').metadata.name });
    const operations: Document[] = parse(patch.patch);
    expect(operations.map(({ op, path }) => [op, path])).toEqual(Array(2).fill(['add', '/spec/egress/-']));
    const patched = [...egress, ...operations.map(({ value }) => value)];
    for (const [address, port] of [
      ['10.0.12.34', 443],
      ['10.0.12.35', 6379],
    ] as const) {
      expect(reaches(egress, address, port)).toBe(false);
      expect(reaches(patched, address, port)).toBe(true);
      expect(reaches(patched, '10.0.12.36', port)).toBe(false);
    }
  });
});
