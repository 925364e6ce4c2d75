import { mkdir } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import { execa } from 'execa';
import { BoundedText } from './bounded-text.js';
import { programEnvironment } from './program-mark.js';
import type { Login } from './query.js';
import { watchGroup, type ToolFolder } from './run-tool.js';
import type { ReplayOptions, Toolkit } from './toolkit.js';

export interface Replay extends ReplayOptions {
  readonly toolkit: Toolkit;
  readonly login: Login;
  readonly folder: ToolFolder;
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
  /** Called with the bytes of SQL so far. */
  readonly onBytes: (bytes: number) => void;
}

export interface ReplayEnd {
  readonly exitCode: number | undefined;
  readonly missing: boolean;
  readonly stderr: string;
}

export interface ReplayResult {
  /** The program that reads the binary logs, and the one that applies them: both must end well. */
  readonly reader: ReplayEnd;
  readonly client: ReplayEnd;
  readonly timedOut: boolean;
  /** `domain-server-sequence` of the last transaction that the server was given, as the server itself says. */
  readonly lastGtid: string | undefined;
}

/**
 * Asked in the same session, after everything: the client stops at the first error, so that an answer proves that all
 * of it was applied, and the session still knows which transaction was the last.
 */
const LAST_GTID =
  "SELECT CONCAT('holdfast-last:', @@gtid_domain_id, '-', @@server_id, '-', @@gtid_seq_no);\n";

/** Binary logs into the private server: all files in one process, into one session. */
export async function replayBinlogs(replay: Replay): Promise<ReplayResult> {
  const { toolkit, login, folder, signal, timeoutMs } = replay;
  signal.throwIfAborted();
  await mkdir(replay.temporary, { recursive: true, mode: 0o700 });
  const reader = start(toolkit.programs.binlog, { args: toolkit.replayArguments(replay), folder });
  const clientArgs = toolkit.clientArguments({ socket: login.socket, user: login.user });
  const client = start(toolkit.programs.client, {
    args: clientArgs,
    folder,
    env: { MYSQL_PWD: login.password },
  });
  const [readerErrors, clientErrors, answers] = [reader.stderr, client.stderr, client.stdout].map(
    (stream) => {
      const text = new BoundedText();
      stream.on('data', (chunk: Buffer) => text.add(chunk));
      return text;
    },
  );
  const groups = [reader, client].map(({ pid }) => watchGroup({ pid, run: { folder, signal, timeoutMs } }));
  await passOn({ reader, client, onBytes: replay.onBytes });
  const [readerEnd, clientEnd] = await Promise.all([reader, client]);
  for (const group of groups) group.end();
  signal.throwIfAborted();
  return {
    reader: endOf(readerEnd, readerErrors),
    client: endOf(clientEnd, clientErrors),
    timedOut: groups.some((group) => group.timedOut()),
    lastGtid: /^holdfast-last:(\d+-\d+-\d+)\s*$/m.exec(answers?.text() ?? '')?.[1],
  };
}

interface Start {
  readonly args: readonly string[];
  readonly folder: ToolFolder;
  readonly env?: Readonly<Record<string, string>>;
}

function start(program: string, { args, folder, env }: Start) {
  return execa(program, args, {
    env: programEnvironment(folder.root, env),
    extendEnv: false,
    stdin: 'pipe',
    buffer: false,
    reject: false,
    detached: true,
    cleanup: false,
  });
}

type Program = ReturnType<typeof start>;

/** A client that ended early breaks the pipe: its exit code and words say why, so the pipe's own error says nothing new. */
async function passOn(options: {
  reader: Program;
  client: Program;
  onBytes: (bytes: number) => void;
}): Promise<void> {
  const { reader, client, onBytes } = options;
  let bytes = 0;
  reader.stdin.end();
  try {
    await pipeline(
      reader.stdout,
      async function* (source: AsyncIterable<Buffer>) {
        for await (const chunk of source) {
          onBytes((bytes += chunk.length));
          yield chunk;
        }
        // Only where the reader came to its end does the session get the question.
        const { exitCode } = await reader;
        if (exitCode === 0) yield Buffer.from(LAST_GTID);
      },
      client.stdin,
    );
  } catch (failure) {
    if (!(failure instanceof Error)) throw failure;
    reader.kill('SIGKILL');
  }
}

interface Ended {
  readonly exitCode?: number | undefined;
  readonly code?: string | undefined;
}

function endOf(ended: Ended, errors: BoundedText | undefined): ReplayEnd {
  return {
    exitCode: ended.exitCode,
    missing: ended.code === 'ENOENT' || ended.code === 'EACCES',
    stderr: errors?.text() ?? '',
  };
}
