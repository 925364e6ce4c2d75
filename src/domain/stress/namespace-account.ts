import type { StressOperation, StressPlan } from './stress-plan.js';
import type { NamespaceAccount } from './stress-progress.js';
import type { OperationEnd } from './stress-tally.js';

/** What an ended operation changes. `account` is `undefined` once nothing is left to do in the namespace. */
export interface Settlement {
  readonly account: NamespaceAccount | undefined;
  /** Log lines that are due now. */
  readonly lines: readonly { readonly level: 'info' | 'error'; readonly text: string }[];
}

const EMPTY: NamespaceAccount = { succeeded: 0, failed: 0, deployments: {} };

/** Books the end of one operation, in whatever order they end. A Deployment of the log is it with all its parts. */
export function settle(
  plan: StressPlan,
  before: NamespaceAccount = EMPTY,
  { operation, end }: { operation: StressOperation; end: OperationEnd },
): Settlement {
  const { object, namespace } = operation;
  if (object.kind === 'Namespace') return settleNamespace(plan, before, { namespace, end });
  const counted: NamespaceAccount = {
    ...before,
    succeeded: before.succeeded + (end.succeeded ? 1 : 0),
    failed: before.failed + (end.succeeded ? 0 : 1),
  };
  const inDeployment =
    object.deployment === undefined
      ? { account: counted, lines: alone(operation, end) }
      : settlePart(plan, counted, { operation, end, deployment: object.deployment });
  const { succeeded, failed } = inDeployment.account;
  if (succeeded + failed < plan.objects.length) return inDeployment;
  const text = `[NAMESPACE] Created ${succeeded} resources in ${namespace} (Success: ${succeeded}, Errors: ${failed})`;
  return { account: undefined, lines: [...inDeployment.lines, { level: 'info', text }] };
}

function settleNamespace(
  { objects }: StressPlan,
  before: NamespaceAccount,
  { namespace, end }: { namespace: string; end: OperationEnd },
): Settlement {
  const account = objects.length === 0 ? undefined : before;
  if (end.succeeded) return { account, lines: [] };
  const text = `[NAMESPACE] Failed to create namespace ${namespace}: ${end.message}`;
  return {
    account: account && { ...account, lost: `namespace ${namespace} was not created` },
    lines: [{ level: 'error', text }],
  };
}

function alone({ object, namespace }: StressOperation, end: OperationEnd): Settlement['lines'] {
  if (end.succeeded) return [];
  const word = object.kind.split(' ').at(-1)?.toUpperCase() ?? '';
  const text = `[${word}] Failed to create ${object.kind} ${object.name} in ${namespace}: ${end.message}`;
  return [{ level: 'error', text }];
}

interface EndedPart {
  readonly operation: StressOperation;
  readonly end: OperationEnd;
  readonly deployment: string;
}

function settlePart(
  { objects }: StressPlan,
  account: NamespaceAccount,
  { operation: { object, namespace }, end, deployment }: EndedPart,
): { account: NamespaceAccount; lines: Settlement['lines'] } {
  const { [deployment]: begun = { ended: 0 }, ...others } = account.deployments;
  const ended = begun.ended + 1;
  const failure =
    begun.failure ??
    (end.succeeded ? undefined : `failed to create ${object.kind} ${object.name}: ${end.message}`);
  if (ended < objects.filter((part) => part.deployment === deployment).length) {
    const open = { ended, ...(failure !== undefined && { failure }) };
    return { account: { ...account, deployments: { ...others, [deployment]: open } }, lines: [] };
  }
  return {
    account: { ...account, deployments: others },
    lines: [
      failure === undefined
        ? { level: 'info', text: `[DEPLOYMENT] Created deployment ${deployment} in ${namespace}` }
        : { level: 'error', text: `[DEPLOYMENT] Failed to create deployment ${deployment}: ${failure}` },
    ],
  };
}
