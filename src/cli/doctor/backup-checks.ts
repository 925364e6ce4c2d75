import type { Backup } from '../../domain/backup/backup.js';
import { backupModeOf } from '../../domain/backup/mode.js';
import { ApiFailure } from '../../kubernetes/api-failure.js';
import type { KubernetesApi } from '../../kubernetes/api.js';
import type { ResourceType } from '../../kubernetes/resources.js';
import { summarizeBackup, type BackupSummary } from '../backups/backup-summary.js';
import { readBackups, type SeenBackups } from '../backups/read-backups.js';
import type { OperatorSetting } from '../../kubernetes/operator-presence.js';
import { someOf, type Check } from './check.js';
import { managedLabelCheck } from './operator-checks.js';

const SERVICE_ACCOUNTS: ResourceType = {
  group: '',
  version: 'v1',
  plural: 'serviceaccounts',
  kind: 'ServiceAccount',
};
/** Name fixed by TiDB Operator. */
const BACKUP_SERVICE_ACCOUNT = 'tidb-backup-manager';

/** What stands out among the Backups themselves. */
export async function backupChecks(
  api: KubernetesApi,
  { operator, nowMs }: { operator: OperatorSetting; nowMs: number },
): Promise<Check[]> {
  let found: SeenBackups;
  try {
    found = await readBackups(api, { namespace: undefined, operator, nowMs });
  } catch (failure) {
    if (!(failure instanceof ApiFailure) || failure.status === undefined) throw failure;
    return [{ area: 'Backups', name: 'list', verdict: 'skip', found: failure.message }];
  }
  const summaries = found.seen.map(summarizeBackup);
  const backups = found.seen.map(({ backup }) => backup);
  return [
    countCheck(found, summaries),
    await serviceAccountCheck(api, backups),
    await managedLabelCheck(api, { area: 'Backups', objects: backups, operator }),
    oldFailureCheck(summaries),
  ];
}

function countCheck({ unreadable }: SeenBackups, summaries: readonly BackupSummary[]): Check {
  const logs = summaries.filter(({ mode }) => mode === 'log').length;
  const check = { area: 'Backups', name: 'list' } as const;
  const found = `${summaries.length + unreadable.length} Backups, ${logs} in mode log`;
  if (unreadable.length === 0) return { ...check, verdict: 'ok', found };
  const names = someOf(unreadable.map(({ namespace, name }) => `${namespace}/${name}`));
  return {
    ...check,
    verdict: 'warn',
    found: `${found}; cannot be read: ${names}`,
    mend: 'correct their fields',
  };
}

async function serviceAccountCheck(api: KubernetesApi, backups: readonly Backup[]): Promise<Check> {
  const check = { area: 'Backups', name: `ServiceAccount ${BACKUP_SERVICE_ACCOUNT}` } as const;
  const namespaces = [
    ...new Set(backups.filter(usesDefaultAccount).map(({ metadata }) => metadata.namespace)),
  ];
  try {
    const accounts = await Promise.all(
      namespaces.map((namespace) =>
        api.get({ resource: SERVICE_ACCOUNTS, namespace, name: BACKUP_SERVICE_ACCOUNT }),
      ),
    );
    const without = namespaces.filter((_, index) => accounts[index] === undefined).sort();
    if (without.length === 0) {
      return { ...check, verdict: 'ok', found: `in all ${namespaces.length} namespaces with log backups` };
    }
    const mend =
      'kubectl apply -k deploy/rbac/backup-namespace with that namespace: pods cannot start without';
    return { ...check, verdict: 'fail', found: `missing in ${someOf(without)}`, mend };
  } catch (failure) {
    if (!(failure instanceof ApiFailure) || failure.status !== 403) throw failure;
    return { ...check, verdict: 'skip', found: 'these credentials may not read ServiceAccounts' };
  }
}

function usesDefaultAccount({ spec }: Backup): boolean {
  const mode = backupModeOf(spec);
  const account: unknown = spec['serviceAccount'];
  return 'mode' in mode && mode.mode === 'log' && (account === undefined || account === '');
}

function oldFailureCheck(summaries: readonly BackupSummary[]): Check {
  const check = { area: 'Backups', name: 'old failures' } as const;
  const old = summaries.filter(({ leftBecause }) => leftBecause === 'OldFailure');
  if (old.length === 0) return { ...check, verdict: 'ok', found: 'none that are left alone' };
  return {
    ...check,
    verdict: 'warn',
    found: `left alone, they failed before Holdfast saw them: ${someOf(old.map(({ namespace, name }) => `${namespace}/${name}`))}`,
    mend: 'where one is still wanted: delete it and create it again',
  };
}
