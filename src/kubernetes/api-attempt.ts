export type ApiVerb = 'get' | 'list' | 'watch' | 'create' | 'patch' | 'delete';

/** One request to the API server, as it is counted. */
export interface ApiAttempt {
  readonly verb: ApiVerb;
  /** As in the path: `backups`; `other` for a document such as `/version`. */
  readonly resource: string;
  /** Of the answer; `undefined` where none came. */
  readonly status: number | undefined;
}
