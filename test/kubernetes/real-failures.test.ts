import { readdir, readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { startScriptedServer } from '../../dev/scripted-server/start-scripted-server.js';
import { ApiFailure, type ApiFailureCause } from '../../src/kubernetes/api-failure.js';
import { BACKUPS } from '../../src/kubernetes/resources.js';

const FOLDER = fileURLToPath(new URL('./api-failures/', import.meta.url));

/** What real servers said under each fault; recorded-failures.test.ts has recorded it. */
const Recording = z.union([
  z.object({
    fault: z.string(),
    status: z.number(),
    headers: z.record(z.string(), z.string()),
    body: z.unknown(),
  }),
  z.object({ fault: z.string(), error: z.object({ code: z.string(), message: z.string() }) }),
]);
type Recording = z.infer<typeof Recording>;

/** Every recording has to stand here: a new one without a word of what it deserves fails. */
const EXPECTED: Readonly<Record<string, ApiFailureCause>> = {
  'api-server-gone': 'ConnectionFailed',
  'api-server-killed': 'ConnectionFailed',
  'api-server-killed-mid-answer': 'ConnectionFailed',
  'etcd-frozen-allocation': 'Backend',
  'etcd-frozen-deadline': 'GatewayTimeout',
  'etcd-frozen-request-timeout': 'GatewayTimeout',
  'etcd-frozen-timed-out': 'Backend',
  'etcd-frozen-unavailable': 'Backend',
  'etcd-message-too-large': 'Refused',
  'etcd-quota-exhausted': 'Refused',
  'etcd-request-too-large': 'Refused',
  forbidden: 'Refused',
  'proxy-429': 'Throttled',
  'proxy-503': 'Unavailable',
  'request-too-large': 'Refused',
  'webhook-refused': 'Refused',
  'webhook-timed-out': 'Backend',
};

const names = (await readdir(FOLDER)).map((file) => file.replace(/\.json$/, '')).sort();

test('every recorded failure has its class', () => {
  expect(names).toEqual(Object.keys(EXPECTED).sort());
});

test.each(names)('%s is repeated only where that can help', async (name) => {
  const recording = Recording.parse(JSON.parse(await readFile(`${FOLDER}${name}.json`, 'utf8')));
  const failure = await failureOf(recording);
  expect(failure.causeOfFailure).toBe(EXPECTED[name]);
  expect(failure.retryable).toBe(EXPECTED[name] !== 'Refused');
  const asksForMore = 'headers' in recording && recording.headers['retry-after'] !== undefined;
  expect(failure.retryAfterMs).toBe(asksForMore ? 1_000 : undefined);
});

/** As our gateway reads the recorded answer; a socket's error as it stands. */
async function failureOf(recording: Recording): Promise<ApiFailure> {
  if ('error' in recording) {
    const { code, message } = recording.error;
    return new ApiFailure({ operation: 'list backups', reason: code, message });
  }
  const server = await startScriptedServer();
  try {
    server.answerWith((_request, response) =>
      response.writeHead(recording.status, recording.headers).end(JSON.stringify(recording.body)),
    );
    const failure: unknown = await server.api.list(BACKUPS).catch((reason: unknown) => reason);
    if (failure instanceof ApiFailure) return failure;
    throw new Error('the call succeeded');
  } finally {
    await server.stop();
  }
}
