import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import { generate } from 'selfsigned';
import { afterAll, beforeAll } from 'vitest';

/** A key and a certificate in PEM. */
export interface Identity {
  readonly key: string;
  readonly cert: string;
}

/** A server identity for the names localhost and, where it is asked for, 127.0.0.1. Signs itself. */
export async function createIdentity(names: readonly string[] = ['localhost']): Promise<Identity> {
  const { private: key, cert } = await generate([{ name: 'commonName', value: 'localhost' }], {
    extensions: [
      { name: 'basicConstraints', cA: true },
      {
        name: 'subjectAltName',
        altNames: names.map((name) =>
          name === '127.0.0.1' ? { type: 7, ip: name } : { type: 2, value: name },
        ),
      },
    ],
  });
  return { key, cert };
}

/** Trusts an identity in all tests of the file that calls it, as NODE_EXTRA_CA_CERTS does for a process. */
export function useTrustedIdentity(): { readonly trusted: Identity } {
  const authorities = getCACertificates('default');
  let trusted: Identity;
  beforeAll(async () => {
    trusted = await createIdentity();
    setDefaultCACertificates([...authorities, trusted.cert]);
  });
  afterAll(() => setDefaultCACertificates(authorities));
  return {
    get trusted() {
      return trusted;
    },
  };
}
