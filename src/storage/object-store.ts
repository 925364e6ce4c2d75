import type { Readable } from 'node:stream';

export interface StoredObject {
  readonly key: string;
  readonly sizeBytes: number;
  readonly etag: string;
  readonly lastModifiedMs: number;
}

export interface ReadOptions {
  /** Refuses the read where the object is not this one any more. */
  readonly ifMatch?: string | undefined;
  /** Bytes to leave out at the beginning, for a download that is resumed. Default: 0. */
  readonly fromByte?: number;
  readonly signal?: AbortSignal | undefined;
}

/** Absent: whatever is there is replaced. */
export type WriteCondition = { readonly ifAbsent: true } | { readonly ifMatch: string };

/** One bucket of an S3 store. Every failure is a `StoreFailure`. */
export interface ObjectStore {
  /** Everything below `prefix`, page by page, in the order of the keys. */
  list(prefix: string, options?: { readonly signal?: AbortSignal | undefined }): AsyncIterable<StoredObject>;
  /** The folders right below `prefix`, each ending in `/`. */
  folders(prefix: string, options?: { readonly signal?: AbortSignal }): AsyncIterable<string>;
  /** `undefined` where it does not exist. */
  read(key: string, options?: ReadOptions): Promise<{ body: Readable; object: StoredObject } | undefined>;
  /** A small text; `undefined` where it does not exist. @throws StoreFailure `TooLarge` above `maxBytes` */
  readText(
    key: string,
    maxBytes: number,
    options?: { readonly signal?: AbortSignal | undefined },
  ): Promise<{ text: string; etag: string } | undefined>;
  /** @throws StoreFailure `Conflict` where the condition does not hold */
  writeText(
    key: string,
    body: { readonly text: string; readonly contentType: string },
    condition?: WriteCondition,
  ): Promise<{ etag: string }>;
  close(): void;
}

/** `Unreachable` and `Throttled` pass by themselves; the others do not. `NoCredentials`: there are none to ask with. */
export type StoreFailureKind =
  | 'Unreachable'
  | 'Throttled'
  | 'NoCredentials'
  | 'AccessDenied'
  | 'ClockSkew'
  | 'NoBucket'
  | 'Conflict'
  | 'Malformed'
  | 'TooLarge'
  | 'Refused';

export class StoreFailure extends Error {
  override readonly name = 'StoreFailure';
  readonly kind: StoreFailureKind;
  readonly retryable: boolean;

  /** @param message what was tried, of which bucket and key, and the store's own word; never a secret */
  constructor(kind: StoreFailureKind, message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.kind = kind;
    this.retryable = kind === 'Unreachable' || kind === 'Throttled';
  }
}
