import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import { addAbortSignal, Readable } from 'node:stream';
import {
  GetObjectCommand,
  ListObjectsV2Command,
  NoSuchKey,
  PutObjectCommand,
  S3Client,
  type GetObjectCommandOutput,
  type ListObjectsV2CommandOutput,
  type S3ClientConfig,
} from '@aws-sdk/client-s3';
import type { StoreLocation } from '../domain/drill/drill-plan.js';
import { StoreFailure, type ObjectStore, type StoredObject, type WriteCondition } from './object-store.js';
import { storeFailure } from './s3-failure.js';
import { silenceNodeWarning } from './sdk-node-warning.js';
import { credentialsFrom } from './store-credentials.js';

/** Time to connect, to the first byte of an answer, and between two bytes of it. */
const CONNECT_MS = 5_000;
const ANSWER_MS = 30_000;
const SILENCE_MS = 60_000;
/** Two repetitions by the SDK, within a second; whoever has more time repeats the whole activity. */
const ATTEMPTS = 3;
const CONNECTIONS = 32;

/** The bucket of a plan. Connects, and reads the credentials, with the first request. */
export function createS3Store(location: StoreLocation): ObjectStore {
  silenceNodeWarning(process.env);
  const client = new S3Client(clientSettings(location));
  return new S3Store(client, location.bucket);
}

function clientSettings({ endpoint, region, pathStyle, credentials }: StoreLocation): S3ClientConfig {
  return {
    region,
    forcePathStyle: pathStyle,
    maxAttempts: ATTEMPTS,
    // Stores other than AWS refuse checksums that they do not know; the manifest proves more.
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
    requestHandler: {
      connectionTimeout: CONNECT_MS,
      requestTimeout: ANSWER_MS,
      throwOnRequestTimeout: true,
      socketTimeout: SILENCE_MS,
      httpAgent: new HttpAgent({ keepAlive: true, maxSockets: CONNECTIONS }),
      httpsAgent: new HttpsAgent({ keepAlive: true, maxSockets: CONNECTIONS }),
    },
    ...(endpoint !== undefined && { endpoint }),
    ...(credentials && { credentials: credentialsFrom(credentials) }),
  };
}

class S3Store implements ObjectStore {
  readonly #client: S3Client;
  readonly #bucket: string;

  constructor(client: S3Client, bucket: string) {
    this.#client = client;
    this.#bucket = bucket;
  }

  async *list(
    prefix: string,
    options: { readonly signal?: AbortSignal | undefined } = {},
  ): AsyncIterable<StoredObject> {
    for await (const page of this.#pages({ prefix, signal: options.signal })) {
      for (const { Key, Size, ETag, LastModified } of page.Contents ?? []) {
        if (Key === undefined) throw this.#malformed(`list ${this.#url(prefix)}`, 'an object without a key');
        yield {
          key: decodedKey(Key, page),
          sizeBytes: Size ?? 0,
          etag: ETag ?? '',
          lastModifiedMs: LastModified?.getTime() ?? 0,
        };
      }
    }
  }

  async *folders(prefix: string, options: { readonly signal?: AbortSignal } = {}): AsyncIterable<string> {
    for await (const page of this.#pages({ prefix, delimiter: '/', signal: options.signal })) {
      for (const { Prefix } of page.CommonPrefixes ?? []) {
        if (Prefix !== undefined) yield decodedKey(Prefix, page);
      }
    }
  }

