import type { CliDependencies } from '../dependencies.js';
import { factList } from '../render/fact-list.js';
import type { RestoreVerdict } from './wait-for-restore.js';

/** What `restore start` and `restore cancel` print. */
export interface RestoreFacts {
  readonly workflowId: string;
  readonly runId?: string;
  readonly webUi?: string;
  readonly nextAction?: string;
  readonly answer?: string;
  readonly verdict?: RestoreVerdict;
}

export function printRestoreFacts(
  { output }: Pick<CliDependencies, 'output'>,
  format: 'table' | 'json',
  facts: RestoreFacts,
): void {
  if (format === 'json') {
    output.data(JSON.stringify(facts, undefined, 2));
    return;
  }
  const { workflowId, runId, webUi, nextAction, answer } = facts;
  const lines = [
    { name: 'ANSWER', text: answer },
    { name: 'WORKFLOW ID', text: workflowId },
    { name: 'RUN', text: runId },
    { name: 'WEB UI', text: webUi },
    { name: 'NEXT ACTION', text: nextAction },
  ];
  output.data(factList(lines, { colour: output.colour }));
}
