import { readFile } from 'node:fs/promises';
import { z } from 'zod';

const AuditLine = z.object({
  verb: z.string(),
  user: z.object({ username: z.string() }),
  objectRef: z
    .object({
      resource: z.string().default(''),
      subresource: z.string().default(''),
      name: z.string().default(''),
    })
    .optional(),
  responseStatus: z.object({ code: z.number().optional() }).optional(),
  requestReceivedTimestamp: z.string(),
  stageTimestamp: z.string(),
});

/** One write request to the API server, refused ones included. Times are epoch milliseconds with their fraction. */
export interface ApiWrite {
  readonly user: string;
  readonly verb: string;
  /** With its subresource, for example `jobs/status`. */
  readonly resource: string;
  readonly name: string;
  /** HTTP status of the answer. */
  readonly code: number;
  readonly receivedMs: number;
  readonly answeredMs: number;
}

/** All write requests so far in the order of their answers. */
export async function readWrites(auditLog: string): Promise<ApiWrite[]> {
  const text = await readFile(auditLog, 'utf8');
  return text
    .split('\n')
    .slice(0, -1) // the last line may be half written
    .map((line) => AuditLine.parse(JSON.parse(line)))
    .map(({ verb, user, objectRef, responseStatus, requestReceivedTimestamp, stageTimestamp }) => ({
      user: user.username,
      verb,
      resource: [objectRef?.resource, objectRef?.subresource].filter(Boolean).join('/'),
      name: objectRef?.name ?? '',
      code: responseStatus?.code ?? 0,
      receivedMs: parseMicroTime(requestReceivedTimestamp),
      answeredMs: parseMicroTime(stageTimestamp),
    }));
}

/** How many write requests of one user there are so far. */
export async function countWritesOf(user: string, auditLog: string): Promise<number> {
  const writes = await readWrites(auditLog);
  return writes.filter((write) => write.user === user).length;
}

export function succeeded({ code }: ApiWrite): boolean {
  return code >= 200 && code < 300;
}

/** `Date.parse` cuts to milliseconds. */
function parseMicroTime(text: string): number {
  const micros = /\.\d{3}(\d{3})Z$/.exec(text)?.[1] ?? '0';
  return Date.parse(text) + Number(micros) / 1_000;
}
