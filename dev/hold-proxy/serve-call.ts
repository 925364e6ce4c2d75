import type { IncomingMessage, ServerResponse } from 'node:http';
import { pipeline } from 'node:stream/promises';
import { setTimeout as delay } from 'node:timers/promises';
import type { Dispatcher, Pool } from 'undici';
import type { KubeIdentity } from '../node-agent/kube-identity.js';
import type { HeldCall, Holds, PendingHold } from './holds.js';
import type { Injections } from './injections.js';
import { refuse } from './refusal.js';

export interface ProxiedCall {
  method: string;
  /** With its query. */
  path: string;
  /** Undefined where the API server was not asked, or did not answer, or a reset took its answer. */
  status: number | undefined;
  /** When the call came in, milliseconds of the epoch. */
  atMs: number;
  /** Whether its client still waits. */
  open: boolean;
}

/** One call of a client, on its way. */
export interface Exchange {
  request: IncomingMessage;
  response: ServerResponse;
  upstream: Pool;
  identity: KubeIdentity;
  holds: Holds;
  injections: Injections;
  call: ProxiedCall;
}

/** @throws where the API server gives no answer */
export async function serveCall(exchange: Exchange): Promise<void> {
  const { request, holds, injections, call } = exchange;
  const body = await readBody(request);
  const seen = { method: call.method, path: call.path, body: body.toString('utf8') };
  const hold = holds.take(seen);
  if (hold?.match.when === 'before') {
    hold.caught(seen);
    if (!(await mayGoOn(hold, exchange.response))) return;
  }
  if (hold?.match.when === 'after') return serveHeldAfter({ exchange, body, hold, seen });
  const fault = hold === undefined ? injections.take(call) : undefined;
  if (fault?.kind === 'latency') await delay(fault.ms);
  if (exchange.response.destroyed) return;
  if (fault?.kind === 'refusal') {
    call.status = fault.status;
    refuse(exchange.response, fault);
  } else if (fault?.kind === 'reset') await reset({ exchange, body, when: fault.when });
  else await pass(exchange, body);
}

/** The whole answer is fetched first, even when the client dies before: what is held, or lost, has happened. */
async function carriedOut(
  exchange: Exchange,
  body: Buffer,
): Promise<Dispatcher.ResponseData & { text: Uint8Array }> {
  const answer = await forward(exchange, body);
  exchange.call.status = answer.statusCode;
  return { ...answer, text: await answer.body.bytes() };
}

interface HeldExchange {
  exchange: Exchange;
  body: Buffer;
  hold: PendingHold;
  seen: HeldCall;
}

async function serveHeldAfter({ exchange, body, hold, seen }: HeldExchange): Promise<void> {
  const { response } = exchange;
  const answer = await carriedOut(exchange, body);
  hold.caught(seen);
  if (!(await mayGoOn(hold, response))) return;
  response.writeHead(answer.statusCode, withoutHopByHop(answer.headers));
  response.end(answer.text);
}

async function reset({
  exchange,
  body,
  when,
}: {
  exchange: Exchange;
  body: Buffer;
  when: 'before' | 'after';
}): Promise<void> {
  if (when === 'after') await carriedOut(exchange, body);
  exchange.call.status = undefined;
  exchange.request.socket.resetAndDestroy();
}

async function pass(exchange: Exchange, body: Buffer): Promise<void> {
  const { response, call } = exchange;
  const clientGone = new AbortController();
  response.once('close', () => clientGone.abort());
  const answer = await forward(exchange, body, clientGone.signal);
  call.status = answer.statusCode;
  response.writeHead(answer.statusCode, withoutHopByHop(answer.headers));
  response.flushHeaders();
  await pipeline(answer.body, response);
}

async function readBody(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(Buffer.from(chunk));
  return Buffer.concat(chunks);
}

/** False when the call ends here; a client that is gone by now cannot be asked for anything, nor answered. */
async function mayGoOn(hold: PendingHold, response: ServerResponse): Promise<boolean> {
  const verdict = await hold.verdict;
  if (verdict === 'release' && !response.destroyed) return true;
  response.destroy();
  return false;
}

function forward({ request, upstream, identity, call }: Exchange, body: Buffer, signal?: AbortSignal) {
  // The identity is the proxy's, whoever calls.
  const own = {
    host: undefined,
    authorization: identity.token === undefined ? undefined : `Bearer ${identity.token}`,
  };
  return upstream.request({
    // `undici` knows the methods as a closed list; the wire knows any word.
    method: methodOf(call.method),
    path: call.path,
    headers: withoutHopByHop({ ...request.headers, ...own }),
    body: body.length > 0 ? body : null,
    ...(signal !== undefined && { signal }),
  });
}

const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'] as const;

function methodOf(text: string): Dispatcher.HttpMethod {
  const known = METHODS.find((method) => method === text);
  if (known === undefined) throw new Error(`the proxy does not know the method ${text}`);
  return known;
}

const HOP_BY_HOP = new Set([
  'connection',
  'keep-alive',
  'transfer-encoding',
  'upgrade',
  'te',
  'trailer',
  'expect',
  'content-length',
]);

type Headers = Readonly<Record<string, string | string[] | undefined>>;

function withoutHopByHop(headers: Headers): Record<string, string | string[]> {
  const kept = Object.entries(headers).filter(([name]) => !HOP_BY_HOP.has(name));
  return Object.fromEntries(kept.flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])));
}
