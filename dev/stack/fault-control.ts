import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { z } from 'zod';
import type { ClusterFaults } from '../faults/cluster-faults.js';
import { listenOnLoopback } from '../node-agent/loopback-server.js';

/** What `npm run stack -- fault` can do to a running stack. */
export const FAULTS = [
  'freeze-etcd',
  'thaw-etcd',
  'kill-api-server',
  'start-api-server',
  'fill-etcd-quota',
  'mend-etcd-quota',
] as const;
export type FaultName = (typeof FAULTS)[number];

export const faultRequest = z.strictObject({
  fault: z.enum(FAULTS),
  /** Of `freeze-etcd`: thaw again after this long, milliseconds. Default: only when asked. */
  forMs: z.number().positive().optional(),
});
export type FaultRequest = z.infer<typeof faultRequest>;

/**
 * Faults on demand, on loopback, for as long as this process runs: POST of a `FaultRequest`. 204 when it has been done,
 * 400 with the reason when it could not. `done` is called after each that was done, before the answer.
 * @returns the URL
 */
export async function serveFaults(faults: ClusterFaults, done: () => Promise<void>): Promise<string> {
  const carryOut = createFaultDesk(faults);
  const serve = async (request: IncomingMessage): Promise<void> => {
    await carryOut(await readRequest(request));
    await done();
  };
  const server = createServer((request, response) => {
    serve(request).then(
      () => answer(response, 204, ''),
      (failure: unknown) =>
        answer(response, 400, failure instanceof Error ? failure.message : String(failure)),
    );
  });
  server.requestTimeout = 0; // an API server takes its time to start
  const { port } = await listenOnLoopback(server, 0);
  return `http://127.0.0.1:${port}`;
}

function answer(response: ServerResponse, statusCode: number, message: string): void {
  response.writeHead(statusCode, { 'content-type': 'text/plain' });
  response.end(message);
}

async function readRequest(request: IncomingMessage): Promise<FaultRequest> {
  // A web page can send JSON to another origin only after asking, and nobody answers that question here.
  if (request.method !== 'POST' || request.headers['content-type'] !== 'application/json')
    throw new Error('POST application/json');
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(Buffer.from(chunk));
  return faultRequest.parse(JSON.parse(Buffer.concat(chunks).toString('utf8')));
}

function createFaultDesk(faults: ClusterFaults): (request: FaultRequest) => Promise<void> {
  let thawing: NodeJS.Timeout | undefined;
  const thaw = () => {
    clearTimeout(thawing);
    faults.thawEtcd();
  };
  const actions: Readonly<Record<FaultName, (forMs?: number) => Promise<void>>> = {
    'freeze-etcd': async (forMs) => {
      clearTimeout(thawing);
      await faults.freezeEtcd();
      if (forMs !== undefined) thawing = setTimeout(thaw, forMs);
    },
    'thaw-etcd': () => Promise.resolve(thaw()),
    'kill-api-server': faults.killApiServer,
    'start-api-server': faults.startApiServer,
    'fill-etcd-quota': faults.fillEtcdQuota,
    'mend-etcd-quota': faults.mendEtcdQuota,
  };
  return ({ fault, forMs }) => actions[fault](forMs);
}
