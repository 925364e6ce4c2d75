import type { FieldProblem } from '../field-problem.js';
import { GATE_POLICY_ANNOTATION } from '../labels.js';
import type { GateAction, GatePolicy } from './gate-policy.js';
import type { Restore } from './restore.js';

const DEFAULT_GATE_POLICY: GatePolicy = { mismatch: 'fail', timeout: 'fail', partial: 'proceed' };
const ACTIONS: readonly GateAction[] = ['fail', 'wait', 'proceed'];

/**
 * The policy that holds: the annotation (`mismatch=wait,timeout=proceed`), where it says nothing the workflow's input,
 * else the defaults. A part that cannot be read counts as absent, and is a problem.
 */
export function resolveGatePolicy(
  { metadata }: Restore,
  input: Partial<GatePolicy> = {},
): { policy: GatePolicy; problems: FieldProblem[] } {
  const text = metadata.annotations?.[GATE_POLICY_ANNOTATION] ?? '';
  const policy: GatePolicy = { ...DEFAULT_GATE_POLICY, ...input };
  const problems: FieldProblem[] = [];
  for (const part of text.split(',').map((entry) => entry.trim())) {
    const [key = '', value] = part.split('=').map((side) => side.trim());
    const action = ACTIONS.find((known) => known === value);
    if (action !== undefined && isKey(key)) policy[key] = action;
    else if (part !== '') problems.push(problemWith(part));
  }
  return { policy, problems };
}

function isKey(key: string): key is keyof GatePolicy {
  return Object.hasOwn(DEFAULT_GATE_POLICY, key);
}

function problemWith(part: string): FieldProblem {
  return {
    path: `metadata.annotations["${GATE_POLICY_ANNOTATION}"]`,
    received: part,
    expected: 'mismatch, timeout or partial, "=", and fail, wait or proceed; more of them after commas',
  };
}
