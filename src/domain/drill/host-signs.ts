import type { DrillCause } from './drill-cause.js';

export interface HostSign {
  readonly cause: DrillCause;
  /** The line that says so. */
  readonly line: string;
}

/** Lines by which a program says that it could not work, not that the backup is bad. The first that fits decides. */
const SIGNS: readonly (readonly [RegExp, DrillCause])[] = [
  [
    /No space left on device|errno[:= ]*28\b|Errcode: 28\b|error 28\b|OS error: 28\b|Disk is full|Disk quota exceeded/i,
    'disk-space',
  ],
  [/Cannot allocate memory|Out of memory|OOM|Cannot allocate .*buffer pool/i, 'memory'],
  [/Too many open files|errno[:= ]*24\b|Errcode: 24\b/i, 'memory'],
  [
    /cannot be decrypted|encryption (key|plugin|service)|key_id .*not available|is encrypted|can't find .*keyring|transition-key/i,
    'encryption',
  ],
  [
    /Unsupported redo log format|Upgrade after a crash is not supported|log was created (with|by)|Unsupported server version|server version is newer|Found tables with row versions|Downgrade .*not supported/i,
    'version-mismatch',
  ],
];

/** @returns `undefined` where nothing points at the host, the keys or the versions */
export function hostSignIn(output: string): HostSign | undefined {
  const lines = output.split(/\r?\n/);
  for (const [pattern, cause] of SIGNS) {
    const line = lines.find((candidate) => pattern.test(candidate) && !/\[Note\]/.test(candidate));
    if (line !== undefined) return { cause, line: line.trim() };
  }
  return undefined;
}
