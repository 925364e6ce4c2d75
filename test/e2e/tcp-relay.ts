import { createServer, connect, type Socket } from 'node:net';
import { once } from 'node:events';

/** A port that leads to a server, as long as it is open: a network that can be cut. */
export interface TcpRelay {
  open(): Promise<void>;
  /** Refuses new connections and cuts those that are there. */
  cut(): Promise<void>;
}

/** Closed at first. `target` is host:port. */
export function createTcpRelay({ port, target }: { port: number; target: string }): TcpRelay {
  const { hostname, port: targetPort } = new URL(`tcp://${target}`);
  const sockets = new Set<Socket>();
  const server = createServer((client) => {
    const upstream = connect(Number(targetPort), hostname);
    for (const [socket, other] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      sockets.add(socket);
      socket.on('error', () => other.destroy()); // `close` follows
      socket.on('close', () => {
        sockets.delete(socket);
        other.destroy();
      });
      socket.pipe(other);
    }
  });
  return {
    open: async () => {
      server.listen(port, '127.0.0.1');
      await once(server, 'listening');
    },
    cut: async () => {
      if (!server.listening) return;
      const closed = once(server, 'close');
      server.close();
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}
