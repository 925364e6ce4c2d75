import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';
import { createInterface } from 'node:readline';

/** A mail server that keeps what it is given and sends nothing. */
export interface MailSink {
  /** `host:port`, of plain SMTP. */
  readonly address: string;
  /** Whole mails with their headers, oldest first. */
  mails(): readonly string[];
  stop(): Promise<void>;
}

/** Starts it on a free loopback port. It asks for no password and offers no TLS. */
export async function startMailSink(): Promise<MailSink> {
  const mails: string[] = [];
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket.on('close', () => sockets.delete(socket)).on('error', () => socket.destroy()));
    void serveMail(socket, mails).catch(() => socket.destroy()); // a client that went away loses its own mail only
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('a loopback server has a port');
  return {
    address: `127.0.0.1:${address.port}`,
    mails: () => [...mails],
    stop: async () => {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}

/** RFC 5321, as far as it takes to accept every mail. */
async function serveMail(socket: Socket, mails: string[]): Promise<void> {
  const say = (line: string): void => void socket.write(`${line}\r\n`);
  let mail: string[] | undefined;
  say('220 mail sink');
  for await (const line of createInterface({ input: socket, crlfDelay: Infinity })) {
    if (mail !== undefined) {
      if (line !== '.') {
        mail.push(line.replace(/^\.\./, '.'));
        continue;
      }
      mails.push(mail.join('\n'));
      mail = undefined;
      say('250 taken');
      continue;
    }
    const verb = line.slice(0, 4).toUpperCase();
    if (verb === 'QUIT') {
      socket.end('221 bye\r\n');
      return;
    }
    if (verb === 'DATA') mail = [];
    say(verb === 'DATA' ? '354 end with a line that is a dot' : '250 ok');
  }
}
