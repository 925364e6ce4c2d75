import { randomInt } from 'node:crypto';
import { createServer } from 'node:net';
import { isSystemError } from '../../src/database/process-identity.js';

// Below the range from which systems take ports for outgoing connections (Linux 32768, others 49152), so that nothing
// takes a port between our look and the server's bind, except another stack that draws the same of 12,000 numbers.
const lowestPort = 20_000;
const highestPort = 31_999;

/** Draws `count` different loopback ports that are free now. */
export async function freePorts(count: number): Promise<number[]> {
  const ports = new Set<number>();
  for (let draws = 0; ports.size < count; draws++) {
    if (draws > 1_000) throw new Error(`no ${count} free ports between ${lowestPort} and ${highestPort}`);
    const port = randomInt(lowestPort, highestPort + 1);
    if (!ports.has(port) && (await isFree(port))) ports.add(port);
  }
  return [...ports];
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once('error', (failure) => {
      if (isSystemError(failure, 'EADDRINUSE') || isSystemError(failure, 'EACCES')) resolve(false);
      else reject(failure);
    });
    probe.listen({ port, host: '127.0.0.1', exclusive: true }, () => probe.close(() => resolve(true)));
  });
}
