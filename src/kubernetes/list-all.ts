import type { KubernetesApi, ListQuery } from './api.js';
import { listItems } from './jobs.js';
import type { ResourceType } from './resources.js';

const PAGE_SIZE = 500;

/** Every object of a kind, page by page, unparsed. @throws ApiFailure */
export async function listAll(
  api: KubernetesApi,
  resource: ResourceType,
  query: ListQuery,
): Promise<unknown[]> {
  const items: unknown[] = [];
  let next: string | undefined;
  do {
    const page = await api.list(resource, { ...query, limit: PAGE_SIZE, continue: next });
    items.push(...listItems(page));
    next = continueOf(page);
  } while (next !== undefined);
  return items;
}

function continueOf(page: unknown): string | undefined {
  const metadata: unknown =
    typeof page === 'object' && page !== null && 'metadata' in page ? page.metadata : undefined;
  const token: unknown =
    typeof metadata === 'object' && metadata !== null && 'continue' in metadata
      ? metadata.continue
      : undefined;
  return typeof token === 'string' && token !== '' ? token : undefined;
}
