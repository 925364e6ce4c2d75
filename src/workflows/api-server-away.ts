import {
  ActivityFailure,
  defineSignal,
  patched,
  setHandler,
  TimeoutFailure,
  log,
} from '@temporalio/workflow';
import { awayText, type ApiServerAway } from '../domain/api-server-away.js';

/**
 * What the worker tells a workflow while one of its activities finds no API server; without an argument, that it answers
 * again. Clients do not send it.
 */
export const apiServerAway = defineSignal<[away?: ApiServerAway]>('apiServerAway');

/** The API server as the activities of one workflow find it. */
export interface ApiServerView {
  /** `undefined` while it answers, or nobody asks. */
  away(): ApiServerAway | undefined;
  /** `listener` is called when `away` says something else. */
  onChange(listener: () => void): void;
  /** Runs one activity to its end, however long the API server is away. Every activity of a procedure goes through it. */
  call<T>(activity: () => Promise<T>): Promise<T>;
}

/** Call it before the first await of the workflow. */
export function openApiServerView(): ApiServerView {
  let away: ApiServerAway | undefined;
  let changed = (): void => undefined;
  const show = (next: ApiServerAway | undefined): void => {
    if (next === away) return;
    away = next;
    changed();
  };
  setHandler(apiServerAway, (told: unknown) => {
    if (told === undefined) show(undefined);
    else if (isApiServerAway(told)) show({ ...told, since: away?.since ?? told.since });
  });
  const call = async <T>(activity: () => Promise<T>): Promise<T> => {
    try {
      const result = await activity();
      show(undefined);
      return result;
    } catch (failure) {
      if (!ranOutOfTime(failure) || !patched('6-activity-again')) throw failure;
      log.warn('the activity did not come to its end in its time, and is started again', {
        ...(away !== undefined && { reason: awayText(away) }),
      });
      return call(activity);
    }
  };
  return { away: () => away, onChange: (listener) => void (changed = listener), call };
}

/** What a query shows: the absence stands beside what is kept, and never outlives the run that met it. */
export function withApiServer<View extends object>(
  view: View,
  apiServer: ApiServerView,
): View & { readonly apiServerAway?: ApiServerAway } {
  const away = apiServer.away();
  return away === undefined ? view : { ...view, apiServerAway: away };
}

/** Its schedule-to-close time is over: between two attempts, or in the middle of one. */
function ranOutOfTime(failure: unknown): boolean {
  if (!(failure instanceof ActivityFailure)) return false;
  const { cause, retryState } = failure;
  return (
    retryState === 'TIMEOUT' || (cause instanceof TimeoutFailure && cause.timeoutType === 'SCHEDULE_TO_CLOSE')
  );
}

function isApiServerAway(told: unknown): told is ApiServerAway {
  return (
    typeof told === 'object' &&
    told !== null &&
    'since' in told &&
    typeof told.since === 'string' &&
    'attempt' in told &&
    typeof told.attempt === 'number' &&
    'message' in told &&
    typeof told.message === 'string'
  );
}
