import { generateKeyPair } from 'node:crypto';
import { promisify } from 'node:util';
import { generate } from 'selfsigned';

/** A certificate and its private key, PEM. */
export interface KeyCertificate {
  certificate: string;
  privateKey: string;
}

/** Who a client certificate speaks for: Kubernetes reads the user from CN and the groups from O. */
export interface ClientIdentity {
  user: string;
  groups?: readonly string[];
}

type SelfsignedOptions = NonNullable<Parameters<typeof generate>[1]>;

const ecKey = { keyType: 'ec', algorithm: 'sha256' } satisfies SelfsignedOptions;

/** A new authority (EC P-256, one year) for one control plane. */
export async function createAuthority(): Promise<KeyCertificate> {
  const { cert, private: privateKey } = await generate([{ name: 'commonName', value: 'holdfast-dev-ca' }], {
    ...ecKey,
    extensions: [
      { name: 'basicConstraints', cA: true, critical: true },
      { name: 'keyUsage', keyCertSign: true, cRLSign: true, digitalSignature: true, critical: true },
    ],
  });
  return { certificate: cert, privateKey };
}

/** A server certificate for the API server: loopback, and the names by which pods call it. */
export async function createServerCertificate(authority: KeyCertificate): Promise<KeyCertificate> {
  const { cert, private: privateKey } = await generate([{ name: 'commonName', value: 'kube-apiserver' }], {
    ...ecKey,
    ca: { key: authority.privateKey, cert: authority.certificate },
    extensions: [
      { name: 'keyUsage', digitalSignature: true, critical: true },
      { name: 'extKeyUsage', serverAuth: true },
      {
        name: 'subjectAltName',
        altNames: [
          { type: 7, ip: '127.0.0.1' },
          { type: 7, ip: '10.96.0.1' },
          { type: 2, value: 'localhost' },
          { type: 2, value: 'kubernetes.default' },
          { type: 2, value: 'kubernetes.default.svc' },
        ],
      },
    ],
  });
  return { certificate: cert, privateKey };
}

export async function createClientCertificate(
  authority: KeyCertificate,
  identity: ClientIdentity,
): Promise<KeyCertificate> {
  const subject = [
    { name: 'commonName', value: identity.user },
    ...(identity.groups ?? []).map((group) => ({ name: 'organizationName', value: group })),
  ];
  const { cert, private: privateKey } = await generate(subject, {
    ...ecKey,
    ca: { key: authority.privateKey, cert: authority.certificate },
    extensions: [
      { name: 'keyUsage', digitalSignature: true, critical: true },
      { name: 'extKeyUsage', clientAuth: true },
    ],
  });
  return { certificate: cert, privateKey };
}

/** The RSA key pair with which the API server signs and checks ServiceAccount tokens, PEM. */
export async function createServiceAccountKeys(): Promise<{ publicKey: string; privateKey: string }> {
  return promisify(generateKeyPair)('rsa', {
    modulusLength: 2048,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  });
}
