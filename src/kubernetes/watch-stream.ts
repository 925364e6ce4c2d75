import type { Readable } from 'node:stream';
import { z } from 'zod';
import { ApiFailure } from './api-failure.js';

/** One line of a watch. `object` is not parsed further. */
export const WatchEvent = z.object({
  type: z.enum(['ADDED', 'MODIFIED', 'DELETED', 'BOOKMARK', 'ERROR']),
  object: z.looseObject({}),
});
export type WatchEvent = z.infer<typeof WatchEvent>;

const ErrorStatus = z.looseObject({
  code: z.number().optional(),
  reason: z.string().optional(),
  message: z.string().optional(),
});

/**
 * The events of one watch, until the server or the signal ends it.
 * @throws ApiFailure when the server says ERROR (410 Gone above all), or when the connection breaks.
 */
export async function* watchEvents(stream: Readable, operation: string): AsyncGenerator<WatchEvent> {
  try {
    for await (const line of lines(stream)) {
      const event = WatchEvent.parse(JSON.parse(line));
      if (event.type === 'ERROR') throw errorEvent(operation, event.object);
      yield event;
    }
  } catch (cause) {
    if (cause instanceof ApiFailure) throw cause;
    const message = cause instanceof Error ? cause.message : String(cause);
    // Whatever broke it, a new one goes on from the last whole event.
    throw new ApiFailure(
      { operation, reason: 'ECONNRESET', message: `the watch broke: ${message}` },
      { cause },
    );
  } finally {
    stream.destroy();
  }
}

/** `readline` would lose the stream's errors, and with them the end of a broken watch. */
async function* lines(stream: Readable): AsyncGenerator<string> {
  stream.setEncoding('utf8');
  let rest = '';
  for await (const chunk of stream) {
    const parts = (rest + String(chunk)).split('\n');
    rest = parts.pop() ?? '';
    yield* parts.filter((line) => line !== '');
  }
}

function errorEvent(operation: string, object: object): ApiFailure {
  const { code, reason, message } = ErrorStatus.parse(object);
  return new ApiFailure({
    operation,
    message: message ?? 'the watch ended with an error',
    ...(code !== undefined && { status: code }),
    ...(reason !== undefined && { reason }),
  });
}
