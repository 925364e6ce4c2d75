import { setCurrentDetails, setHandler, upsertSearchAttributes } from '@temporalio/workflow';
import { awayText } from '../domain/api-server-away.js';
import type { IncidentPhase } from '../domain/retry/review.js';
import type { SuperviseBackupInput } from '../domain/retry/supervise-input.js';
import { toRfc3339Seconds } from '../domain/time.js';
import { withApiServer, type ApiServerView } from './api-server-away.js';
import { identifyWorkflow } from './identify-workflow.js';
import { status, type AuditEntry, type IncidentStatus } from './messages.js';
import { NEXT_ACTION_AT, PHASE, RETRY_NUM } from './search-attributes.js';

/** Where people look: query `status`, the current details in the Web UI, and the search attributes. */
export interface IncidentBoard {
  /** All that is shown, to be handed to the next run. */
  view(): IncidentStatus;
  /** Keeps a request of a person and what came of it. */
  note(entry: AuditEntry): void;
  /** Shows what goes on; costs no history. */
  show(next: Partial<IncidentStatus> & { phase: IncidentPhase; summary: string }): void;
  /** Shows it, and makes it searchable; costs one event. */
  publish(next: Partial<IncidentStatus> & { phase: IncidentPhase; summary: string }): void;
}

const AUDIT_LENGTH = 20;
const FIRST_VIEW: IncidentStatus = { phase: 'Reviewing', summary: 'looking at the Backup', retryNum: 0 };

/** Call it before the first await of the workflow. `carried` is what the run before this one showed. */
export function openBoard(
  input: SuperviseBackupInput,
  { apiServer, carried = FIRST_VIEW }: { apiServer: ApiServerView; carried: IncidentStatus | undefined },
): IncidentBoard {
  const { cluster, namespace, name } = input;
  let view = carried;
  setHandler(status, () => withApiServer(view, apiServer));
  const refresh = (): void => setCurrentDetails(detailsOf(input, withApiServer(view, apiServer)));
  apiServer.onChange(refresh);
  const board: IncidentBoard = {
    view: () => view,
    note: (entry) => {
      view = { ...view, audit: [...(view.audit ?? []), entry].slice(-AUDIT_LENGTH) };
      refresh();
    },
    show: (next) => {
      const { nextActionAt: _over, ...lasting } = view;
      view = { ...lasting, ...next };
      refresh();
    },
    publish: (next) => {
      board.show(next);
      const { phase, retryNum, nextActionAt } = view;
      upsertSearchAttributes([
        { key: PHASE, value: phase },
        { key: RETRY_NUM, value: retryNum },
        { key: NEXT_ACTION_AT, value: nextActionAt === undefined ? null : new Date(nextActionAt) },
      ]);
    },
  };
  identifyWorkflow({ cluster, namespace, resource: `Backup/${name}` });
  // Neither details nor the static summary outlive a run that continues as new.
  refresh();
  return board;
}

/** Lines, not a table: the Web UI styles no tables. */
function detailsOf({ cluster, namespace, name }: SuperviseBackupInput, view: IncidentStatus): string {
  const { phase, summary, lastFailure, retryNum, maxRetries, nextActionAt, audit, apiServerAway } = view;
  const asked = audit?.at(-1);
  const retry = maxRetries === undefined ? `retry ${retryNum}` : `retry ${retryNum} of ${maxRetries}`;
  return [
    `**Backup ${namespace}/${name}** on cluster ${cluster}: **${phase}** since ${toRfc3339Seconds(Date.now())}`,
    ...(lastFailure === undefined ? [] : [`What happened: ${lastFailure}`]),
    nextActionAt === undefined ? `Now: ${summary}` : `Waits for: ${retry}`,
    ...(nextActionAt === undefined ? [] : [`Until: ${nextActionAt}`]),
    ...(apiServerAway === undefined ? [] : [`**${awayText(apiServerAway)}**`]),
    ...(asked === undefined
      ? []
      : [
          `Asked last: ${asked.request.kind} by ${asked.request.by ?? '(unnamed)'} at ${asked.at}: ${asked.answer}`,
        ]),
  ].join('\n\n');
}
