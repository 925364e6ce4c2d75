import { z } from 'zod';

/** `fail` ends the restore, `wait` waits until it is put right, `proceed` opens the gate all the same. */
export const GateAction = z.enum(['fail', 'wait', 'proceed']);
export type GateAction = z.infer<typeof GateAction>;

/** What to do where the CompactBackup is not what the restore counts on. */
export const GatePolicy = z.object({
  /** It compacts another cluster's log, or another place. Default: fail. */
  mismatch: GateAction,
  /** It does not exist when `waitTimeout` is over. Default: fail. */
  timeout: GateAction,
  /** It failed, as a whole or some of its shards. Default: proceed. */
  partial: GateAction,
});
export type GatePolicy = z.infer<typeof GatePolicy>;
