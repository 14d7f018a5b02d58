import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import { generate } from 'selfsigned';
import { afterAll, beforeAll } from 'vitest';

/** A private key and a certificate in PEM. */
export interface Identity {
  readonly key: string;
  readonly cert: string;
}

/** A self-signed server identity for localhost and, on request, 127.0.0.1. */
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

/** Trusts an identity in all tests of the calling file, like NODE_EXTRA_CA_CERTS in a process. */
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
