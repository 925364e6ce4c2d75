import { createServer, type Server } from 'node:http';
import { request } from 'undici';
import { Registry } from 'prom-client';

export interface EndpointOptions {
  readonly host: string;
  readonly port: number;
  /** What to serve now, beside the SDK's own. */
  readonly registries: () => readonly Registry[];
  /** Where the Temporal SDK serves its own metrics. */
  readonly sdkMetricsUrl: string;
  /** What is not ready yet, by name; empty when ready. */
  readonly notReady: () => Promise<readonly string[]>;
}

export interface Endpoints {
  readonly port: number;
  close(): Promise<void>;
}

/** `/healthz` (the process runs), `/readyz` (it can do its work) and `/metrics` on one port. */
export async function serveEndpoints(options: EndpointOptions): Promise<Endpoints> {
  const server = createServer((incoming, outgoing) => {
    void answer(options, incoming.url ?? '/').then(({ status, type, body }) => {
      outgoing.writeHead(status, { 'content-type': type }).end(body);
    });
  });
  await listening(server, options);
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : options.port;
  return {
    port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

interface Answer {
  readonly status: number;
  readonly type: string;
  readonly body: string;
}

const text = (status: number, body: string): Answer => ({ status, type: 'text/plain; charset=utf-8', body });

async function answer(options: EndpointOptions, url: string): Promise<Answer> {
  try {
    switch (url.split('?')[0]) {
      case '/healthz':
        return text(200, 'ok\n');
      case '/readyz': {
        const missing = await options.notReady();
        return missing.length === 0 ? text(200, 'ok\n') : text(503, `not ready: ${missing.join('; ')}\n`);
      }
      case '/metrics': {
        const own = options.registries().map((registry) => registry.metrics());
        const parts = await Promise.all([...own, sdkMetrics(options.sdkMetricsUrl)]);
        return { status: 200, type: Registry.PROMETHEUS_CONTENT_TYPE, body: parts.join('\n') };
      }
      default:
        return text(404, 'there are /healthz, /readyz and /metrics\n');
    }
  } catch (failure) {
    return text(500, `${failure instanceof Error ? failure.message : String(failure)}\n`);
  }
}

/** The SDK's endpoint goes away with its last connection: then our own metrics still have to be served. */
async function sdkMetrics(url: string): Promise<string> {
  try {
    const { body } = await request(url, { signal: AbortSignal.timeout(2_000) });
    return await body.text();
  } catch (failure) {
    return `# the Temporal SDK serves no metrics now: ${failure instanceof Error ? failure.message : String(failure)}\n`;
  }
}

function listening(server: Server, { host, port }: { host: string; port: number }): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      server.off('error', reject);
      resolve();
    });
  });
}
