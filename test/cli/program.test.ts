import { createServer, type Server, type Socket } from 'node:net';
import { once } from 'node:events';
import { createServer as createHttpServer } from 'node:http';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import { z } from 'zod';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { listenOnLoopback } from '../../dev/node-agent/loopback-server.js';

const PROGRAM = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url));

/** V8's list of every script that was loaded. */
const Coverage = z.object({ result: z.array(z.object({ url: z.string() })) });

/** The built program, as people run it, in an environment of its own. */
function holdfast(args: readonly string[], environment: Record<string, string> = {}) {
  return execa(process.execPath, [PROGRAM, ...args], {
    reject: false,
    extendEnv: false,
    env: { HOME: folder, NO_COLOR: '1', ...environment },
    timeout: 20_000,
  });
}

// Each test starts a process or two, on a machine that may be busy.
vi.setConfig({ testTimeout: 30_000 });

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'holdfast-cli-'));
});
afterAll(() => rm(folder, { recursive: true }));

async function kubeconfigFor(port: number): Promise<string> {
  const path = join(folder, `kubeconfig-${port}`);
  const content = {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [
      { name: 'test', cluster: { server: `https://127.0.0.1:${port}`, 'insecure-skip-tls-verify': true } },
    ],
    users: [{ name: 'test', user: { token: 'none' } }],
    contexts: [{ name: 'test', context: { cluster: 'test', user: 'test' } }],
    'current-context': 'test',
  };
  await writeFile(path, JSON.stringify(content));
  return path;
}

async function listen(onConnection: (socket: Socket) => void): Promise<{ server: Server; port: number }> {
  const server = createServer(onConnection).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('a TCP server has a port');
  return { server, port: address.port };
}

/** A port on which nobody listens any more. */
async function closedPort(): Promise<number> {
  const { server, port } = await listen((socket) => socket.destroy());
  server.close();
  await once(server, 'close');
  return port;
}

describe('help', () => {
  test.each([
    [['--help'], 'Commands:'],
    [['backup', '--help'], 'describe'],
    [['worker', '--help'], 'Example:'],
    [['doctor', '--help'], 'Example:'],
    [['backup', 'start', '--help'], 'Examples:'],
    [['backup', 'list', '--help'], 'Examples:'],
    [['backup', 'describe', '--help'], 'Example:'],
    [['backup', 'retry-now', '--help'], '--force-delete-pod'],
    [['backup', 'extend', '--help'], 'Example:'],
    [['backup', 'stop', '--help'], 'Example:'],
    [['backup', 'resume', '--help'], 'Example:'],
  ])('%j is data, with exit code 0', async (args, text) => {
    const { exitCode, stdout, stderr } = await holdfast(args);
    expect(stdout).toContain(text);
    expect(stdout).toContain('Exit codes:');
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
  });
});

test('help loads nothing that other commands need: it has to be quick', async () => {
  const coverage = join(folder, 'coverage');
  await holdfast(['--help'], { NODE_V8_COVERAGE: coverage });
  const [report = ''] = await readdir(coverage);
  const { result } = Coverage.parse(JSON.parse(await readFile(join(coverage, report), 'utf8')));
  const packages = result.map(({ url }) => /node_modules\/(@[^/]+\/[^/]+|[^/]+)/.exec(url)?.[1] ?? '');
  expect([...new Set(packages)].filter((name) => name !== '')).toEqual(['commander']);
});

