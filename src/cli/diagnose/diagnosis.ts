import type { FailureClass } from '../../domain/retry/failure-class.js';
import type { SeenBackup } from '../../domain/retry/decide.js';
import type { SecretProblem } from '../../kubernetes/objects/secret-requirements.js';
import type { BackupReport } from '../backups/backup-report.js';
import type { Check } from '../doctor/check.js';
import type { PodLog } from './pod-log.js';
import type { ProbeOutcome } from './probe-storage.js';

/** Why the last run failed, as its pods, their log and the Backup still tell. */
export interface LastFailure {
  readonly class: FailureClass;
  readonly retryable: boolean;
  /** One line without secrets. */
  readonly reason: string;
}

/** One Secret that the Backup's Jobs need. */
export interface SecretLook {
  readonly name: string;
  readonly problem?: SecretProblem;
  /** Why it could not be looked at. */
  readonly unreadable?: string;
}

/** What a diagnosis looks at beyond the report; printed by `-o json` as it is, together with what follows from it. */
export interface DiagnosisMaterial {
  readonly lastFailure?: LastFailure;
  /** Of the newest pod of the current Job; absent where there is none. */
  readonly log?: PodLog;
  /** What keeps that pod, or the Job, from starting. */
  readonly notStarted?: string;
  readonly secrets: readonly SecretLook[];
  readonly storage: ProbeOutcome;
}

export interface Diagnosis extends DiagnosisMaterial {
  /** What is wrong comes first. */
  readonly findings: readonly Check[];
}

export interface DiagnosedBackup {
  readonly seen: SeenBackup;
  readonly report: BackupReport;
  readonly material: DiagnosisMaterial;
}
