// The parent of every server of one process group. It lives in its own session and reads one pipe from the owner;
// when that pipe ends, in whatever way the owner went (kill -9 included), it ends all servers and goes.
// Being their parent it can never mistake a recycled pid for a server, and no server runs that it does not know.
// Plain JavaScript, so that it starts in some 40 ms. Messages: see guardian-protocol.ts.
import { spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync, readdirSync, rmSync } from 'node:fs';

const graceMs = 3_000;
const [groupId, folder, keepOrRemove] = process.argv.slice(2);
/** @type {Map<number, import('node:child_process').ChildProcess>} */
const children = new Map();
let ending = false;

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => {});
process.on('disconnect', () => void end());
process.on('message', (message) => {
  if (message.type === 'spawn') spawnServer(message);
  if (message.type === 'signal') signalGroup(message.pid, message.signal);
});
if (!process.connected) void end();

function spawnServer({ id, command, args, env, cwd, logFile }) {
  if (ending) return;
  const log = openSync(logFile, 'a');
  // A process group of its own: Ctrl-C on a terminal does not reach it, and a signal reaches what it started.
  const child = spawn(command, args, { env, cwd, detached: true, stdio: ['ignore', log, log] });
  closeSync(log);
  child.on('error', (failure) => {
    if (child.pid === undefined) reply({ type: 'spawnFailed', id, message: failure.message });
  });
  if (child.pid === undefined) return;
  const { pid } = child;
  children.set(pid, child);
  child.on('exit', (code, signal) => {
    children.delete(pid);
    reply({ type: 'exited', pid, code, signal });
  });
  reply({ type: 'spawned', id, pid });
}

function reply(message) {
  // The owner may be gone at any moment: `disconnect` follows, nothing to do here.
  if (process.connected) process.send(message, () => {});
}

function signalGroup(pid, signal) {
  if (!children.has(pid)) return;
  try {
    process.kill(-pid, signal);
  } catch (failure) {
    if (failure.code !== 'ESRCH') throw failure;
  }
}

async function end() {
  if (ending) return;
  ending = true;
  signalAll('SIGTERM');
  const deadline = Date.now() + graceMs;
  while (children.size > 0 && Date.now() < deadline) await new Promise((wake) => setTimeout(wake, 20));
  signalAll('SIGKILL');
  for (const pid of leftBehind()) kill(pid);
  while (children.size > 0) await new Promise((wake) => setTimeout(wake, 20));
  if (keepOrRemove === 'remove') rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  process.exit(0);
}

function signalAll(signal) {
  for (const pid of children.keys()) {
    signalGroup(pid, 'SIGCONT'); // a frozen process does not see SIGTERM
    signalGroup(pid, signal);
  }
}

/** What a server started in another process group and did not end: it carries our mark in its environment (Linux only). */
function leftBehind() {
  if (process.platform !== 'linux') return [];
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((name) => environmentOf(name).includes(`HOLDFAST_PROCESS_GROUP=${groupId}`))
    .map(Number);
}

function environmentOf(pid) {
  try {
    return readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0');
  } catch (failure) {
    if (['ENOENT', 'ESRCH', 'EACCES', 'EPERM'].includes(failure.code)) return []; // ended meanwhile, or another user's
    throw failure;
  }
}

function kill(pid) {
  try {
    process.kill(pid, 'SIGKILL');
  } catch (failure) {
    if (failure.code !== 'ESRCH') throw failure;
  }
}
