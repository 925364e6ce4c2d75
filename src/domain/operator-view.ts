import type { Labels } from './kubernetes/label-selector.js';

/** What TiDB Operator, if there is one, sees of the custom resources of a cluster. */
export interface OperatorView {
  /** An operator that is down for maintenance is present too: it is still the owner. */
  readonly present: boolean;
  /** Whether an object with these labels is outside the operator's selector. */
  readonly hides: (labels: Labels | undefined) => boolean;
}

/** Whether the object with these labels is TiDB Operator's: it creates its Jobs, and retries those of snapshots. */
export function operatorOwns(labels: Labels | undefined, { present, hides }: OperatorView): boolean {
  return present && !hides(labels);
}
