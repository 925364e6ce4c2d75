import { z } from 'zod';
import { parseLabelSelector, type Labels, type LabelSelector } from '../domain/kubernetes/label-selector.js';
import { MANAGED_LABEL } from '../domain/labels.js';
import { FROM_CACHE, type KubernetesApi } from './api.js';
import { ApiFailure } from './api-failure.js';
import { DEPLOYMENTS } from './resources.js';

const PROGRAM = 'tidb-controller-manager';
const Container = z.object({
  command: z.array(z.string()).nullish(),
  args: z.array(z.string()).nullish(),
});
const Pod = z.object({ spec: z.object({ containers: z.array(Container) }) });
const DeploymentList = z.object({
  items: z.array(z.object({ spec: z.object({ template: Pod }) })),
});

/**
 * `-selector` of each TiDB Operator that a Deployment of the namespace runs: empty where it has none. One `undefined`
 * where no such Deployment can be seen, because there is none or these credentials may not.
 */
export async function listOperatorSelectors(
  api: KubernetesApi,
  namespace: string,
): Promise<(string | undefined)[]> {
  try {
    const { items } = DeploymentList.parse(await api.list(DEPLOYMENTS, { namespace, ...FROM_CACHE }));
    const commands = items
      .flatMap(({ spec }) => spec.template.spec.containers)
      .map(({ command, args }) => [...(command ?? []), ...(args ?? [])])
      .filter((words) => words.some((word) => word.includes(PROGRAM)));
    return commands.length === 0 ? [undefined] : commands.map(selectorFlag);
  } catch (failure) {
    if (failure instanceof ApiFailure && failure.status === 403) return [undefined];
    throw failure;
  }
}

/** Go's flags: one dash or two, the value after `=` or in the next word, the last one wins. */
function selectorFlag(words: readonly string[]): string {
  let selector = '';
  for (const [index, word] of words.entries()) {
    const [, value] = /^--?selector(?:=(.*))?$/s.exec(word) ?? [];
    if (value !== undefined) selector = value;
    else if (/^--?selector$/.test(word)) selector = words[index + 1] ?? '';
  }
  return selector;
}

/** What operators with these selectors hide: what none of them selects. */
export function viewThrough(
  selectors: readonly (string | undefined)[],
): (labels: Labels | undefined) => boolean {
  const seenBy = selectors.map(asSelector);
  return (labels = {}) => !seenBy.some((selects) => selects(labels));
}

/** An unknown selector is taken to be the one our documentation asks for; one that cannot be read hides nothing. */
function asSelector(selector: string | undefined): LabelSelector {
  if (selector === undefined) return (labels) => labels[MANAGED_LABEL] !== 'true';
  return parseLabelSelector(selector) ?? (() => true);
}
