import { Agent, fetch } from 'undici';
import type { KeyCertificate } from './certificates.js';

/** GET requests to the API server with a client certificate: all that waiting for readiness needs. */
export interface ApiServerClient {
  /** The HTTP status of a GET. Rejects while nothing listens. */
  status(path: string): Promise<number>;
}

export function createApiServerClient(options: {
  url: string;
  authorityCertificate: string;
  client: KeyCertificate;
}): ApiServerClient {
  const agent = new Agent({
    connect: {
      ca: options.authorityCertificate,
      cert: options.client.certificate,
      key: options.client.privateKey,
    },
  });
  return {
    status: async (path) => {
      const response = await fetch(new URL(path, options.url), {
        dispatcher: agent,
        signal: AbortSignal.timeout(5_000),
      });
      await response.arrayBuffer(); // frees the connection
      return response.status;
    },
  };
}
