import { expect, test } from 'vitest';
import { webUiLink } from '../../src/cli/web-ui-link.js';

const run = { workflowId: 'backup/prod/orders/0b7c1f5e', runId: 'run-1' };

test('slashes in a workflow id do not become folders of the link', () => {
  expect(webUiLink(run, { temporalUi: 'http://127.0.0.1:8233', namespace: 'default' })).toBe(
    'http://127.0.0.1:8233/namespaces/default/workflows/backup%2Fprod%2Forders%2F0b7c1f5e/run-1/history',
  );
});

test('there is no link where nothing says where the Web UI is', () => {
  expect(webUiLink(run, { temporalUi: undefined, namespace: 'default' })).toBeUndefined();
});
