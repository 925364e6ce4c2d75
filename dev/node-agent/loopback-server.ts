import { once } from 'node:events';
import type { Server } from 'node:http';
import type { Server as TlsServer } from 'node:https';

export interface LoopbackServer {
  port: number;
  /** Ends it together with the connections that are open. */
  stop(): Promise<void>;
}

/** Starts listening on 127.0.0.1; port 0 takes a free one. @throws when the port is taken. */
export async function listenOnLoopback(server: Server | TlsServer, port: number): Promise<LoopbackServer> {
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('a loopback server has a port');
  return {
    port: address.port,
    stop: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}
