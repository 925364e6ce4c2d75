import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { z } from 'zod';
import { listenOnLoopback, type LoopbackServer } from './loopback-server.js';
import { failureText } from './pod-host.js';

const PodTarget = z.strictObject({ namespace: z.string(), pod: z.string() });
const NodeLost = z.strictObject({ lost: z.boolean() });
const HangTermination = z.strictObject({ ...PodTarget.shape, hang: z.boolean().default(true) });

/** What can be asked of the agent. */
export interface FaultControl {
  /** Kills the first running container of a pod as if memory had run out. False when the pod has no process here. */
  oomKill(target: { namespace: string; pod: string }): boolean;
  /** The node plays dead, or is well again. */
  nodeLost(lost: boolean): Promise<void>;
  /** The pod ignores deletions until it is released with `hang: false`. */
  hangTermination(target: { namespace: string; pod: string; hang: boolean }): void;
}

/**
 * Faults on demand over HTTP, on loopback: POST /faults/oom-kill {namespace, pod}, /faults/node-lost {lost},
 * /faults/hang-termination {namespace, pod, hang = true}. 204 when done, 400 for a wrong body, 404 for no such thing.
 */
export async function startControlApi(control: FaultControl, port: number): Promise<LoopbackServer> {
  const server = createServer((request, response) => {
    answer(control, request).then(
      ({ statusCode, message }) => send(response, statusCode, message),
      (failure: unknown) => send(response, 400, failureText(failure)),
    );
  });
  return await listenOnLoopback(server, port);
}

function send(response: ServerResponse, statusCode: number, message: string): void {
  response.writeHead(statusCode, { 'content-type': 'text/plain' });
  response.end(message);
}

interface Answer {
  statusCode: number;
  message: string;
}

const done: Answer = { statusCode: 204, message: '' };

async function answer(control: FaultControl, request: IncomingMessage): Promise<Answer> {
  if (request.method !== 'POST') return { statusCode: 404, message: 'POST /faults/…' };
  // A web page can send JSON to another origin only after asking, and nobody answers that question here.
  if (request.headers['content-type'] !== 'application/json') {
    return { statusCode: 400, message: 'content-type must be application/json' };
  }
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(Buffer.from(chunk));
  const body: unknown = JSON.parse(Buffer.concat(chunks).toString('utf8'));
  switch (request.url) {
    case '/faults/oom-kill':
      return control.oomKill(PodTarget.parse(body))
        ? done
        : { statusCode: 404, message: 'no process of that pod runs here' };
    case '/faults/node-lost':
      await control.nodeLost(NodeLost.parse(body).lost);
      return done;
    case '/faults/hang-termination':
      control.hangTermination(HangTermination.parse(body));
      return done;
    default:
      return { statusCode: 404, message: `no such fault: ${request.url}` };
  }
}
