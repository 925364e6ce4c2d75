import type { ConnectionLike } from '@temporalio/client';
import { ALL_SEARCH_ATTRIBUTES } from '../workflows/search-attributes.js';

/** Temporal's IndexedValueType. Source: temporal/api/enums/v1/common.proto */
const INDEXED_VALUE_TYPE = {
  TEXT: 1,
  KEYWORD: 2,
  INT: 3,
  DOUBLE: 4,
  BOOL: 5,
  DATETIME: 6,
  KEYWORD_LIST: 7,
} as const;

/** Names of our search attributes that the namespace lacks: with one missing, a workflow's first upsert hangs for ever. */
export async function missingSearchAttributes(
  connection: ConnectionLike,
  namespace: string,
): Promise<string[]> {
  const { customAttributes } = await connection.operatorService.listSearchAttributes({ namespace });
  return ALL_SEARCH_ATTRIBUTES.map(({ name }) => name).filter((name) => !(name in (customAttributes ?? {})));
}

export async function registerSearchAttributes(
  connection: ConnectionLike,
  { namespace, names }: { namespace: string; names: readonly string[] },
): Promise<void> {
  const wanted = ALL_SEARCH_ATTRIBUTES.filter(({ name }) => names.includes(name));
  const searchAttributes = Object.fromEntries(
    wanted.map(({ name, type }) => [name, INDEXED_VALUE_TYPE[type]]),
  );
  await connection.operatorService.addSearchAttributes({ namespace, searchAttributes });
}
