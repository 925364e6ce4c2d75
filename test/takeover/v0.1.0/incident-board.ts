import { setCurrentDetails, setHandler, upsertSearchAttributes, workflowInfo } from '@temporalio/workflow';
import type { IncidentPhase } from '../../../src/domain/retry/review.js';
import type { SuperviseBackupInput } from '../../../src/domain/retry/supervise-input.js';
import { toRfc3339Seconds } from '../../../src/domain/time.js';
import { status, type IncidentStatus } from './messages.js';
import { CLUSTER, NAMESPACE, NEXT_ACTION_AT, PHASE, RESOURCE, RETRY_NUM } from './search-attributes.js';

/** Where people look: query `status`, the current details in the Web UI, and the search attributes. */
export interface IncidentBoard {
  /** Shows what goes on; costs no history. */
  show(next: Partial<IncidentStatus> & { phase: IncidentPhase; summary: string }): void;
  /** Shows it, and makes it searchable; costs one event. */
  publish(next: Partial<IncidentStatus> & { phase: IncidentPhase; summary: string }): void;
}

/** Call it before the first await of the workflow. */
export function openBoard(input: SuperviseBackupInput): IncidentBoard {
  let view: IncidentStatus = { phase: 'Reviewing', summary: 'looking at the Backup', retryNum: 0 };
  setHandler(status, () => view);
  const board: IncidentBoard = {
    show: (next) => {
      const { nextActionAt: _over, ...lasting } = view;
      view = { ...lasting, ...next };
      setCurrentDetails(detailsOf(input, view));
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
  identify(input);
  return board;
}

/** Whoever started this without search attributes shall find it by them all the same. */
function identify({ cluster, namespace, name }: SuperviseBackupInput): void {
  if (workflowInfo().typedSearchAttributes.get(CLUSTER) !== undefined) return;
  upsertSearchAttributes([
    { key: CLUSTER, value: cluster },
    { key: NAMESPACE, value: namespace },
    { key: RESOURCE, value: `Backup/${name}` },
  ]);
}

/** Lines, not a table: the Web UI styles no tables. */
function detailsOf({ cluster, namespace, name }: SuperviseBackupInput, view: IncidentStatus): string {
  const { phase, summary, lastFailure, retryNum, maxRetries, nextActionAt } = view;
  const retry = maxRetries === undefined ? `retry ${retryNum}` : `retry ${retryNum} of ${maxRetries}`;
  return [
    `**Backup ${namespace}/${name}** on cluster ${cluster}: **${phase}** since ${toRfc3339Seconds(Date.now())}`,
    ...(lastFailure === undefined ? [] : [`What happened: ${lastFailure}`]),
    nextActionAt === undefined ? `Now: ${summary}` : `Waits for: ${retry}`,
    ...(nextActionAt === undefined ? [] : [`Until: ${nextActionAt}`]),
  ].join('\n\n');
}
