import { readFile } from 'node:fs/promises';
import { z } from 'zod';

const AuditLine = z.object({
  verb: z.string(),
  user: z.object({ username: z.string() }),
  objectRef: z
    .object({
      resource: z.string().optional(),
      namespace: z.string().optional(),
      name: z.string().optional(),
    })
    .optional(),
  responseStatus: z.object({ code: z.number().optional() }).optional(),
  requestReceivedTimestamp: z.string(),
});

/** One write request to the API server. */
export interface AuditedWrite {
  readonly verb: string;
  readonly resource: string;
  /** Empty for what is in none. */
  readonly namespace: string;
  readonly name: string;
  /** What the API server answered. */
  readonly code: number;
  /** When it came in, epoch milliseconds. */
  readonly atMs: number;
}

/** The write requests of one user so far, refused ones included, oldest first. */
export async function writesOf(auditLog: string, user: string): Promise<AuditedWrite[]> {
  const text = await readFile(auditLog, 'utf8');
  return text
    .split('\n')
    .slice(0, -1) // the last line may be half written
    .map((line) => AuditLine.parse(JSON.parse(line)))
    .filter((line) => line.user.username === user)
    .map(({ verb, objectRef, responseStatus, requestReceivedTimestamp }) => ({
      verb,
      resource: objectRef?.resource ?? '',
      namespace: objectRef?.namespace ?? '',
      name: objectRef?.name ?? '',
      code: responseStatus?.code ?? 0,
      atMs: Date.parse(requestReceivedTimestamp),
    }));
}
