import { log } from '@temporalio/activity';
import { takenMsOf } from '../../domain/drill/backup-selection.js';
import type { BackupSelection } from '../../domain/drill/drill-call.js';
import type { RunRestoreDrillInput } from '../../domain/drill/drill-input.js';
import type { DrillActivityDependencies } from './dependencies.js';
import type { DrillWork } from './drill-activity.js';
import { withStores } from './drill-stores.js';
import { selectBackup } from './select-backup.js';

/** Which backups the plan, or the person who started the drill, wants drilled now. */
export async function selectBackups(
  { openStore, now }: Pick<DrillActivityDependencies, 'openStore' | 'now'>,
  { call, signal }: Pick<DrillWork<{ input: RunRestoreDrillInput }>, 'call' | 'signal'>,
): Promise<BackupSelection> {
  const input = withOverrides(call.input);
  const { plan } = input;
  return withStores(openStore, plan, async ({ store, ledger: ledgerStore }) => {
    const ledger = await ledgerStore.readLedger();
    if (ledger.problems.length > 0)
      log.warn('the ledger is damaged', { problems: ledger.problems.slice(0, 10) });
    const chosen = await selectBackup({
      plan,
      store,
      ledger,
      nowMs: now(),
      draw: Math.random(),
      signal,
    });
    const backups = chosen.map(({ id, prefix }) => {
      const takenMs = takenMsOf(id);
      return { id, prefix, ...(takenMs !== undefined && { takenMs }) };
    });
    return { input, backups };
  });
}

function withOverrides({ backup, collectAll, ...input }: RunRestoreDrillInput): RunRestoreDrillInput {
  const { plan } = input;
  return {
    ...input,
    plan: {
      ...plan,
      ...(backup !== undefined && { selection: { backup } }),
      ...(collectAll !== undefined && { collectAll }),
    },
  };
}
