import { access, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { loadClientConnectConfig } from '@temporalio/envconfig';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { z } from 'zod';
import { composeCheckBinary } from '../../dev/compose-check/compose-check-binary.js';
import {
  loadCompose,
  type ComposeProject,
  type ComposeService,
} from '../../dev/compose-check/load-compose.js';
import { parseWorkerConfig } from '../../src/worker/config.js';

const root = fileURLToPath(new URL('../..', import.meta.url));
const composeFile = join(root, 'docker-compose.yml');
const hostNetworkFile = join(root, 'deploy', 'compose', 'host-network.yml');
const HOME = '/home/ann';

let folder: string;
let project: ComposeProject;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'holdfast-compose-'));
  project = await loadCompose({ files: [composeFile], environment: { HOME } });
});

afterEach(() => {
  vi.unstubAllEnvs();
});

afterAll(async () => {
  await rm(folder, { recursive: true });
});

function service(name: string, of: ComposeProject = project): ComposeService {
  const found = of.services[name];
  if (found === undefined) throw new Error(`docker-compose.yml has no service ${name}`);
  return found;
}

/** What the worker gets; what is not set is left out. */
function workerEnvironment(of: ComposeProject): Record<string, string> {
  const set = Object.entries(service('worker', of).environment);
  return Object.fromEntries(set.filter((entry): entry is [string, string] => entry[1] !== null));
}

/** Names of the variables that `read` asks an environment for. */
function variablesReadBy(read: (environment: Record<string, string>) => unknown): Set<string> {
  const names = new Set<string>();
  const recorder: ProxyHandler<Record<string, string>> = {
    get(_environment, name) {
      if (typeof name === 'string') names.add(name);
      return undefined;
    },
  };
  read(new Proxy({}, recorder));
  return names;
}

describe('docker-compose.yml', () => {
  test('has PostgreSQL, Temporal with its two one-shot set-ups, the Web UI and the worker', () => {
    expect(Object.keys(project.services).toSorted()).toEqual([
      'postgresql',
      'temporal',
      'temporal-namespace',
      'temporal-schema',
      'temporal-ui',
      'worker',
    ]);
  });

  test('pins every image to a full version, and sets Temporal up with the tools of its own version', () => {
    const images = Object.values(project.services).map(({ image }) => image);
    for (const image of images) expect(image).toMatch(/^[a-z/-]+:\d+\.\d+(\.\d+)?(-[a-z]+)?$/);
    const version = service('temporal').image?.split(':')[1];
    expect(service('temporal-schema').image).toBe(`temporalio/admin-tools:${version}`);
    expect(service('temporal-namespace').image).toBe(`temporalio/admin-tools:${version}`);
  });

  test('builds the worker under the version of the package', async () => {
    const manifest = z
      .object({ version: z.string() })
      .parse(JSON.parse(await readFile(join(root, 'package.json'), 'utf8')));
    expect(service('worker')).toMatchObject({
      image: `holdfast:${manifest.version}`,
      build: { target: 'worker', dockerfile: 'Dockerfile' },
    });
  });

  test('gives Temporal 512 history shards, which can never be changed later', () => {
    expect(service('temporal').environment['NUM_HISTORY_SHARDS']).toBe('512');
  });

  test('waits only for what can become true: services with a health check and set-ups that end', () => {
    const waits = Object.values(project.services).flatMap(({ depends_on }) =>
      Object.entries(depends_on).map(([name, { condition }]) => ({ name, condition })),
    );
    const becomesTrue = ({ name, condition }: { name: string; condition: string }): boolean => {
      const { healthcheck, restart = '' } = service(name);
      if (condition === 'service_healthy') return healthcheck !== undefined;
      return condition === 'service_completed_successfully' && restart.startsWith('on-failure');
    };
    expect(waits).toHaveLength(5);
    expect(waits.filter((wait) => !becomesTrue(wait))).toEqual([]);
  });

  test('starts the worker after the namespace, the namespace after Temporal, Temporal after its schema', () => {
    const before = (name: string) => Object.keys(service(name).depends_on);
    expect(before('worker')).toEqual(['temporal-namespace']);
    expect(before('temporal-namespace')).toEqual(['temporal']);
    expect(before('temporal')).toEqual(['temporal-schema']);
    expect(before('temporal-schema')).toEqual(['postgresql']);
  });

  test('publishes ports on the loopback only', () => {
    const ports = Object.values(project.services).flatMap((entry) => entry.ports);
    expect(ports.map(({ target }) => target).toSorted((a, b) => a - b)).toEqual([7233, 8080, 9464]);
    for (const port of ports) expect(port.host_ip).toBe('127.0.0.1');
  });

  test('mounts read-only files that are there, and never has Docker create one', async () => {
    const binds = Object.values(project.services)
      .flatMap(({ volumes }) => volumes)
      .filter(({ type, source }) => type === 'bind' && source !== join(HOME, '.kube/config'));
    expect(binds.map(({ source }) => relative(root, source)).toSorted()).toEqual([
      'deploy/compose/dynamic-config.yml',
      'deploy/compose/set-up-namespace.sh',
      'deploy/compose/set-up-schema.sh',
    ]);
    for (const { source, read_only, bind } of binds) {
      await access(source);
      expect({ source, read_only, bind }).toEqual({
        source,
        read_only: true,
        bind: { create_host_path: false },
      });
    }
  });

  test('gives one password to the three services that need it, from the environment', async () => {
    const changed = await loadCompose({
      files: [composeFile],
      environment: { HOME, TEMPORAL_POSTGRES_PASSWORD: 'changed' },
    });
    expect(service('postgresql', changed).environment['POSTGRES_PASSWORD']).toBe('changed');
    expect(service('temporal-schema', changed).environment['SQL_PASSWORD']).toBe('changed');
    expect(service('temporal', changed).environment['POSTGRES_PWD']).toBe('changed');
  });
});

