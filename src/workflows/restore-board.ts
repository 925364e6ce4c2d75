import { setCurrentDetails, setHandler, upsertSearchAttributes } from '@temporalio/workflow';
import { awayText } from '../domain/api-server-away.js';
import type { RunReplicationRestoreInput } from '../domain/replication/restore-input.js';
import { toRfc3339Seconds } from '../domain/time.js';
import { withApiServer, type ApiServerView } from './api-server-away.js';
import { identifyWorkflow } from './identify-workflow.js';
import { restoreStatus, type RestoreView } from './restore-messages.js';
import { NEXT_ACTION_AT, PHASE } from './search-attributes.js';

/** Where people look: query `status`, the current details in the Web UI, and the search attributes. */
export interface RestoreBoard {
  /** All that is shown, to be handed to the next run. */
  view(): RestoreView;
  /** Shows it; a new phase is made searchable, too, which costs one event. */
  show(next: RestoreView): void;
}

const FIRST_VIEW: RestoreView = { phase: 'Reviewing', summary: 'looking at the Restore', details: [] };

/** Call it before the first await of the workflow. `carried` is what the run before this one showed. */
export function openRestoreBoard(
  input: RunReplicationRestoreInput,
  { apiServer, carried = FIRST_VIEW }: { apiServer: ApiServerView; carried: RestoreView | undefined },
): RestoreBoard {
  let view = carried;
  setHandler(restoreStatus, () => withApiServer(view, apiServer));
  const refresh = (): void => setCurrentDetails(detailsOf(input, withApiServer(view, apiServer)));
  apiServer.onChange(refresh);
  const { cluster, namespace, name } = input;
  identifyWorkflow({ cluster, namespace, resource: `Restore/${name}` });
  // Neither details nor the static summary outlive a run that continues as new.
  refresh();
  return {
    view: () => view,
    show: (next) => {
      const isNewPhase = next.phase !== view.phase;
      view = next;
      refresh();
      // Not for a time alone: what is waited for is looked at every few seconds.
      if (isNewPhase) publish(view);
    },
  };
}

function publish({ phase, nextActionAt }: RestoreView): void {
  upsertSearchAttributes([
    { key: PHASE, value: phase },
    { key: NEXT_ACTION_AT, value: nextActionAt === undefined ? null : new Date(nextActionAt) },
  ]);
}

/** Lines, not a table: the Web UI styles no tables. */
function detailsOf({ cluster, namespace, name }: RunReplicationRestoreInput, view: RestoreView): string {
  const { phase, summary, details, nextActionAt, cancelled, apiServerAway } = view;
  return [
    `**Restore ${namespace}/${name}** on cluster ${cluster}: **${phase}** since ${toRfc3339Seconds(Date.now())}`,
    `Now: ${summary}`,
    ...(apiServerAway === undefined ? [] : [`**${awayText(apiServerAway)}**`]),
    ...details,
    ...(nextActionAt === undefined ? [] : [`Looks again by itself: ${nextActionAt}`]),
    ...(cancelled === undefined ? [] : [`Ends early: ${cancelled}`]),
  ].join('\n\n');
}
