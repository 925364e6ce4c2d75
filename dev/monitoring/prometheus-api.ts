import { fetch } from 'undici';
import { z } from 'zod';

const Labels = z.record(z.string(), z.string());

const Sample = z.object({
  metric: Labels,
  /** Epoch seconds and the value, which may be `NaN` or `+Inf`. */
  value: z.tuple([z.number(), z.string()]),
});

const QueryResult = z.discriminatedUnion('resultType', [
  z.object({ resultType: z.literal('vector'), result: z.array(Sample) }),
  z.object({ resultType: z.literal('scalar'), result: Sample.shape.value }),
]);

const Matrix = z.object({
  resultType: z.literal('matrix'),
  result: z.array(z.object({ metric: Labels, values: z.array(Sample.shape.value) })),
});

const Alert = z.object({
  labels: Labels,
  annotations: Labels,
  state: z.enum(['pending', 'firing']),
  activeAt: z.string(),
});
export type ActiveAlert = z.infer<typeof Alert>;

const Targets = z.object({
  activeTargets: z.array(
    z.object({ labels: Labels, health: z.enum(['up', 'down', 'unknown']), lastError: z.string() }),
  ),
});

export interface Series {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

export interface SeriesOverTime {
  readonly labels: Readonly<Record<string, string>>;
  readonly points: readonly { readonly atSeconds: number; readonly value: number }[];
}

/** What Prometheus answers over HTTP. Every call throws an Error with its message when it refuses. */
export interface PrometheusApi {
  /** An instant query, now; a scalar is a series without labels. */
  query(expression: string): Promise<readonly Series[]>;
  /** Every value between two times, one per `stepSeconds`. */
  queryRange(
    expression: string,
    range: { fromMs: number; toMs: number; stepSeconds: number },
  ): Promise<readonly SeriesOverTime[]>;
  /** Those that are pending or firing. */
  alerts(): Promise<readonly ActiveAlert[]>;
  /** Whether each target answered when it was read last, by `host:port`. */
  targets(): Promise<ReadonlyMap<string, 'up' | 'down' | 'unknown'>>;
}

export function createPrometheusApi(url: string): PrometheusApi {
  return {
    query: async (expression) => {
      const answer = await ask(url, { path: 'query', data: QueryResult, parameters: { query: expression } });
      if (answer.resultType === 'scalar') return [{ labels: {}, value: Number(answer.result[1]) }];
      return answer.result.map(({ metric, value }) => ({ labels: metric, value: Number(value[1]) }));
    },
    queryRange: async (expression, { fromMs, toMs, stepSeconds }) => {
      const { result } = await ask(url, {
        path: 'query_range',
        data: Matrix,
        parameters: {
          query: expression,
          start: String(fromMs / 1_000),
          end: String(toMs / 1_000),
          step: String(stepSeconds),
        },
      });
      return result.map(({ metric, values }) => ({
        labels: metric,
        points: values.map(([atSeconds, value]) => ({ atSeconds, value: Number(value) })),
      }));
    },
    alerts: async () =>
      (await ask(url, { path: 'alerts', data: z.object({ alerts: z.array(Alert) }) })).alerts,
    targets: async () => {
      const { activeTargets } = await ask(url, { path: 'targets', data: Targets });
      return new Map(activeTargets.map(({ labels, health }) => [labels['instance'] ?? '', health]));
    },
  };
}

async function ask<T>(
  url: string,
  { path, data, parameters = {} }: { path: string; data: z.ZodType<T>; parameters?: Record<string, string> },
): Promise<T> {
  const question = new URLSearchParams(parameters).toString();
  const answer = await fetch(`${url}/api/v1/${path}?${question}`, {
    signal: AbortSignal.timeout(10_000),
  });
  const document: unknown = await answer.json();
  if (!answer.ok) throw new Error(`Prometheus refused ${path}: ${JSON.stringify(document)}`);
  return z.object({ data }).parse(document).data;
}
