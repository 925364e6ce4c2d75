import { ProgramMissing } from '../../database/zstd.js';
import { evidence, finding } from '../../domain/drill/finding.js';
import type { RungFinding } from '../../domain/drill/rung.js';
import { StoreFailure } from '../../storage/object-store.js';
import { SpaceExhausted } from './space-budget.js';

/** Something keeps us from telling: not the backup's fault, and not mended by waiting. */
export class Unprovable extends Error {
  override readonly name = 'Unprovable';
  readonly reason: string;

  /** @param reason one of the causes of a drill */
  constructor(reason: string, message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.reason = reason;
  }
}

/**
 * Runs the work of a rung, and turns what says nothing about the backup into an inconclusive finding.
 * @throws what waiting mends, abortion, and our own mistakes
 */
export async function conclude(
  { signal }: { readonly signal: AbortSignal },
  work: () => Promise<RungFinding>,
): Promise<RungFinding> {
  try {
    return await work();
  } catch (failure) {
    signal.throwIfAborted();
    const cause = causeOf(failure);
    if (cause === undefined || !(failure instanceof Error)) throw failure;
    const line = evidence(failure.message);
    return finding({ outcome: 'inconclusive', cause, summary: failure.message, evidence: [line] });
  }
}

function causeOf(failure: unknown): string | undefined {
  if (failure instanceof Unprovable) return failure.reason;
  if (failure instanceof SpaceExhausted || isOutOfSpace(failure)) return 'disk-space';
  if (failure instanceof ProgramMissing) return 'tool-missing';
  if (!(failure instanceof StoreFailure) || failure.retryable) return undefined;
  switch (failure.kind) {
    case 'Conflict':
      return 'backup-changed';
    case 'ClockSkew':
      return 'clock-skew';
    case 'Malformed':
    case 'TooLarge':
      return 'store-malformed';
    default:
      return 'store-refused';
  }
}

function isOutOfSpace(failure: unknown): boolean {
  return (
    failure instanceof Error && 'code' in failure && (failure.code === 'ENOSPC' || failure.code === 'EDQUOT')
  );
}
