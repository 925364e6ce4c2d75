import { Option, type Command } from 'commander';
import type { GateAction, GatePolicy } from '../../domain/replication/gate-policy.js';

const ACTIONS: readonly GateAction[] = ['fail', 'wait', 'proceed'];

/** As commander gives them. */
export interface GatePolicyOptions {
  readonly onMismatch?: GateAction;
  readonly onTimeout?: GateAction;
  readonly onPartial?: GateAction;
}

export function withGatePolicy(command: Command): Command {
  const option = (flag: string, text: string): Option =>
    new Option(`${flag} <action>`, text).choices(ACTIONS);
  return command
    .addOption(option('--on-mismatch', 'where the CompactBackup compacts another place, else fail'))
    .addOption(option('--on-timeout', 'where it has not appeared within waitTimeout, else fail'))
    .addOption(option('--on-partial', 'where it failed, as a whole or in part, else proceed'));
}

/** `undefined` where no flag says anything: the annotation on the Restore and the defaults hold. */
export function gatePolicyFrom({
  onMismatch,
  onTimeout,
  onPartial,
}: GatePolicyOptions): Partial<GatePolicy> | undefined {
  const policy = {
    ...(onMismatch !== undefined && { mismatch: onMismatch }),
    ...(onTimeout !== undefined && { timeout: onTimeout }),
    ...(onPartial !== undefined && { partial: onPartial }),
  };
  return Object.keys(policy).length === 0 ? undefined : policy;
}
