import { ensureBinaries } from '../dev/binaries/ensure-binaries.js';
import { binaryTable, type BinaryName } from '../dev/binaries/binary-table.js';

/** Gets every server program once, before the clocks of the tests run: on a new machine some are built from source. */
export async function setup(): Promise<void> {
  const names = Object.keys(binaryTable) as BinaryName[];
  await ensureBinaries(names, { progress: (line) => process.stderr.write(`${line}\n`) });
}
