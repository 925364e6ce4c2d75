import type { ServerResponse } from 'node:http';
import type { ScriptedServer } from '../../dev/scripted-server/start-scripted-server.js';

/** Lists that the watch keeps: Backups, Jobs, pods, TidbClusters, Restores, their Jobs, CompactBackups. */
export const WATCHES = 7;

/** Objects of one resource, `count` of them from index `from`; fewer at the end. */
export type Page = (resource: string, range: { from: number; count: number }) => readonly object[];

/** A server's lists and watches, whose events are sent from here. */
export interface ScriptedLists {
  /** How many watches are open. */
  watches(): number;
  /** To the watches that ask for objects of backups, or for all. Nothing happens while no such watch is open. */
  send(resource: string, event: object): void;
  /** Ends every watch, as an API server does after the seconds that it was asked for. */
  endWatches(): void;
}

/** Answers lists with pages of `page` (by default there is nothing), and keeps watches open. */
export function answerWithLists(
  { answerWith }: Pick<ScriptedServer, 'answerWith'>,
  page: Page = () => [],
): ScriptedLists {
  /** By resource and label selector: Jobs of backups and Jobs of restores are watched apart. */
  const streams = new Map<string, ServerResponse>();
  answerWith(({ url = '' }, response) => {
    const { pathname, searchParams } = new URL(url, 'http://scripted');
    const resource = pathname.split('/').at(-1) ?? '';
    response.writeHead(200, { 'content-type': 'application/json' });
    if (searchParams.has('watch')) {
      response.flushHeaders();
      streams.set(`${resource} ${searchParams.get('labelSelector') ?? ''}`, response);
      return;
    }
    const from = Number(searchParams.get('continue') ?? 0);
    const count = Number(searchParams.get('limit') ?? Infinity);
    const items = page(resource, { from, count });
    const more = items.length === count ? { continue: String(from + count) } : {};
    response.end(JSON.stringify({ metadata: { resourceVersion: '1', ...more }, items }));
  });
  return {
    watches: () => streams.size,
    send: (resource, event) => {
      for (const [watch, stream] of streams) {
        const [watched, selector = ''] = watch.split(' ');
        if (watched !== resource || selector.includes('restore')) continue;
        stream.write(`${JSON.stringify(event)}\n`);
      }
    },
    endWatches: () => {
      for (const stream of streams.values()) stream.end();
      streams.clear();
    },
  };
}
