import { access, readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import { beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';

const root = fileURLToPath(new URL('../..', import.meta.url));

interface Instruction {
  readonly keyword: string;
  readonly argument: string;
}

interface Stage {
  readonly name: string;
  readonly base: string;
  readonly instructions: readonly Instruction[];
}

let stages: readonly Stage[];

beforeAll(async () => {
  stages = stagesOf(await readFile(join(root, 'Dockerfile'), 'utf8'));
});

/** Splits a Dockerfile into its stages; lines that end in a backslash go on. */
function stagesOf(text: string): Stage[] {
  const lines = text
    .replaceAll(/^\s*#.*\n/gm, '')
    .replaceAll(/\\\n\s*/g, '')
    .split('\n');
  const instructions = lines
    .filter((line) => line.trim() !== '')
    .map((line): Instruction => {
      const [keyword = '', ...words] = line.trim().split(/\s+/);
      return { keyword, argument: words.join(' ') };
    });
  const starts = instructions.flatMap(({ keyword }, index) => (keyword === 'FROM' ? [index] : []));
  return starts.map((start, index) => {
    const from = /^(?<base>\S+) AS (?<name>\S+)$/.exec(instructions[start]?.argument ?? '');
    const { base = '', name = '' } = from?.groups ?? {};
    return { base, name, instructions: instructions.slice(start + 1, starts[index + 1]) };
  });
}

function stage(name: string): Stage {
  const found = stages.find((candidate) => candidate.name === name);
  if (found === undefined) throw new Error(`the Dockerfile has no stage ${name}`);
  return found;
}

/** The last of a stage or of those that it is built from. */
function effective(name: string, keyword: string): string | undefined {
  const { base, instructions } = stage(name);
  const own = instructions.findLast((instruction) => instruction.keyword === keyword);
  if (own !== undefined) return own.argument;
  return stages.some((candidate) => candidate.name === base) ? effective(base, keyword) : undefined;
}

const words = z.array(z.string());

function copies(): { from: string | undefined; sources: string[] }[] {
  return stages
    .flatMap(({ instructions }) => instructions)
    .filter(({ keyword }) => keyword === 'COPY')
    .map(({ argument }) => {
      const [from] = /(?<=--from=)\S+/.exec(argument) ?? [];
      const paths = argument.split(' ').filter((word) => !word.startsWith('--'));
      return { from, sources: paths.slice(0, -1) };
    });
}

describe('the Dockerfile', () => {
  test('builds every stage on a pinned image with glibc, or on an earlier stage', () => {
    const names = stages.map(({ name }) => name);
    expect(names).toEqual(['build', 'runtime', 'backup-manager', 'worker-base', 'drill', 'worker']);
    const foreign = stages.filter(({ base }, index) => !names.slice(0, index).includes(base));
    expect(foreign.map(({ name }) => name)).toEqual(['build', 'runtime']);
    for (const { base } of foreign) expect(base).toMatch(/^node:22\.\d+\.\d+-bookworm-slim$/);
  });

  test('copies from the repository only what is there and what .dockerignore lets through', async () => {
    const ignored = await readFile(join(root, '.dockerignore'), 'utf8');
    expect(ignored).toMatch(/^\*$/m);
    const sources = copies().flatMap((copy) => (copy.from === undefined ? copy.sources : []));
    expect(sources).not.toEqual([]);
    for (const source of sources) {
      await access(join(root, source));
      expect(ignored.split('\n')).toContain(`!${source}`);
    }
  });

  test('copies from the stages before only', () => {
    const from = copies().flatMap((copy) => copy.from ?? []);
    expect(new Set(from)).toEqual(new Set(['build']));
  });

  test('adds nothing from the network by ADD', () => {
    const keywords = stages.flatMap(({ instructions }) => instructions.map(({ keyword }) => keyword));
    expect(keywords).not.toContain('ADD');
  });

  test.each(['worker', 'drill', 'backup-manager'])('runs the image %s as a user that is not root', (name) => {
    expect(effective(name, 'USER')).toMatch(/^[1-9]\d*:[1-9]\d*$/);
  });

  test('starts the two programs of the package', async () => {
    const { bin } = z
      .object({ bin: z.record(z.string(), z.string()) })
      .parse(JSON.parse(await readFile(join(root, 'package.json'), 'utf8')));
    const program = (name: string) => words.parse(JSON.parse(effective(name, 'ENTRYPOINT') ?? '[]')).at(-1);
    expect(program('worker')).toBe(bin['holdfast']);
    expect(program('drill')).toBe(bin['holdfast']);
    expect(program('backup-manager')).toBe(bin['holdfast-backup-manager']);
    expect(effective('worker', 'CMD')).toBe('["worker"]');
  });

  test.each([
    ['healthy while /healthz answers 200', 200, 0],
    ['unhealthy when it answers 500', 500, 1],
  ])('finds the worker %s', async (_case, status, exitCode) => {
    await using health = await serveHealth(status);
    expect((await runHealthCheck(health.port)).exitCode).toBe(exitCode);
    expect(health.asked).toEqual(['/healthz']);
  });

  test('finds a worker unhealthy whose port is closed', async () => {
    const { port } = await (async () => {
      await using closed = await serveHealth(200);
      return closed;
    })();
    expect((await runHealthCheck(port)).exitCode).toBe(1);
  });
});

/** Runs the image's health check as Docker would, with the worker on another port. */
async function runHealthCheck(port: number) {
  const check = effective('worker', 'HEALTHCHECK') ?? '';
  const [command = '', ...args] = words.parse(JSON.parse(check.slice(check.indexOf('['))));
  return execa(command, args, {
    env: { HOLDFAST_LISTEN: `0.0.0.0:${port}` },
    reject: false,
    timeout: 10_000,
  });
}

async function serveHealth(status: number) {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    asked.push(request.url ?? '');
    response.writeHead(status).end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the server has no port');
  return {
    port: address.port,
    asked,
    [Symbol.asyncDispose]: () => new Promise<void>((resolve) => server.close(() => resolve())),
  };
}