  async read(
    key: string,
    { ifMatch, fromByte = 0, signal }: Parameters<ObjectStore['read']>[1] = {},
  ): Promise<{ body: Readable; object: StoredObject } | undefined> {
    const what = `read ${this.#url(key)}`;
    const answer = await this.#get(what, {
      key,
      signal,
      ...(ifMatch !== undefined && { IfMatch: ifMatch }),
      ...(fromByte > 0 && { Range: `bytes=${fromByte}-` }),
    });
    if (answer === undefined) return undefined;
    const { Body, ETag, ContentLength, ContentRange, LastModified } = answer;
    if (!(Body instanceof Readable) || ETag === undefined || ContentLength === undefined) {
      throw this.#malformed(what, 'an object without ETag or length');
    }
    const discard = (failure: StoreFailure) => {
      Body.destroy();
      return failure;
    };
    // Not every store knows conditions and ranges, and one that does not answers with whatever it has.
    if (ifMatch !== undefined && ETag !== ifMatch) {
      throw discard(new StoreFailure('Conflict', `${what} failed: it is another object now`));
    }
    if (fromByte > 0 && !ContentRange?.startsWith(`bytes ${fromByte}-`)) {
      throw discard(this.#malformed(what, 'the whole object in place of a range of it'));
    }
    const object = {
      key,
      sizeBytes: ContentLength + fromByte,
      etag: ETag,
      lastModifiedMs: LastModified?.getTime() ?? 0,
    };
    return { body: Readable.from(withMappedFailures(Body, what), { objectMode: false }), object };
  }

  async readText(
    key: string,
    maxBytes: number,
    { signal }: Parameters<ObjectStore['readText']>[2] = {},
  ): Promise<{ text: string; etag: string } | undefined> {
    const found = await this.read(key, { signal });
    if (found === undefined) return undefined;
    if (signal !== undefined) addAbortSignal(signal, found.body);
    const pieces: Buffer[] = [];
    let bytes = 0;
    // Leaving the loop by a throw ends the transfer.
    for await (const piece of found.body) {
      const part = Buffer.isBuffer(piece) ? piece : Buffer.from(String(piece));
      bytes += part.length;
      if (bytes > maxBytes) {
        throw new StoreFailure('TooLarge', `read ${this.#url(key)} failed: more than ${maxBytes} bytes`);
      }
      pieces.push(part);
    }
    return { text: Buffer.concat(pieces).toString('utf8'), etag: found.object.etag };
  }

  async writeText(
    key: string,
    { text, contentType }: { readonly text: string; readonly contentType: string },
    condition?: WriteCondition,
  ): Promise<{ etag: string }> {
    const what = `write ${this.#url(key)}`;
    const command = new PutObjectCommand({
      Bucket: this.#bucket,
      Key: key,
      Body: text,
      ContentType: contentType,
      ...(condition && ('ifAbsent' in condition ? { IfNoneMatch: '*' } : { IfMatch: condition.ifMatch })),
    });
    const { ETag } = await this.#client.send(command).catch((failure: unknown) => {
      // A condition on an object that is gone: AWS says so, and not that the condition does not hold.
      if (condition && failure instanceof Error && failure.name === 'NoSuchKey') {
        throw new StoreFailure('Conflict', `${what} failed: it is gone`);
      }
      throw storeFailure(what, failure);
    });
    if (ETag === undefined) throw this.#malformed(what, 'no ETag');
    return { etag: ETag };
  }

  close(): void {
    this.#client.destroy();
  }

  async *#pages(query: {
    prefix: string;
    delimiter?: string;
    signal: AbortSignal | undefined;
  }): AsyncIterable<ListObjectsV2CommandOutput> {
    const what = `list ${this.#url(query.prefix)}`;
    let token: string | undefined;
    do {
      const command = new ListObjectsV2Command({
        Bucket: this.#bucket,
        Prefix: query.prefix,
        // Keys may have characters that XML cannot carry.
        EncodingType: 'url',
        ...(query.delimiter !== undefined && { Delimiter: query.delimiter }),
        ...(token !== undefined && { ContinuationToken: token }),
      });
      const page = await this.#client
        .send(command, query.signal ? { abortSignal: query.signal } : {})
        .catch((failure: unknown) => {
          query.signal?.throwIfAborted();
          throw storeFailure(what, failure);
        });
      // Well-formed HTML is XML too, of which the SDK makes a list of nothing.
      if (page.Name === undefined || page.IsTruncated === undefined) throw this.#malformed(what, 'no list');
      yield page;
      const next = page.IsTruncated ? page.NextContinuationToken : undefined;
      if (page.IsTruncated && (next === undefined || next === token)) {
        throw this.#malformed(what, 'a page that does not lead to the next one');
      }
      token = next;
    } while (token !== undefined);
  }

  async #get(
    what: string,
    {
      key,
      signal,
      ...request
    }: { key: string; signal: AbortSignal | undefined; IfMatch?: string; Range?: string },
  ): Promise<GetObjectCommandOutput | undefined> {
    const command = new GetObjectCommand({ Bucket: this.#bucket, Key: key, ...request });
    try {
      return await this.#client.send(command, signal ? { abortSignal: signal } : {});
    } catch (failure) {
      if (failure instanceof NoSuchKey) return undefined;
      signal?.throwIfAborted();
      throw storeFailure(what, failure);
    }
  }

  #url(key: string): string {
    return `s3://${this.#bucket}/${key}`;
  }

  #malformed(what: string, got: string): StoreFailure {
    return new StoreFailure('Malformed', `${what} failed: the answer is not that of an S3 store: ${got}`);
  }
}

/** Failures in the middle of a body are failures of the store as well. */
async function* withMappedFailures(body: Readable, what: string): AsyncIterable<unknown> {
  try {
    yield* body;
  } catch (failure) {
    throw storeFailure(what, failure);
  }
}

function decodedKey(key: string, page: ListObjectsV2CommandOutput): string {
  if (page.EncodingType !== 'url') return key;
  try {
    return decodeURIComponent(key.replaceAll('+', ' '));
  } catch (cause) {
    throw new StoreFailure('Malformed', `list failed: a key is not encoded as it says: ${key}`, { cause });
  }
}