describe('wrong usage is exit code 2, with what was received and the right form', () => {
  test.each([
    [[], /Usage: holdfast/],
    [['backup'], /Usage: holdfast backup/],
    [['restores'], /unknown command 'restores'\n\(Did you mean restore\?\)/],
    [['backup', 'strat'], /unknown command 'strat'/],
    [['backup', 'list', '--outptu', 'json'], /unknown option '--outptu'\n\(Did you mean --output\?\)/],
    [
      ['backup', 'list', '-o', 'yaml'],
      /argument 'yaml' is invalid\. Allowed choices are table, json, wide, name/,
    ],
    [['backup', 'extend', 'prod/orders'], /give --retries, --timeout or both/],
    [['backup', 'extend', 'prod/orders', '--retries', '-1'], /Expected a whole number from 1 to 1000/],
    [['backup', 'extend', 'prod/orders', '--retries', '1001'], /Expected a whole number from 1 to 1000/],
    [['backup', 'start'], /missing required argument 'namespace\/name'/],
    [
      ['backup', 'start', 'orders'],
      /value 'orders' is invalid .* Expected <namespace>\/<name>, for example prod\/orders/,
    ],
    [
      ['backup', 'start', 'prod/orders', '--timeout', '5'],
      /argument '5' is invalid\. Expected a positive duration/,
    ],
    [['doctor', 'prod'], /too many arguments/],
  ])('%j', async (args, message) => {
    const { exitCode, stdout, stderr } = await holdfast(args);
    expect(stderr).toMatch(message);
    expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' });
  });

  test('a variable that cannot be used', async () => {
    const { exitCode, stderr } = await holdfast(['backup', 'list'], { HOLDFAST_TIDB_OPERATOR: 'yes' });
    expect(stderr).toBe(
      'holdfast: HOLDFAST_TIDB_OPERATOR: received "yes", expected one of "auto"|"present"|"absent"',
    );
    expect(exitCode).toBe(2);
  });

  test('a kubeconfig that does not exist', async () => {
    const { exitCode, stderr } = await holdfast(['backup', 'list', '--kubeconfig', '/nowhere/config']);
    expect(stderr).toMatch(/^holdfast: the kubeconfig cannot be used .*ENOENT.*\/nowhere\/config'$/);
    expect(exitCode).toBe(2);
  });

  test('no kubeconfig at all', async () => {
    const { exitCode, stderr } = await holdfast(['backup', 'list']);
    expect(stderr).toBe(
      'holdfast: the kubeconfig cannot be used (KUBECONFIG, --kubeconfig, --context): ' +
        'no Kubernetes cluster is configured: set KUBECONFIG, or run inside a cluster',
    );
    expect(exitCode).toBe(2);
  });

  test("a worker's environment", async () => {
    const { exitCode, stderr } = await holdfast(['worker'], { HOLDFAST_LISTEN: 'nowhere' });
    expect(stderr).toContain('HOLDFAST_LISTEN: received "nowhere"');
    expect(exitCode).toBe(2);
  });
});

describe('servers that do not answer are exit code 8, with the address and no stack trace', () => {
  test('Kubernetes', async () => {
    const port = await closedPort();
    const { exitCode, stdout, stderr } = await holdfast([
      'backup',
      'list',
      '--kubeconfig',
      await kubeconfigFor(port),
      '--api-backoff',
      '10ms',
    ]);
    const refused = `no answer: connect ECONNREFUSED 127.0.0.1:${port}`;
    const lines = stderr.split('\n');
    expect(lines).toEqual(
      // Two lists are asked for at once.
      expect.arrayContaining([
        `[RETRY] list backups failed (attempt 1/4): ${refused} - retrying in 10ms`,
        `[RETRY] list backups failed (attempt 2/4): ${refused} - retrying in 20ms`,
        `[RETRY] list backups failed (attempt 3/4): ${refused} - retrying in 40ms`,
        `[RETRY] list backups failed after 3 retries (4 attempts): ${refused}`,
      ]),
    );
    expect(lines.find((line) => line.startsWith('holdfast: '))).toMatch(
      new RegExp(
        `^holdfast: Kubernetes at https://127.0.0.1:${port} does not answer: .*ECONNREFUSED.*KUBECONFIG.*$`,
      ),
    );
    expect({ exitCode, stdout }).toEqual({ exitCode: 8, stdout: '' });
  });

  test('both, as the doctor finds them, within ten seconds', async () => {
    const port = await closedPort();
    const args = [
      'doctor',
      '--temporal-address',
      `127.0.0.1:${port}`,
      '--kubeconfig',
      await kubeconfigFor(port),
    ];
    const startedMs = Date.now();
    const { exitCode, stdout } = await holdfast(args);
    expect(Date.now() - startedMs).toBeLessThan(10_000);
    expect(stdout).toContain(`Temporal at 127.0.0.1:${port} does not answer`);
    expect(stdout).toContain(`Kubernetes at https://127.0.0.1:${port} does not answer`);
    expect(exitCode).toBe(8);
  });
});

test('--verbose adds the stack trace', async () => {
  const { stderr } = await holdfast(['backup', 'list', '--kubeconfig', '/nowhere/config', '--verbose']);
  expect(stderr).toMatch(/^holdfast: the kubeconfig[^\n]+\n.*CliFailure[^]*\n {4}at /);
});

test('an interrupted command is exit code 130', async () => {
  const sockets = new Set<Socket>();
  const { server, port } = await listen((socket) => sockets.add(socket));
  const connected = once(server, 'connection');
  try {
    const running = holdfast(['backup', 'list', '--kubeconfig', await kubeconfigFor(port)]);
    await connected;
    running.kill('SIGINT');
    const { exitCode, stderr } = await running;
    expect({ exitCode, stderr }).toEqual({ exitCode: 130, stderr: 'interrupted; what was started goes on' });
  } finally {
    for (const socket of sockets) socket.destroy();
    server.close();
  }
});

describe('a plan in a file is enough to look at its store, and', () => {
  const planAt = async (port: number) => {
    const file = join(folder, `plan-${port}.yaml`);
    const endpoint = `http://127.0.0.1:${port}`;
    const store = { endpoint, bucket: 'backups', prefix: 'orders/' };
    await writeFile(file, JSON.stringify({ kind: 'DrillPlan', name: 'orders', layout: 'directory', store }));
    return file;
  };

  test('what is listed is all that is said', async () => {
    const list =
      '<ListBucketResult><Name>backups</Name><IsTruncated>false</IsTruncated><CommonPrefixes><Prefix>orders/20261121T020000Z/</Prefix></CommonPrefixes></ListBucketResult>';
    const missing = '<Error><Code>NoSuchKey</Code><Message>none</Message></Error>';
    const server = createHttpServer(({ url = '' }, response) => {
      const isList = url.includes('delimiter=');
      const empty = list.replace(/<CommonPrefixes>.*<\/CommonPrefixes>/, '');
      const body = isList ? list : url.includes('list-type') ? empty : missing;
      response.writeHead(body === missing ? 404 : 200, { 'content-type': 'application/xml' }).end(body);
    });
    const { port, stop } = await listenOnLoopback(server, 0);
    const keys = { AWS_ACCESS_KEY_ID: 'id', AWS_SECRET_ACCESS_KEY: 'secret' };
    const file = await planAt(port);
    const { exitCode, stdout, stderr } = await holdfast(['backups', 'list', '-f', file, '-o', 'name'], keys);
    await stop();
    expect({ exitCode, stdout, stderr }).toEqual({ exitCode: 0, stdout: '20261121T020000Z', stderr: '' });
  });

  test('a host without credentials exits with 2 and is told where to put them', async () => {
    const file = await planAt(await closedPort());
    const { exitCode, stderr } = await holdfast(['backups', 'list', '-f', file], {
      AWS_EC2_METADATA_DISABLED: 'true',
    });
    expect(stderr).toMatch(
      /^holdfast: .*there are no credentials: name them in the plan's store\.credentials/,
    );
    expect(stderr).toContain('AWS_ACCESS_KEY_ID');
    expect(stderr.split('\n')).toHaveLength(1);
    expect(exitCode).toBe(2);
  });
});
