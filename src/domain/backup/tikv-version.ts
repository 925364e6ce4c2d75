import type { TidbCluster } from './tidb-cluster.js';

/** The tag of TiKV's image, which is also BR's; `undefined` where the image has none. Mirrors TidbCluster.TiKVImage. */
export function tikvVersionOf({ spec }: TidbCluster): string | undefined {
  const { image = '', baseImage = '', version = '' } = spec.tikv ?? {};
  const own = version === '' ? (spec.version ?? '') : version;
  if (baseImage !== '' || image === '') return own === '' ? undefined : own;
  const tag = /:([^:/@]+)$/.exec(image)?.[1];
  return tag;
}
