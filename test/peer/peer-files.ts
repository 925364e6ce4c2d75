import { access, constants } from 'node:fs/promises';

/** TiDB Operator as it is installed beside us, built from its source. */
export interface PeerFiles {
  /** Its program tidb-controller-manager; it listens on `PEER_ADDRESS`. */
  readonly binary: string;
  /** Its stock CRDs, one YAML file. */
  readonly crds: string;
}

/** Where the built operator listens: its own :6060 is patched to this one, which is as fixed. */
export const PEER_ADDRESS = '127.0.0.1:20660';

const HOW_TO =
  'These tests run beside the real TiDB Operator. Build it from pingcap/tidb-operator, branch release-1.x ' +
  `(go build ./cmd/controller-manager, listening on ${PEER_ADDRESS}), and set HOLDFAST_TIDB_OPERATOR_BIN to the ` +
  'program and HOLDFAST_TIDB_OPERATOR_CRDS to its manifests/crd.yaml. See docs/backup-retry-conformance.md.';

/** @throws Error that says what to build and which variable to set */
export async function peerFiles(): Promise<PeerFiles> {
  const [binary, crds] = await Promise.all([
    fileFrom('HOLDFAST_TIDB_OPERATOR_BIN', constants.X_OK),
    fileFrom('HOLDFAST_TIDB_OPERATOR_CRDS', constants.R_OK),
  ]);
  return { binary, crds };
}

async function fileFrom(variable: string, mode: number): Promise<string> {
  const path = process.env[variable];
  if (path === undefined || path === '') throw new Error(`${variable} is not set. ${HOW_TO}`);
  await access(path, mode).catch((cause: unknown) => {
    throw new Error(`${variable} is ${path}, which cannot be used. ${HOW_TO}`, { cause });
  });
  return path;
}
