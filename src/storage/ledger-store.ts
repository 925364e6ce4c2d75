import { setTimeout as delay } from 'node:timers/promises';
import {
  BackupRecord,
  LEDGER_FOLDER,
  withVerdict,
  type Ledger,
  type LedgerEntry,
  type LedgerVerdict,
} from '../domain/drill/ledger.js';
import { unsafeName } from '../domain/drill/object-name.js';
import { createLedgerFollower, listLog, logFolder, readEntry } from './ledger-log.js';
import { StoreFailure, type ObjectStore } from './object-store.js';
import { parsedJson } from './parsed-json.js';

const MAX_RECORD_BYTES = 8 * 1024 * 1024;
/** Each round one writer wins: enough for as many writers at once. */
const MAX_ROUNDS = 200;
const MAX_PAUSE_MS = 50;
/** How far the clocks of two drill hosts may be apart. */
const CLOCK_SLACK_MS = 60 * 60_000;

/** Verdicts of drills, beside the backups or in a bucket of their own; the log alone is the truth. */
export interface LedgerStore {
  /**
   * Enters a verdict once: a second call with the same `drill` changes nothing. Writers never lose an entry to another.
   * @throws StoreFailure also `Conflict`, where the log moved on for two hundred rounds
   */
  append(verdict: LedgerVerdict): Promise<void>;
  /** The whole log, and where its chain does not hold. */
  readLedger(): Promise<Ledger>;
  /** Writes `_holdfast/reports/<drill>/<name>`; returns its key. */
  writeReport(report: {
    readonly drill: string;
    readonly name: 'report.json' | 'report.html';
    readonly text: string;
  }): Promise<string>;
}

/** @param options.prefix of the plan's ledger, or of its store; ends in `/`, or is empty */
export function createLedgerStore({ store, prefix }: { store: ObjectStore; prefix: string }): LedgerStore {
  const root = `${prefix}${LEDGER_FOLDER}`;
  return {
    append: async (verdict) => {
      await appendToLog(store, logFolder(prefix), verdict);
      await updateRecord(store, `${root}backups/${fileName(verdict.backup.id)}.json`, verdict);
    },
    readLedger: () => createLedgerFollower({ store, prefix }).read(),
    writeReport: async ({ drill, name, text }) => {
      const key = `${root}reports/${fileName(drill)}/${name}`;
      const contentType = name.endsWith('.json') ? 'application/json' : 'text/html; charset=utf-8';
      await store.writeText(key, { text, contentType });
      return key;
    },
  };
}

/** The entry's number is its key: of all that try the same one, the store lets one win, and the others look again. */
async function appendToLog(store: ObjectStore, folder: string, verdict: LedgerVerdict): Promise<void> {
  for (let round = 0; round < MAX_ROUNDS; round += 1) {
    const keys = (await listLog(store, folder)).map(({ key }) => key);
    const lastKey = keys.at(-1);
    const last = lastKey === undefined ? undefined : await readEntry(store, lastKey);
    if (await isEntered(store, keys, verdict)) return;
    const sequence = lastKey === undefined ? 1 : numberOf(lastKey) + 1;
    const entry: LedgerEntry = { version: 1, sequence, previous: last?.digest ?? '', verdict };
    if (await wonBy(store, `${folder}${String(sequence).padStart(10, '0')}.json`, entry)) return;
    await delay(Math.random() * MAX_PAUSE_MS);
  }
  throw new StoreFailure(
    'Conflict',
    `the ledger ${folder} moved on ${MAX_ROUNDS} times while it was written`,
  );
}

async function wonBy(store: ObjectStore, key: string, entry: LedgerEntry): Promise<boolean> {
  const body = { text: `${JSON.stringify(entry)}\n`, contentType: 'application/json' };
  try {
    await store.writeText(key, body, { ifAbsent: true });
    return true;
  } catch (failure) {
    if (failure instanceof StoreFailure && failure.kind === 'Conflict') return false;
    throw failure;
  }
}

/** Looks back to when the drill began: before that nobody can have entered its verdict. */
async function isEntered(
  store: ObjectStore,
  keys: readonly string[],
  { drill, startedMs }: LedgerVerdict,
): Promise<boolean> {
  for (const key of [...keys].reverse()) {
    const verdict = (await readEntry(store, key)).entry?.verdict;
    if (verdict?.drill === drill) return true;
    if (verdict && verdict.finishedMs < startedMs - CLOCK_SLACK_MS) return false;
  }
  return false;
}

/** Follows the log; whoever comes second reads again. */
async function updateRecord(store: ObjectStore, key: string, verdict: LedgerVerdict): Promise<void> {
  for (let round = 0; round < MAX_ROUNDS; round += 1) {
    const found = await store.readText(key, MAX_RECORD_BYTES);
    const record = found === undefined ? undefined : recordOf(found.text);
    const next = withVerdict(record, verdict);
    if (next === record) return;
    try {
      const body = { text: `${JSON.stringify(next, undefined, 2)}\n`, contentType: 'application/json' };
      await store.writeText(key, body, found === undefined ? { ifAbsent: true } : { ifMatch: found.etag });
      return;
    } catch (failure) {
      if (!(failure instanceof StoreFailure) || failure.kind !== 'Conflict') throw failure;
      await delay(Math.random() * MAX_PAUSE_MS);
    }
  }
  throw new StoreFailure('Conflict', `${key} changed ${MAX_ROUNDS} times while it was written`);
}

/** A record that somebody damaged is begun anew: the log has all of it. */
function recordOf(text: string): BackupRecord | undefined {
  return BackupRecord.safeParse(parsedJson(text)).data;
}

function numberOf(key: string): number {
  return Number.parseInt(key.slice(-'0000000000.json'.length), 10);
}

/** Ids are folders of the bucket, or ids of workflows with slashes in them. */
function fileName(id: string): string {
  const name = id.replaceAll('/', '_');
  const problem = unsafeName(name);
  if (problem !== undefined) throw new StoreFailure('Refused', `the id ${JSON.stringify(id)} ${problem}`);
  return name;
}
