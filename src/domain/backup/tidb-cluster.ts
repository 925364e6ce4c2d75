import { z } from 'zod';

/** A TidbCluster (pingcap.com/v1alpha1), as far as a backup Job depends on it. */
export const TidbCluster = z.looseObject({
  metadata: z.looseObject({ name: z.string(), namespace: z.string() }),
  spec: z.looseObject({
    version: z.string().optional(),
    tlsCluster: z.looseObject({ enabled: z.boolean().optional() }).nullish(),
    tidb: z
      .looseObject({
        tlsClient: z
          .looseObject({ enabled: z.boolean().optional(), skipInternalClientCA: z.boolean().optional() })
          .nullish(),
      })
      .nullish(),
    tikv: z
      .looseObject({
        image: z.string().optional(),
        baseImage: z.string().optional(),
        version: z.string().optional(),
      })
      .nullish(),
  }),
});
export type TidbCluster = z.infer<typeof TidbCluster>;
