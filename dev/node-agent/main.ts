import { parseArgs } from 'node:util';
import { startNodeAgent } from './start-node-agent.js';

const usage =
  'usage: main.ts --kubeconfig FILE --folder FOLDER [--node-name NAME] [--control-port PORT] [--pod-api-server URL] [--heartbeat-ms N]';

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      kubeconfig: { type: 'string' },
      folder: { type: 'string' },
      'node-name': { type: 'string' },
      'control-port': { type: 'string' },
      'pod-api-server': { type: 'string' },
      'heartbeat-ms': { type: 'string' },
    },
  });
  const { kubeconfig, folder, 'node-name': nodeName, 'pod-api-server': podApiServer } = values;
  if (kubeconfig === undefined || folder === undefined) throw new Error(usage);
  const controlPort = numberFrom(values, 'control-port');
  const heartbeatMs = numberFrom(values, 'heartbeat-ms');
  const say = (entry: Readonly<Record<string, unknown>>) => {
    process.stdout.write(`${JSON.stringify({ at: new Date().toISOString(), ...entry })}\n`);
  };
  const agent = await startNodeAgent({
    kubeconfig,
    folder,
    say,
    ...(controlPort === undefined ? {} : { controlPort }),
    ...(heartbeatMs === undefined ? {} : { heartbeatMs }),
    ...(nodeName === undefined ? {} : { nodeName }),
    ...(podApiServer === undefined ? {} : { podApiServer }),
  });
  process.stdout.write(`ready node=${agent.nodeName} control=${agent.controlUrl}\n`);
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.once(signal, () => {
      agent.stop().then(
        () => process.exit(0),
        (failure: unknown) => fail(failure),
      );
    });
  }
}

function numberFrom(values: Readonly<Record<string, string | undefined>>, name: string): number | undefined {
  const text = values[name];
  if (text === undefined) return undefined;
  const value = Number(text);
  if (!Number.isInteger(value) || value < 0) throw new Error(`--${name} must be a whole number, got ${text}`);
  return value;
}

function fail(failure: unknown): never {
  process.stderr.write(`node agent: ${failure instanceof Error ? failure.message : String(failure)}\n`);
  process.exit(1);
}

main().catch(fail);
