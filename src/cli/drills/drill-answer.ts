import type { RunRestoreDrillResult } from '../../workflows/run-restore-drill.js';
import { EXIT, type ExitCode } from '../exit-codes.js';

const EXIT_OF_VERDICT: Readonly<Record<RunRestoreDrillResult['verdict'], ExitCode>> = {
  pass: EXIT.done,
  fail: EXIT.failed,
  inconclusive: EXIT.inconclusive,
  none: EXIT.done,
};

/** A self-test is done where the damage was found. */
export function exitCodeOfDrill(result: RunRestoreDrillResult): ExitCode {
  if (result.verdict === 'none' || !result.selfTest) return EXIT_OF_VERDICT[result.verdict];
  if (result.verdict === 'inconclusive') return EXIT.inconclusive;
  return result.verdict === 'fail' ? EXIT.done : EXIT.failed;
}

/** The report, with what scripts ask for first; `backup` is the id. */
export function answerOfDrill(result: RunRestoreDrillResult): object {
  if (result.verdict === 'none') return result;
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
