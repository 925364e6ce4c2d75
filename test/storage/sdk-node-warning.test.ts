import { expect, test } from 'vitest';
import { nodeWarning, silenceNodeWarning } from '../../src/storage/sdk-node-warning.js';

test.each([
  ['v20.20.2', 'Node.js v20.20.2: releases of the AWS SDK after January 2027 need Node.js 22'],
  ['v22.0.0', undefined],
  ['v24.1.0', undefined],
])('the log of a worker on %s says %j', (version, line) => {
  expect(nodeWarning(version)).toBe(line);
});

test('whoever wants the warning of the SDK keeps it', () => {
  const environment = { AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'false' };
  silenceNodeWarning(environment);
  expect(environment.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED).toBe('false');
});
