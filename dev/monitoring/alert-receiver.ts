import { createServer, type IncomingMessage } from 'node:http';
import { z } from 'zod';
import { listenOnLoopback } from '../node-agent/loopback-server.js';

const Labels = z.record(z.string(), z.string());

/** What Alertmanager posts to a webhook (version 4). */
const WebhookNotification = z.object({
  receiver: z.string(),
  status: z.enum(['firing', 'resolved']),
  groupKey: z.string(),
  groupLabels: Labels,
  commonLabels: Labels,
  commonAnnotations: Labels,
  alerts: z.array(
    z.object({
      status: z.enum(['firing', 'resolved']),
      labels: Labels,
      annotations: Labels,
      startsAt: z.string(),
      endsAt: z.string(),
    }),
  ),
});
type WebhookNotification = z.infer<typeof WebhookNotification>;

export type ReceivedWebhook = WebhookNotification & Pick<ReceivedRequest, 'path' | 'atMs'>;

export interface ReceivedRequest {
  readonly atMs: number;
  /** Path of the URL, for example `/slack`. */
  readonly path: string;
  readonly headers: IncomingMessage['headers'];
  /** Parsed JSON. */
  readonly body: unknown;
}

/** Stands in for whoever is notified over HTTP: Slack, PagerDuty, a webhook. Takes every POST of JSON and keeps it. */
export interface AlertReceiver {
  readonly url: string;
  /** Everything that came, oldest first. */
  received(): readonly ReceivedRequest[];
  /** Those among it that are Alertmanager's own webhook notifications. */
  webhooks(): readonly ReceivedWebhook[];
  stop(): Promise<void>;
}

/** Starts it on a free loopback port; GET answers what came, for people. */
export async function startAlertReceiver(): Promise<AlertReceiver> {
  const received: ReceivedRequest[] = [];
  const take = async (request: IncomingMessage): Promise<void> => {
    const { headers, url: path = '/' } = request;
    received.push({ atMs: Date.now(), path, headers, body: await readJson(request) });
  };
  const server = createServer((request, response) => {
    if (request.method !== 'POST') {
      const shown = received.map(({ path, body }) => ({ path, body }));
      response
        .writeHead(200, { 'content-type': 'application/json' })
        .end(JSON.stringify(shown, undefined, 2));
      return;
    }
    take(request).then(
      () => response.writeHead(200, { 'content-type': 'application/json' }).end('{"status":"success"}'),
      (failure: unknown) => response.writeHead(400).end(String(failure)),
    );
  });
  const { port, stop } = await listenOnLoopback(server, 0);
  return {
    url: `http://127.0.0.1:${port}`,
    received: () => [...received],
    webhooks: () =>
      received.flatMap(({ path, atMs, body }) => {
        const { success, data } = WebhookNotification.safeParse(body);
        return success ? [{ ...data, path, atMs }] : [];
      }),
    stop,
  };
}

async function readJson(request: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(Buffer.from(chunk));
  return JSON.parse(Buffer.concat(chunks).toString('utf8'));
}
