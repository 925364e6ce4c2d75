import { setCurrentDetails, setHandler, upsertSearchAttributes, workflowInfo } from '@temporalio/workflow';
import type { RungResult } from '../domain/drill/rung.js';
import { shortDuration } from '../domain/go-duration.js';
import { drillStatus, type DrillView } from './drill-messages.js';
import { CLUSTER, PLAN, VERDICT } from './search-attributes.js';

/** Where people look: query `status`, the current details in the Web UI, and the search attributes. */
export interface DrillBoard {
  /** Changes what is shown. */
  show(change: Partial<DrillView>): void;
  /** The drill begins again on another host. */
  restart(summary: string): void;
}

/** Call it before the first await of the workflow. */
export function openDrillBoard({ cluster, plan }: { cluster: string; plan: string }): DrillBoard {
  let view: DrillView = { phase: 'Selecting', summary: 'choosing the backup', plan, rungs: [] };
  setHandler(drillStatus, () => view);
  if (workflowInfo().typedSearchAttributes.get(PLAN) === undefined) {
    upsertSearchAttributes([
      { key: CLUSTER, value: cluster },
      { key: PLAN, value: plan },
    ]);
  }
  const put = (next: DrillView): void => {
    if (next.verdict !== undefined && next.verdict !== view.verdict) {
      upsertSearchAttributes([{ key: VERDICT, value: next.verdict }]);
    }
    view = next;
    setCurrentDetails(detailsOf(cluster, view));
  };
  put(view);
  return {
    show: (change) => put({ ...view, ...change }),
    restart: (summary) => {
      const { host: _host, running: _running, ...rest } = view;
      put({ ...rest, phase: 'Opening', summary, rungs: [] });
    },
  };
}

/** Lines, not a table: the Web UI styles no tables. */
function detailsOf(cluster: string, view: DrillView): string {
  const { plan, phase, summary, backup, drilled = [], host, rungs, running, verdict } = view;
  return [
    `**Drill ${plan}** on cluster ${cluster}: **${verdict ?? phase}**`,
    `Now: ${summary}`,
    ...drilled.map((one) => `Backup ${one.backup.id}: ${one.verdict}`),
    ...(backup === undefined ? [] : [`Backup ${backup.id}${host === undefined ? '' : ` on host ${host}`}`]),
    ...rungs.map(lineOf),
    ...(running === undefined ? [] : [`[ .. ] ${running.rung}`]),
  ].join('\n\n');
}

const MARKS: Readonly<Record<RungResult['outcome'], string>> = {
  passed: '[pass]',
  failed: '[FAIL]',
  inconclusive: '[ ?? ]',
  skipped: '[skip]',
};

function lineOf({ rung, outcome, durationMs, summary }: RungResult): string {
  const took = durationMs === undefined ? '' : ` ${shortDuration(durationMs)}`;
  return `${MARKS[outcome]} ${rung}${took}: ${summary}`;
}
