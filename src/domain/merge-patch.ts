/** The JSON merge patch (RFC 7386) that makes `after` of `before`: changed keys, and `null` for those that go. */
export function mergePatchOf(before: object, after: object): Record<string, unknown> {
  const old = new Map<string, unknown>(Object.entries(before));
  const changed = Object.entries(after)
    .filter(([key, value]) => value !== undefined && !isEqual(old.get(key), value))
    .map(([key, value]): [string, unknown] => [key, valuePatch(old.get(key), value)]);
  const next = new Map<string, unknown>(Object.entries(after));
  const removed = [...old]
    .filter(([key, value]) => value !== undefined && value !== null && next.get(key) === undefined)
    .map(([key]): [string, unknown] => [key, null]);
  return Object.fromEntries([...changed, ...removed]);
}

function valuePatch(before: unknown, after: unknown): unknown {
  return isPlainObject(before) && isPlainObject(after) ? mergePatchOf(before, after) : after;
}

function isPlainObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A different order of keys only makes the patch larger, never wrong. */
function isEqual(before: unknown, after: unknown): boolean {
  return JSON.stringify(before) === JSON.stringify(after);
}
