import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';

/** A way to a server that can fall silent in the middle of an answer. */
export interface StallingRelay {
  readonly port: number;
  /** Falls silent when this many bytes more have come from the server. */
  stallAfter(bytes: number): void;
  isStalled(): boolean;
  /** Passes on what was held back, and all that follows. */
  goOn(): void;
  stop(): Promise<void>;
}

/** @param target URL of the server */
export async function startStallingRelay(target: string): Promise<StallingRelay> {
  const { hostname, port } = new URL(target);
  let bytesLeft = Number.POSITIVE_INFINITY;
  const waiting = new Set<() => void>();
  const sockets = new Set<Socket>();
  const server = createServer((client) => {
    const upstream = connect(Number(port), hostname);
    client.pipe(upstream);
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
    isStalled: () => bytesLeft <= 0,
    goOn: () => {
      bytesLeft = Number.POSITIVE_INFINITY;
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
