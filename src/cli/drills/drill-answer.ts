import type { DrilledBackup } from '../../domain/drill/drilled-backups.js';
import type { DrillVerdict } from '../../domain/drill/verdict.js';
import type { RunRestoreDrillResult } from '../../workflows/run-restore-drill.js';
import { EXIT, type ExitCode } from '../exit-codes.js';

const EXIT_OF_VERDICT: Readonly<Record<RunRestoreDrillResult['verdict'], ExitCode>> = {
  pass: EXIT.done,
  fail: EXIT.failed,
  inconclusive: EXIT.inconclusive,
  none: EXIT.done,
};

/** A self-test is done where the damage was found. */
const EXIT_OF_SELF_TEST: Readonly<Record<DrillVerdict, ExitCode>> = {
  pass: EXIT.failed,
  fail: EXIT.done,
  inconclusive: EXIT.inconclusive,
};

/** Of several backups the worst one decides: 1 over 4 over 0. */
export function exitCodeOfDrill(result: RunRestoreDrillResult): ExitCode {
  if (result.verdict === 'none' || !result.selfTest) return EXIT_OF_VERDICT[result.verdict];
  const drills = 'backups' in result ? result.backups : [result];
  const codes = drills.map(({ verdict }) => EXIT_OF_SELF_TEST[verdict]);
  return [EXIT.failed, EXIT.inconclusive].find((code) => codes.includes(code)) ?? EXIT.done;
}

/** The report, with what scripts ask for first; `backup` is the id. Of several backups the same of each in `backups`. */
export function answerOfDrill(result: RunRestoreDrillResult): object {
  if (result.verdict === 'none') return result;
  if ('backups' in result) return { ...result, backups: result.backups.map(answerOfBackup) };
  const { backup, verdict, rung = null, rootCause = null, evidence, rungs, rto, rpo, ...more } = result;
  return {
    backup: backup.id,
    verdict,
    rung,
    rootCause,
    evidence,
    rungs,
    rto,
    rpo,
    prefix: backup.prefix,
    ...more,
  };
}

function answerOfBackup(drilled: DrilledBackup): object {
  const { backup, verdict, rung = null, rootCause = null } = drilled;
  return { backup: backup.id, verdict, rung, rootCause, prefix: backup.prefix };
}
