import type { ApiServerAway } from '../domain/api-server-away.js';
import { ApiFailure } from '../kubernetes/api-failure.js';
import { CliFailure } from './cli-failure.js';
import type { CliDependencies } from './dependencies.js';
import { apiServerText } from './render/api-server-text.js';
import { oneLine } from './render/one-line.js';
import type { TemporalAccess } from './temporal-access.js';

/** Nobody should wait long for the rest. */
const TEMPORAL_TIMEOUT_MS = 2_000;

interface AnyStatus {
  readonly phase: string;
  readonly summary: string;
  readonly apiServerAway?: ApiServerAway;
}

interface Silence {
  /** Ids of the object's workflows begin so, whatever its UID. */
  readonly idPrefix: string;
  readonly statusOf: (temporal: TemporalAccess, workflowId: string) => Promise<AnyStatus>;
}

/**
 * Where the API server does not serve, what the open workflow says is all that can be told: it goes to stderr.
 * @throws the failure, always
 */
export async function tellWithoutApiServer(
  failure: unknown,
  deps: CliDependencies,
  { idPrefix, statusOf }: Silence,
): Promise<never> {
  if (!(failure instanceof ApiFailure) || !failure.retryable) throw failure;
  try {
    const temporal = await deps.temporal({ timeoutMs: TEMPORAL_TIMEOUT_MS });
    for (const { workflowId } of await temporal.openRunsUnder(idPrefix)) {
      const status = await statusOf(temporal, workflowId);
      deps.output.say(`workflow ${workflowId}: ${status.phase}: ${oneLine(status.summary)}`);
      const away = apiServerText(status);
      if (away !== undefined) deps.output.say(away);
    }
  } catch (silence) {
    if (!(silence instanceof CliFailure)) throw silence;
    deps.output.say(`without the workflow's view: ${silence.message}`);
  }
  throw failure;
}
