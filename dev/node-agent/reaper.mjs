// Outlives the node agent by a moment: when the agent is gone, even by kill -9, no process of a pod stays behind.
// The agent writes `+<pid>` when it has started a process group and `-<pid>` when the group has ended; the end of
// standard input is the end of the agent.
import { createInterface } from 'node:readline';

const groups = new Set();
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => undefined);

for await (const line of createInterface({ input: process.stdin })) {
  const pid = Number(line.slice(1));
  if (!Number.isInteger(pid) || pid <= 1) continue;
  if (line.startsWith('+')) groups.add(pid);
  else groups.delete(pid);
}

for (const pid of groups) {
  try {
    process.kill(-pid, 'SIGKILL');
  } catch (failure) {
    if (failure.code !== 'ESRCH') throw failure;
  }
}
