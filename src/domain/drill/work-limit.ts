import { z } from 'zod';

const BYTES_OF_UNIT = { Ki: 2 ** 10, Mi: 2 ** 20, Gi: 2 ** 30, Ti: 2 ** 40 } as const;

/** `HOLDFAST_WORK_LIMIT`: bytes, or with a binary unit as Kubernetes writes it. */
export const WorkLimit = z.string().transform((text, context) => {
  const [, count, unit = ''] = /^(\d{1,12})(Ki|Mi|Gi|Ti)?$/.exec(text) ?? [];
  const bytes = Number(count) * (Object.entries(BYTES_OF_UNIT).find(([name]) => name === unit)?.[1] ?? 1);
  if (count !== undefined && Number.isSafeInteger(bytes) && bytes > 0) return bytes;
  context.addIssue({ code: 'custom', message: 'expected bytes above zero, for example 500Gi' });
  return z.NEVER;
});
