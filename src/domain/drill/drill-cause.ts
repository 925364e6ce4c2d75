/**
 * Why a rung did not pass, in a closed vocabulary: what people filter by and alerts route by. The evidence says the
 * rest.
 */
export type DrillCause =
  // The bytes.
  | 'incomplete-upload'
  | 'missing-object'
  | 'checksum-mismatch'
  | 'unproven-bytes'
  | 'backup-changed'
  | 'size-drop'
  | 'stream-damaged'
  | 'decompression'
  // What the backup is.
  | 'missing-metadata'
  | 'malformed-metadata'
  | 'not-a-full-backup'
  | 'version-mismatch'
  | 'encryption'
  | 'corrupt-source'
  | 'redo-incomplete'
  // What is in it.
  | 'page-corruption'
  | 'truncated-file'
  | 'missing-file'
  | 'prepare-failed'
  | 'copy-back-failed'
  | 'server-start'
  | 'table-corruption'
  | 'missing-table'
  | 'content-mismatch'
  | 'query-mismatch'
  // Binary logs.
  | 'binlog-missing'
  | 'binlog-damaged'
  | 'binlog-gap'
  | 'replay-failed'
  | 'target-missing'
  // Refused before anything ran.
  | 'refused-name'
  | 'refused-option'
  | 'refused-path'
  | 'too-many-objects'
  // The host, the plan, the store.
  | 'disk-space'
  | 'memory'
  | 'tool-missing'
  | 'tool-timeout'
  | 'unsupported'
  | 'plan-mismatch'
  | 'store-refused'
  | 'store-malformed'
  | 'store-unreachable'
  | 'host-lost'
  | 'internal-error';
