import { z } from 'zod';
import { hasStatus, type KubeClient } from './kube-client.js';
import type { Container, EnvVar, Pod } from './pod.js';

/** A container that cannot be created as its spec says; the message is what `kubectl describe pod` shows. */
export class ContainerConfigError extends Error {}

interface EnvRequest {
  client: KubeClient;
  pod: Pod;
  container: Container;
}

/** The variables that the container's spec asks for. @throws ContainerConfigError for a missing Secret or key. */
export async function containerEnv({ client, pod, container }: EnvRequest): Promise<Record<string, string>> {
  const read = createSourceReader(client, pod.metadata.namespace);
  const env: Record<string, string> = {};
  for (const variable of container.env) {
    const value = await valueOf(variable, { pod, read });
    if (value !== undefined) env[variable.name] = expandVariables(value, env);
  }
  return env;
}

type SourceReader = (
  kind: 'secret' | 'configmap',
  name: string,
) => Promise<Record<string, string> | undefined>;

async function valueOf(
  variable: EnvVar,
  from: { pod: Pod; read: SourceReader },
): Promise<string | undefined> {
  const { value, valueFrom } = variable;
  if (valueFrom === undefined) return value ?? '';
  if (valueFrom.fieldRef !== undefined) return fieldOf(from.pod, valueFrom.fieldRef.fieldPath);
  const kind = valueFrom.secretKeyRef === undefined ? 'configmap' : 'secret';
  const reference = valueFrom.secretKeyRef ?? valueFrom.configMapKeyRef;
  if (reference === undefined) {
    throw new ContainerConfigError(`env ${variable.name}: this valueFrom is not known to the node agent`);
  }
  const data = await from.read(kind, reference.name);
  const found = data?.[reference.key];
  if (found !== undefined || reference.optional === true) return found;
  if (data === undefined) throw new ContainerConfigError(`${kind} "${reference.name}" not found`);
  const where = `${from.pod.metadata.namespace}/${reference.name}`;
  throw new ContainerConfigError(`couldn't find key ${reference.key} in ${kind} ${where}`);
}

function fieldOf(pod: Pod, fieldPath: string): string {
  const known: Readonly<Record<string, string>> = {
    'metadata.name': pod.metadata.name,
    'metadata.namespace': pod.metadata.namespace,
    'metadata.uid': pod.metadata.uid,
    'spec.nodeName': pod.spec.nodeName ?? '',
    'spec.serviceAccountName': pod.spec.serviceAccountName,
    'status.podIP': '127.0.0.1',
    'status.hostIP': '127.0.0.1',
  };
  const [, map, key] = /^metadata\.(labels|annotations)\['(.+)'\]$/.exec(fieldPath) ?? [];
  const value = map === 'labels' || map === 'annotations' ? pod.metadata[map][key ?? ''] : known[fieldPath];
  if (value === undefined)
    throw new ContainerConfigError(`field ${fieldPath} is not known to the node agent`);
  return value;
}

const Secret = z.object({ data: z.record(z.string(), z.string()).default({}) });
const ConfigMap = Secret;

/** Reads each Secret and ConfigMap once per container, as a kubelet does at its start. */
function createSourceReader(client: KubeClient, namespace: string): SourceReader {
  const seen = new Map<string, Promise<Record<string, string> | undefined>>();
  const fetchData = async (kind: 'secret' | 'configmap', name: string) => {
    try {
      const object = await client.call({
        method: 'GET',
        path: `/api/v1/namespaces/${namespace}/${kind}s/${name}`,
      });
      if (kind === 'configmap') return ConfigMap.parse(object).data;
      const decoded = (text: string) => Buffer.from(text, 'base64').toString('utf8');
      return Object.fromEntries(
        Object.entries(Secret.parse(object).data).map(([key, text]) => [key, decoded(text)]),
      );
    } catch (failure) {
      if (hasStatus(failure, 404)) return undefined;
      throw failure;
    }
  };
  return (kind, name) => {
    const key = `${kind}/${name}`;
    const reading = seen.get(key) ?? fetchData(kind, name);
    seen.set(key, reading);
    return reading;
  };
}

/** `$(NAME)` becomes the variable's value where it is known; `$$(NAME)` stays as `$(NAME)`. */
export function expandVariables(text: string, env: Readonly<Record<string, string>>): string {
  return text.replace(/\$\$|\$\(([A-Za-z_][A-Za-z0-9_.-]*)\)/g, (match, name: string | undefined) =>
    name === undefined ? '$' : (env[name] ?? match),
  );
}
