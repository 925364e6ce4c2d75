import type { RecordDrillCall } from '../../domain/drill/drill-call.js';
import type { DrillReport } from '../../domain/drill/drill-report.js';
import type { LedgerVerdict } from '../../domain/drill/ledger.js';
import type { DrillActivityDependencies } from './dependencies.js';
import { renderDrillPage } from '../../domain/drill/report-page.js';
import { withStores } from './drill-stores.js';

/** The reports first: a verdict in the ledger names those that are there. Returns the key of `report.json`. */
export function recordDrill(
  { openStore }: Pick<DrillActivityDependencies, 'openStore'>,
  { input, report }: RecordDrillCall,
): Promise<string> {
  return withStores(openStore, input.plan, async ({ ledger }) => {
    const { workflowId, runId } = report.drill;
    const drill = `${workflowId}/${runId}`;
    const text = `${JSON.stringify(report, undefined, 2)}\n`;
    const key = await ledger.writeReport({ drill, name: 'report.json', text });
    const { verdicts } = await ledger.readLedger();
    await ledger.writeReport({ drill, name: 'report.html', text: renderDrillPage(report, verdicts) });
    await ledger.append(verdictOf(report, { drill, key }));
    return key;
  });
}

function verdictOf(report: DrillReport, { drill, key }: { drill: string; key: string }): LedgerVerdict {
  const { plan, backup, verdict, rung, summary, startedMs, finishedMs, facts, rto, rpo } = report;
  const { inventoryDigest, sizeBytes, toolVersion, serverVersion, lastLsn, gtid } = facts;
  return {
    drill,
    plan,
    backup,
    verdict,
    rung,
    summary,
    startedMs,
    finishedMs,
    inventoryDigest,
    sizeBytes,
    toolVersion,
    serverVersion,
    lastLsn,
    gtid,
    rtoMs: rto.measuredMs,
    rpoMs: rpo.measuredMs,
    report: key,
  };
}
