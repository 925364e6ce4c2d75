import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { z } from 'zod';
import { describeRight, eachRight, WORKER_RIGHTS } from '../../../src/cli/doctor/worker-rights.js';

const ClusterRole = z.object({
  kind: z.literal('ClusterRole'),
  rules: z.array(
    z.object({ apiGroups: z.array(z.string()), resources: z.array(z.string()), verbs: z.array(z.string()) }),
  ),
});

test('the doctor asks for exactly the rights that deploy/rbac/worker.yaml grants', async () => {
  const text = await readFile(new URL('../../../deploy/rbac/worker.yaml', import.meta.url), 'utf8');
  const roles = parseAllDocuments(text)
    .map((document) => ClusterRole.safeParse(document.toJS()).data)
    .filter((role) => role !== undefined);
  expect(roles).toHaveLength(1);
  const granted = roles
    .flatMap(({ rules }) => rules)
    .flatMap(({ apiGroups, ...rule }) => apiGroups.map((group) => ({ group, ...rule })));
  const sorted = (rights: typeof WORKER_RIGHTS) => eachRight(rights).map(describeRight).sort();
  expect(sorted(WORKER_RIGHTS)).toEqual(sorted(granted));
});
