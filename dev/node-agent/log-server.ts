import { open, type FileHandle } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:https';
import { setTimeout as sleep } from 'node:timers/promises';
import { generate } from 'selfsigned';
import { listenOnLoopback, type LoopbackServer } from './loopback-server.js';
import type { ContainerLog } from './pod-host.js';

const FOLLOW_INTERVAL_MS = 100;
const CHUNK_BYTES = 64 * 1024;

/** Finds the log of a container; undefined where there is no such pod or container. */
export type FindLog = (target: {
  namespace: string;
  pod: string;
  container: string;
}) => ContainerLog | undefined;

/**
 * The part of a kubelet's API that `kubectl logs` needs, on a free loopback port: GET
 * /containerLogs/<namespace>/<pod>/<container> with follow, tailLines, limitBytes and previous. The certificate is
 * made here and signs itself; an API server without --kubelet-certificate-authority does not check it.
 */
export async function startLogServer(findLog: FindLog): Promise<LoopbackServer> {
  const pem = await generate([{ name: 'commonName', value: 'holdfast-node-agent' }], { keyType: 'ec' });
  const server = createServer({ key: pem.private, cert: pem.cert }, (request, response) => {
    answer(findLog, request, response).catch((failure: unknown) => {
      // The reader left, or the log vanished with its pod: there is nobody to tell.
      response.destroy(failure instanceof Error ? failure : undefined);
    });
  });
  return await listenOnLoopback(server, 0);
}

async function answer(findLog: FindLog, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const url = new URL(request.url ?? '/', 'https://node-agent');
  const [, root, namespace, pod, container] = url.pathname.split('/').map(decodeURIComponent);
  if (request.method !== 'GET' || root !== 'containerLogs' || !namespace || !pod || !container) {
    return refuse(response, 404, 'the node agent serves /containerLogs/<namespace>/<pod>/<container> only');
  }
  const log = findLog({ namespace, pod, container });
  if (log === undefined)
    return refuse(response, 404, `no container "${container}" of pod "${namespace}/${pod}" here`);
  if (log.kind === 'text') {
    response.setHeader('content-type', 'text/plain');
    response.end(log.text);
    return;
  }
  await sendFile({
    log,
    options: url.searchParams,
    response,
    what: `container "${container}" in pod "${pod}"`,
  });
}

function refuse(response: ServerResponse, statusCode: number, message: string): void {
  response.writeHead(statusCode, { 'content-type': 'text/plain' });
  response.end(`${message}\n`);
}

interface FileAnswer {
  log: Extract<ContainerLog, { kind: 'file' }>;
  options: URLSearchParams;
  response: ServerResponse;
  what: string;
}

async function sendFile({ log, options, response, what }: FileAnswer): Promise<void> {
  const previous = options.get('previous') === 'true';
  const file = await openIfThere(previous ? log.previousFile : log.file);
  if (file === undefined) {
    if (previous) return refuse(response, 400, `previous terminated ${what} not found`);
    return refuse(
      response,
      400,
      `${what} is waiting to start: ${log.waitingReason() ?? 'ContainerCreating'}`,
    );
  }
  try {
    response.writeHead(200, { 'content-type': 'text/plain' });
    const tailLines = options.get('tailLines');
    let limitBytes = Number(options.get('limitBytes') ?? Number.POSITIVE_INFINITY);
    let position = tailLines === null ? 0 : await tailStart(file, Number(tailLines));
    const follows = options.get('follow') === 'true' && !previous;
    for (;;) {
      // Asked before reading: what is written before the end is then read below.
      const mayGrow = follows && log.mayGrow();
      const sent = await sendFrom({ file, position, limitBytes, response });
      position += sent;
      limitBytes -= sent;
      if (!mayGrow || limitBytes <= 0 || response.destroyed) break;
      await sleep(FOLLOW_INTERVAL_MS);
    }
    response.end();
  } finally {
    await file.close();
  }
}

async function openIfThere(path: string): Promise<FileHandle | undefined> {
  try {
    return await open(path, 'r');
  } catch (failure) {
    if (failure instanceof Error && 'code' in failure && failure.code === 'ENOENT') return undefined;
    throw failure;
  }
}

/** Where the last `lines` lines begin. */
async function tailStart(file: FileHandle, lines: number): Promise<number> {
  const { size } = await file.stat();
  if (lines <= 0) return size;
  let found = 0;
  for (let end = size; end > 0; end -= CHUNK_BYTES) {
    const start = Math.max(0, end - CHUNK_BYTES);
    const { buffer } = await file.read(Buffer.alloc(end - start), 0, end - start, start);
    for (let at = buffer.length - 1; at >= 0; at -= 1) {
      // The newline at the very end closes the last line; it begins none.
      if (buffer[at] !== 0x0a || start + at === size - 1) continue;
      found += 1;
      if (found === lines) return start + at + 1;
    }
  }
  return 0;
}

interface Piece {
  file: FileHandle;
  position: number;
  limitBytes: number;
  response: ServerResponse;
}

/** Sends what the file has from a position on; returns how many bytes that were. */
async function sendFrom({ file, position, limitBytes, response }: Piece): Promise<number> {
  let sent = 0;
  while (sent < limitBytes && !response.destroyed) {
    const wanted = Math.min(CHUNK_BYTES, limitBytes - sent);
    const { bytesRead, buffer } = await file.read(Buffer.alloc(wanted), 0, wanted, position + sent);
    if (bytesRead === 0) break;
    sent += bytesRead;
    const flushed = response.write(buffer.subarray(0, bytesRead));
    if (!flushed) await new Promise((resolve) => response.once('drain', resolve).once('close', resolve));
  }
  return sent;
}
