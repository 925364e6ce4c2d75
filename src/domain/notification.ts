import { judgedHash } from './retry/judged-hash.js';
import { decide, type SeenBackup } from './retry/decide.js';
import type { Decision } from './retry/decision.js';
import { pendingRecord, readIncident } from './retry/read-incident.js';

/** Something that a workflow has to look at. */
interface Nudge {
  /** Equal for what is still the same reason: one nudge is enough for it. */
  readonly fingerprint: string;
}

/** What the watch does about one Backup; both may be absent. */
export interface Attention {
  /** A workflow must look, once for each value. */
  readonly fingerprint?: string;
  /** A failure is to be recorded. */
  readonly toRecord: boolean;
  /** When to ask again although nothing changes meanwhile, epoch milliseconds. */
  readonly lookAgainAtMs?: number;
}

/**
 * Whether this state of a Backup and its Job needs a nudge: the very decision that the workflow will take from live
 * reads, taken here from what the watch has seen. What an open workflow waits for by itself needs none.
 */
export function attentionOf(seen: SeenBackup): Attention {
  const decision = decide(seen);
  const recheckAfterMs = 'recheckAfterMs' in decision ? decision.recheckAfterMs : undefined;
  return {
    ...nudgeFor(decision, seen),
    toRecord: decision.kind === 'Record',
    ...(recheckAfterMs !== undefined && { lookAgainAtMs: seen.nowMs + recheckAfterMs }),
  };
}

function nudgeFor(decision: Decision, seen: SeenBackup): Nudge | undefined {
  switch (decision.kind) {
    case 'CreateFirstJob':
      return { fingerprint: `${decision.kind}/${judgedHash(seen.backup)}` };
    case 'MarkInvalid':
      return { fingerprint: `${decision.kind}/${decision.incident.specHash}` };
    case 'Record':
    case 'EndBadly':
      return { fingerprint: `Failure/${decision.failure.jobUid}` };
    case 'Settle':
      return { fingerprint: `${decision.kind}/${decision.incident.id}` };
    case 'Reschedule':
      return { fingerprint: `SpecChanged/${judgedHash(seen.backup)}` };
    case 'Retry':
      return changedSpec(seen, decision.incident.specHash);
    case 'Await':
      return decision.reason === 'SubStatus' && hasOpenIncident(seen)
        ? { fingerprint: 'SubStatus' }
        : undefined;
    case 'Leave':
      return decision.reason === 'Deleting' && hasOpenIncident(seen)
        ? { fingerprint: 'Deleting' }
        : undefined;
  }
}

/** Whether a workflow must be open for this Backup: the watch compares on every list. */
export function hasOpenIncident({ backup }: Pick<SeenBackup, 'backup'>): boolean {
  return readIncident(backup)?.state === 'open';
}

/** Whether a retry is decided and not begun. */
export function hasPendingRetry({ backup }: Pick<SeenBackup, 'backup'>): boolean {
  const incident = readIncident(backup);
  return incident?.state === 'open' && pendingRecord(backup, incident) !== undefined;
}

function changedSpec({ backup }: SeenBackup, judged: string): Nudge | undefined {
  const hash = judgedHash(backup);
  return hash === judged ? undefined : { fingerprint: `SpecChanged/${hash}` };
}
