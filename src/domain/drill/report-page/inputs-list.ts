import type { DrillReport } from '../drill-report.js';
import { bytesText, timeText } from './figures.js';
import { html, type Html } from './html.js';

/** What was drilled and with what: enough to do it again by hand. What no rung learned is left out. */
export function inputsList({ drill, store, backup, facts, hosts, startedMs, finishedMs }: DrillReport): Html {
  const { binlogFile, binlogPosition = 0, newestProvenMs, sizeBytes, objects } = facts;
  const rows: readonly (readonly [string, string | undefined])[] = [
    ['Backup', backup.id],
    ['Bucket', store.bucket],
    ['Prefix', backup.prefix],
    ['Endpoint', store.endpoint],
    ['Layout', joined([facts.layout, facts.compression])],
    ['Size', joined([sizeBytes && bytesText(sizeBytes), objects && `${objects} objects`])],
    ['Inventory digest', facts.inventoryDigest],
    ['Manifest', facts.manifest],
    ['Baseline', facts.baseline],
    ['Backup tool', joined([facts.tool, facts.toolVersion], ' ')],
    ['Server of the backup', facts.serverVersion],
    ['Server of the drill', facts.drillServerVersion],
    ['Backup began', facts.backupStartedAt],
    ['Backup ended', facts.backupEndedAt],
    ['Last LSN', facts.lastLsn],
    ['Binary log', binlogFile && `${binlogFile}, position ${binlogPosition}`],
    ['GTID', facts.gtid],
    ['Newest proven transaction', newestProvenMs === undefined ? undefined : timeText(newestProvenMs)],
    ['Drill', drill.workflowId],
    ['Run', drill.runId],
    ['Drill hosts', joined(hosts)],
    ['Began', timeText(startedMs)],
    ['Ended', timeText(finishedMs)],
  ];
  return html`<dl>
    ${rows.map(([name, value]) =>
      value === undefined || value === ''
        ? undefined
        : html`<dt>${name}</dt>
            <dd>${value}</dd> `,
    )}
  </dl>`;
}

function joined(parts: readonly (string | number | undefined)[], separator = ', '): string {
  return parts.filter((part) => part !== undefined && part !== '' && part !== 0).join(separator);
}
