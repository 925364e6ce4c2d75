import { awayText, type ApiServerAway } from '../../domain/api-server-away.js';
import { oneLine } from './one-line.js';

/** What a workflow says of the API server; `undefined` while it answers, and where the workflow says nothing. */
export function apiServerText(
  status: { readonly apiServerAway?: ApiServerAway } | undefined,
): string | undefined {
  const away = status?.apiServerAway;
  return away === undefined ? undefined : oneLine(`the workflow says: ${awayText(away)}`);
}
