import { ApplicationFailure, condition, currentUpdateInfo, setHandler } from '@temporalio/workflow';
import type { UpdateDefinition } from '@temporalio/common';
import type { BackupActivities } from '../activities/backup/backup-activities.js';
import type { PersonRequest } from '../domain/retry/request.js';
import type { SuperviseBackupInput } from '../domain/retry/supervise-input.js';
import type { ApiServerView } from './api-server-away.js';
import type { Inbox } from './inbox.js';
import type { IncidentBoard } from './incident-board.js';
import { extendBudget, resumeRetrying, retryNow, stopRetrying, type RequestResult } from './messages.js';
import { parseExtendBudget, parseResumeRetrying, parseRetryNow, parseStopRetrying } from './request-check.js';

interface Desk {
  readonly input: SuperviseBackupInput;
  readonly activities: Pick<BackupActivities, 'applyRequest' | 'forceDeletePods'>;
  readonly apiServer: ApiServerView;
  readonly inbox: Inbox;
  readonly board: IncidentBoard;
}

/** Where people's requests come in. */
export interface RequestDesk {
  /** The first review is done: what the requests are about is written down. */
  open(): void;
}

/** Call it before the first await of the workflow: an update may come with the first task, or be what started it. */
export function openRequestDesk(desk: Desk): RequestDesk {
  const turn = { open: false, taken: false };
  /** One at a time, so that the last request in the Backup is enough to know a repetition. */
  const handle = async (request: PersonRequest): Promise<RequestResult> => {
    // Two that wait are let go together: each has to look again.
    while (!turn.open || turn.taken) await condition(() => turn.open && !turn.taken);
    turn.taken = true;
    try {
      return await serve(desk, request);
    } finally {
      turn.taken = false;
    }
  };
  const accept = <Argument extends unknown[]>(
    update: UpdateDefinition<RequestResult, Argument>,
    parse: (argument: unknown) => PersonRequest,
  ): void =>
    setHandler(update, (...args) => handle(parse(args[0])), { validator: (...args) => void parse(args[0]) });
  accept(retryNow, parseRetryNow);
  accept(extendBudget, parseExtendBudget);
  accept(stopRetrying, parseStopRetrying);
  accept(resumeRetrying, parseResumeRetrying);
  return { open: () => void (turn.open = true) };
}

async function serve(
  { input, activities, apiServer, inbox, board }: Desk,
  request: PersonRequest,
): Promise<RequestResult> {
  const requestId = currentUpdateInfo()?.id ?? '';
  const answer = await apiServer.call(() => activities.applyRequest({ ...input, request, requestId }));
  if (answer.result === 'refused') {
    const { at, reason } = answer;
    board.note({ at, request, result: 'refused', answer: reason });
    throw ApplicationFailure.nonRetryable(reason, 'RequestRefused');
  }
  const { at, summary } = answer;
  board.note({ at, request, result: 'applied', answer: summary });
  inbox.wake();
  if (request.kind !== 'retryNow' || request.forceDeletePod !== true) return { summary, at };
  // Beside the restart, which waits for exactly these pods to go.
  const { pods } = await apiServer.call(() => activities.forceDeletePods(input));
  return { summary, at, deletedPods: pods };
}
