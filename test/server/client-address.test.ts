import { describe, expect, test } from 'vitest';
import { networkOf } from '../../src/server/access/client-address.ts';

describe('networkOf, the network by which anonymous callers are counted', () => {
  test.each([
    ['192.0.2.1', '192.0.2.1'],
    ['::ffff:192.0.2.1', '192.0.2.1'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
    ['2001:db8:1:2::7', '2001:db8:1:2::/64'],
    ['2001:db8::7', '2001:db8:0:0::/64'],
    ['2001:db8:1::', '2001:db8:1:0::/64'],
    ['::1', '0:0:0:0::/64'],
    ['::', '0:0:0:0::/64'],
    ['fe80::1%eth0', 'fe80:0:0:0::/64'],
    ['::2:3:4:5:6:7:8', '0:2:3:4::/64'],
    ['', ''],
  ])('the network of %s is %s', (address, network) => {
    expect(networkOf(address)).toBe(network);
  });

  test('addresses of one IPv6 /64 share a network, neighbouring networks differ', () => {
    const ofMachine = ['2001:db8:0:1::1', '2001:db8:0:1:ffff::', '2001:db8:0:1:a:b:c:d'].map(networkOf);
    expect(new Set(ofMachine).size).toBe(1);
    expect(ofMachine).not.toContain(networkOf('2001:db8:0:2::1'));
  });
});
