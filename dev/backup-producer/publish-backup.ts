import { createHash } from 'node:crypto';
import type { Baseline } from '../../src/domain/drill/baseline.js';
import type { S3Client } from '../object-store/s3-client.js';
import { metadataTrio, type BackupObjects } from './pack-backup.js';

/** Adds `baseline.json` and, over everything, `manifest.sha256`; in the order of upload: the metadata trio last. */
export function withManifest(objects: BackupObjects, baseline: Baseline | undefined): BackupObjects {
  const described: BackupObjects = new Map(objects);
  if (baseline !== undefined) {
    described.set('baseline.json', Buffer.from(`${JSON.stringify(baseline, undefined, 2)}\n`));
  }
  const manifest = manifestOf(described);
  return inUploadOrder(described.set('manifest.sha256', manifest));
}

/** As `sha256sum` prints it. */
export function manifestOf(objects: BackupObjects): Buffer {
  const lines = [...objects].map(
    ([key, content]) => `${createHash('sha256').update(content).digest('hex')}  ${key}\n`,
  );
  return Buffer.from(lines.join(''));
}

function inUploadOrder(objects: BackupObjects): BackupObjects {
  const rank = (key: string) => 1 + metadataTrio.findIndex((name) => key.startsWith(name));
  return new Map([...objects].sort(([a], [b]) => rank(a) - rank(b)));
}

/** Uploads to `<bucket>/<prefix><key>`, several at a time; the trio alone and one after the other, when all else is there. */
export async function uploadObjects(
  client: S3Client,
  { bucket, prefix }: { bucket: string; prefix: string },
  objects: BackupObjects,
): Promise<void> {
  const put = ([key, content]: [string, Buffer]) =>
    client.putObject({ bucket, key: `${prefix}${key}` }, content);
  const isLast = ([key]: [string, Buffer]) => metadataTrio.some((name) => key.startsWith(name));
  const entries = [...objects];
  const data = entries.filter((entry) => !isLast(entry));
  const uploader = async () => {
    for (let entry = data.shift(); entry !== undefined; entry = data.shift()) await put(entry);
  };
  await Promise.all(Array.from({ length: 8 }, uploader));
  for (const entry of entries.filter(isLast)) await put(entry);
}
