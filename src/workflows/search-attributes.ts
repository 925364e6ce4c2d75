import { defineSearchAttributeKey } from '@temporalio/common';

/**
 * The search attributes of the product. They must be registered before a workflow upserts one, or its task fails for
 * ever: `holdfast doctor --fix`, the local stack and the worker's start see to it.
 */
export const CLUSTER = defineSearchAttributeKey('HoldfastCluster', 'KEYWORD');
export const NAMESPACE = defineSearchAttributeKey('HoldfastNamespace', 'KEYWORD');
export const RESOURCE = defineSearchAttributeKey('HoldfastResource', 'KEYWORD');
export const PHASE = defineSearchAttributeKey('HoldfastPhase', 'KEYWORD');
export const VERDICT = defineSearchAttributeKey('HoldfastVerdict', 'KEYWORD');
export const PLAN = defineSearchAttributeKey('HoldfastPlan', 'KEYWORD');
export const RETRY_NUM = defineSearchAttributeKey('HoldfastRetryNum', 'INT');
export const NEXT_ACTION_AT = defineSearchAttributeKey('HoldfastNextActionAt', 'DATETIME');

export const ALL_SEARCH_ATTRIBUTES = [
  CLUSTER,
  NAMESPACE,
  RESOURCE,
  PHASE,
  VERDICT,
  PLAN,
  RETRY_NUM,
  NEXT_ACTION_AT,
] as const;
