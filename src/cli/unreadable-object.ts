import { ObjectMeta } from '../domain/kubernetes/object-meta.js';

/** An object that the schema does not accept: shown, never hidden. */
export interface UnreadableObject {
  readonly namespace: string;
  readonly name: string;
  readonly problem: string;
}

export function describeUnreadable(
  item: unknown,
  issues: readonly { path: PropertyKey[]; message: string }[],
): UnreadableObject {
  const metadata: unknown =
    typeof item === 'object' && item !== null && 'metadata' in item ? item.metadata : {};
  const { namespace = '?', name = '?' } = ObjectMeta.partial().safeParse(metadata).data ?? {};
  const problem = issues.map(({ path, message }) => `${path.map(String).join('.')}: ${message}`).join('; ');
  return { namespace, name, problem };
}
