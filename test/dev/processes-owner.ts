// An owner of a process group for processes.test.ts, to be killed: prints the pids of its servers and waits.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createProcessGroup } from '../../dev/processes/process-group.js';
import { logLineReady } from '../../dev/processes/readiness.js';

const [folder = ''] = process.argv.slice(2);
const group = await createProcessGroup({ folder });
const node = { command: process.execPath, ready: logLineReady(/ready/) };
const stay = `console.log('ready'); setInterval(() => {}, 1000);`;
await group.start({ ...node, name: 'obedient', args: ['-e', stay] });
await group.start({ ...node, name: 'stubborn', args: ['-e', `process.on('SIGTERM', () => {}); ${stay}`] });
await group.start({ ...node, name: 'frozen', args: ['-e', stay] });
group.kill('frozen', 'SIGSTOP');
// Its child leads a process group of its own, as the programs of pods do, and ignores SIGTERM.
const child = `process.on('SIGTERM', () => {}); setInterval(() => {}, 1000)`;
const spawnChild = `const { pid } = require('node:child_process').spawn(process.execPath, ['-e', ${JSON.stringify(child)}], { detached: true, stdio: 'ignore' });`;
await group.start({ ...node, name: 'parent', args: ['-e', `${spawnChild} console.log(pid); ${stay}`] });
const grandchild = Number.parseInt(await readFile(join(folder, 'logs', 'parent.log'), 'utf8'), 10);
process.stdout.write(`${JSON.stringify([...group.status().map(({ pid }) => pid), grandchild])}\n`);
