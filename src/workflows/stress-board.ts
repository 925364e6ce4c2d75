import { setCurrentDetails, setHandler, upsertSearchAttributes } from '@temporalio/workflow';
import type { StressClusterInput } from '../domain/stress/stress-input.js';
import { toRfc3339Seconds } from '../domain/time.js';
import { identifyWorkflow } from './identify-workflow.js';
import { PHASE } from './search-attributes.js';
import { stressStatus, type StressView } from './stress-messages.js';

/** Where people look: query `status`, the current details in the Web UI, and the search attribute of the phase. */
export interface StressBoard {
  view(): StressView;
  show(changes: Partial<StressView>): void;
}

/** Call it before the first await of the workflow. */
export function openStressBoard({ cluster, run }: StressClusterInput, first: StressView): StressBoard {
  let view = first;
  setHandler(stressStatus, () => view);
  identifyWorkflow({ cluster, resource: `Stress/${run}` });
  const publish = (): void => {
    const since = toRfc3339Seconds(Date.now());
    setCurrentDetails(
      `**Stress run ${run}** on cluster ${cluster}: **${view.phase}** since ${since}\n\nNow: ${view.summary}`,
    );
    upsertSearchAttributes([{ key: PHASE, value: view.phase }]);
  };
  publish();
  return {
    view: () => view,
    show: (changes) => {
      view = { ...view, ...changes };
      publish();
    },
  };
}
