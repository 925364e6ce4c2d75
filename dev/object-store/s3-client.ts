import { createHash, createHmac } from 'node:crypto';
import { fetch } from 'undici';

/** Where an S3 server is, and as whom to speak to it. */
export interface S3Access {
  endpoint: string;
  region: string;
  accessKeyId: string;
  secretAccessKey: string;
}

/** An S3 server's refusal. */
export class S3Failure extends Error {
  constructor(
    readonly status: number,
    message: string,
  ) {
    super(message);
  }
}

interface S3Request {
  method: 'GET' | 'PUT' | 'DELETE';
  /** Bucket and key, unescaped. */
  path: string;
  query?: Readonly<Record<string, string>>;
  body?: Uint8Array<ArrayBuffer>;
}

/**
 * A small S3 client for preparing what the product is tried on: whole objects in memory, AWS Signature Version 4
 * (https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html). The product has another one; that
 * they agree is part of the test.
 */
export function createS3Client(access: S3Access) {
  const send = (request: S3Request) => sendSigned(access, request);
  return {
    access,
    /** A bucket that is there already is as good. */
    createBucket: async (bucket: string): Promise<void> => {
      await send({ method: 'PUT', path: bucket }).catch((failure: unknown) => {
        if (!(failure instanceof S3Failure && failure.status === 409)) throw failure;
      });
    },
    putObject: async (
      { bucket, key }: { bucket: string; key: string },
      content: Uint8Array | string,
    ): Promise<void> => {
      const body = new Uint8Array(Buffer.from(content));
      await send({ method: 'PUT', path: `${bucket}/${key}`, body });
    },
    getObject: ({ bucket, key }: { bucket: string; key: string }): Promise<Buffer> =>
      send({ method: 'GET', path: `${bucket}/${key}` }),
    deleteObject: async ({ bucket, key }: { bucket: string; key: string }): Promise<void> => {
      await send({ method: 'DELETE', path: `${bucket}/${key}` });
    },
    /** All keys below `prefix`, in the order of the server. */
    listKeys: async ({ bucket, prefix }: { bucket: string; prefix: string }): Promise<string[]> => {
      const keys: string[] = [];
      let token: string | undefined = '';
      while (token !== undefined) {
        const query: Record<string, string> = {
          'list-type': '2',
          prefix,
          ...(token === '' ? {} : { 'continuation-token': token }),
        };
        const page: string = (await send({ method: 'GET', path: bucket, query })).toString();
        keys.push(...[...page.matchAll(/<Key>([^<]*)<\/Key>/g)].map(([, key]) => unescapeXml(key ?? '')));
        token = /<NextContinuationToken>([^<]*)</.exec(page)?.[1];
      }
      return keys;
    },
  };
}
export type S3Client = ReturnType<typeof createS3Client>;

async function sendSigned(access: S3Access, request: S3Request): Promise<Buffer> {
  const path = `/${request.path.split('/').map(escapeUri).join('/')}`;
  const query = Object.entries(request.query ?? {})
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, value]) => `${escapeUri(name)}=${escapeUri(value)}`)
    .join('&');
  const headers = signedHeaders(access, { method: request.method, path, query });
  const url = `${access.endpoint}${path}${query === '' ? '' : `?${query}`}`;
  const response = await fetch(url, {
    method: request.method,
    headers,
    ...(request.body && { body: request.body }),
  });
  const content = Buffer.from(await response.arrayBuffer());
  if (!response.ok) {
    const text = content.toString().slice(0, 300);
    throw new S3Failure(response.status, `${request.method} ${path} answers ${response.status}: ${text}`);
  }
  return content;
}

function signedHeaders(
  { endpoint, region, accessKeyId, secretAccessKey }: S3Access,
  { method, path, query }: { method: string; path: string; query: string },
): Record<string, string> {
  const time = new Date().toISOString().replaceAll(/[-:]|\.\d{3}/g, '');
  const day = time.slice(0, 8);
  const headers = {
    host: new URL(endpoint).host,
    'x-amz-content-sha256': 'UNSIGNED-PAYLOAD',
    'x-amz-date': time,
  };
  const names = Object.keys(headers).join(';');
  const lines = Object.entries(headers).map(([name, value]) => `${name}:${value}\n`);
  const canonical = [method, path, query, lines.join(''), names, 'UNSIGNED-PAYLOAD'].join('\n');
  const scope = `${day}/${region}/s3/aws4_request`;
  const digest = createHash('sha256').update(canonical).digest('hex');
  const key = [day, region, 's3', 'aws4_request'].reduce<string | Buffer>(
    (secret, part) => hmac(secret, part),
    `AWS4${secretAccessKey}`,
  );
  const signature = hmac(key, ['AWS4-HMAC-SHA256', time, scope, digest].join('\n')).toString('hex');
  const credential = `Credential=${accessKeyId}/${scope}`;
  const authorization = `AWS4-HMAC-SHA256 ${credential}, SignedHeaders=${names}, Signature=${signature}`;
  return { ...headers, authorization };
}

function hmac(key: string | Buffer, data: string): Buffer {
  return createHmac('sha256', key).update(data).digest();
}

/** RFC 3986: everything but unreserved characters. */
function escapeUri(text: string): string {
  return encodeURIComponent(text).replaceAll(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

function unescapeXml(text: string): string {
  return text
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&quot;', '"')
    .replaceAll('&#34;', '"')
    .replaceAll('&#39;', "'")
    .replaceAll('&amp;', '&');
}
