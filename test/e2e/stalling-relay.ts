import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';

/** A way to a server that can fall silent in the middle of an answer, or at a request. */
export interface StallingRelay {
  readonly port: number;
  /** Falls silent when this many bytes more have come from the server. */
  stallAfter(bytes: number): void;
  /** Does not pass on the next request that holds this text, nor what follows on its connection. */
  stallAt(text: string): void;
  isStalled(): boolean;
  /** Passes on what was held back, and all that follows. */
  goOn(): void;
  stop(): Promise<void>;
}

/** @param target URL of the server */
export async function startStallingRelay(target: string): Promise<StallingRelay> {
  const { hostname, port } = new URL(target);
  let bytesLeft = Number.POSITIVE_INFINITY;
  let request: string | undefined;
  const waiting = new Set<() => void>();
  const sockets = new Set<Socket>();
  const server = createServer((client) => {
    const upstream = connect(Number(port), hostname);
    client.on('data', (chunk) => {
      if (request !== undefined && chunk.includes(request)) {
        bytesLeft = 0;
        client.pause();
        waiting.add(() => {
          upstream.write(chunk);
          client.resume();
        });
        return;
      }
      upstream.write(chunk);
    });
    client.on('end', () => upstream.end());
    upstream.on('data', (chunk) => {
      bytesLeft -= chunk.length;
      client.write(chunk);
      if (bytesLeft > 0) return;
      upstream.pause();
      waiting.add(() => upstream.resume());
    });
    upstream.on('end', () => client.end());
    for (const [socket, other] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      socket.on('error', () => other.destroy()); // `close` follows
      socket.on('close', () => {
        sockets.delete(socket);
        other.destroy();
      });
      sockets.add(socket);
    }
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('a loopback server has a port');
  return {
    port: address.port,
    stallAfter: (bytes) => {
      bytesLeft = bytes;
    },
    stallAt: (text) => {
      request = text;
    },
    isStalled: () => bytesLeft <= 0,
    goOn: () => {
      bytesLeft = Number.POSITIVE_INFINITY;
      request = undefined;
      for (const resume of waiting) resume();
      waiting.clear();
    },
    stop: async () => {
      const closed = once(server, 'close');
      server.close();
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}