describe('the worker in docker-compose.yml', () => {
  test('gets only variables that its configuration reads', () => {
    const known = new Set([
      ...variablesReadBy((environment) => parseWorkerConfig(environment, { isTerminal: false })),
      ...variablesReadBy((environment) => loadClientConnectConfig({ overrideEnvVars: environment })),
    ]);
    const unknown = Object.keys(service('worker').environment).filter((name) => !known.has(name));
    expect(unknown).toEqual([]);
  });

  test('can start without any variable of the user, on all addresses of its own network', () => {
    expect(parseWorkerConfig(workerEnvironment(project), { isTerminal: false })).toMatchObject({
      kubeconfig: '/holdfast/kubeconfig',
      listen: { host: '0.0.0.0', port: 9464 },
      cluster: undefined,
    });
  });

  test("gets the user's kubeconfig and what else the user sets", async () => {
    const environment = {
      HOME,
      KUBECONFIG: '/etc/admin.conf',
      HOLDFAST_CLUSTER: 'prod',
      HOLDFAST_NAMESPACES: 'a,b',
    };
    const own = await loadCompose({ files: [composeFile], environment });
    expect(service('worker', own).volumes).toEqual([
      {
        type: 'bind',
        source: '/etc/admin.conf',
        target: '/holdfast/kubeconfig',
        read_only: true,
        bind: { create_host_path: false },
      },
    ]);
    expect(parseWorkerConfig(workerEnvironment(own), { isTerminal: false })).toMatchObject({
      kubeconfig: '/holdfast/kubeconfig',
      cluster: 'prod',
      namespaces: ['a', 'b'],
    });
  });

  test("shares the host's network with host-network.yml, and still listens on the loopback only", async () => {
    const onHost = await loadCompose({
      files: [composeFile, hostNetworkFile],
      environment: { HOME, TEMPORAL_PORT: '7300' },
    });
    expect(service('worker', onHost)).toMatchObject({ network_mode: 'host', ports: [] });
    expect(workerEnvironment(onHost)).toMatchObject({
      HOLDFAST_LISTEN: '127.0.0.1:9464',
      TEMPORAL_ADDRESS: '127.0.0.1:7300',
    });
    expect(service('temporal', onHost).ports).toEqual([
      { host_ip: '127.0.0.1', published: '7300', target: 7233 },
    ]);
  });
});

describe('the check of a Compose file', () => {
  test.each([
    ['a key that Compose does not know', 'services: {a: {image: "x:1", colour: red}}', /colour/],
    ['a variable without a value or a default', 'services: {a: {image: "x:${UNSET_TAG}"}}', /UNSET_TAG/],
    ['a dependency that is not there', 'services: {a: {image: "x:1", depends_on: [b]}}', /undefined service/],
    ['the obsolete key version', 'version: "3"\nservices: {a: {image: "x:1"}}', /obsolete/],
    ['YAML that cannot be read', 'services: [', /yaml/],
  ])('refuses %s', async (_case, text, message) => {
    const file = join(folder, 'docker-compose.yml');
    await writeFile(file, text);
    await expect(loadCompose({ files: [file], environment: { HOME } })).rejects.toThrow(message);
  });

  test('says that it needs Go where there is none, and does not pass', async () => {
    vi.stubEnv('HOLDFAST_CACHE', join(folder, 'cache'));
    vi.stubEnv('PATH', folder);
    await expect(composeCheckBinary()).rejects.toThrow(
      /^cannot build the check of docker-compose\.yml, which needs Go: .*ENOENT/,
    );
  });
});
