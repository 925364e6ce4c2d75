import type { TemporalAccess } from '../temporal-access.js';
import type { Check } from './check.js';

export interface TemporalQuestion {
  readonly temporal: TemporalAccess;
  /** Registers what is missing. */
  readonly fix: boolean;
}

/** @throws CliFailure when Temporal stops answering in between */
export async function temporalChecks({ temporal, fix }: TemporalQuestion): Promise<Check[]> {
  const { address, namespace } = temporal;
  await temporal.requireNamespace();
  const server: Check = {
    area: 'Temporal',
    name: 'server',
    verdict: 'ok',
    found: `${address} answers, namespace ${namespace} exists`,
  };
  return [server, await searchAttributes(temporal, fix)];
}

async function searchAttributes(temporal: TemporalAccess, fix: boolean): Promise<Check> {
  const check = { area: 'Temporal', name: 'search attributes' } as const;
  const missing = await temporal.missingSearchAttributes();
  if (missing.length === 0) return { ...check, verdict: 'ok', found: 'all registered' };
  if (!fix) {
    const mend = 'holdfast doctor --fix registers them; without them a workflow hangs in its first task';
    return { ...check, verdict: 'fail', found: `missing: ${missing.join(', ')}`, mend };
  }
  await temporal.registerSearchAttributes(missing);
  return { ...check, verdict: 'ok', found: `registered now: ${missing.join(', ')}` };
}
