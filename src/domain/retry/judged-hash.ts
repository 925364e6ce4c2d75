import type { Backup } from '../backup/backup.js';
import { RETRY_ANNOTATION } from '../labels.js';
import { specHash } from '../spec-hash.js';

/** Hash of what people say about a Backup: its spec, and the annotation that overrides whether it is retried. */
export function judgedHash({ spec, metadata }: Backup): string {
  const override = metadata.annotations?.[RETRY_ANNOTATION];
  return override === undefined ? specHash(spec) : specHash([spec, override]);
}
