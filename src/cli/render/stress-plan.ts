import type { StressPlan } from '../../domain/stress/stress-plan.js';
import { textTable } from './text-table.js';

/** What a run would create, by kind. */
export interface ShownStressPlan {
  readonly run: string;
  readonly workflowId: string;
  readonly apiServer: string;
  readonly namespaces: readonly string[];
  readonly operations: number;
  readonly objects: readonly {
    readonly kind: string;
    readonly perNamespace: number;
    readonly total: number;
    readonly first: string;
  }[];
}

export function shownStressPlan(
  { prefix, namespaces, objects, operations }: StressPlan,
  run: Pick<ShownStressPlan, 'run' | 'workflowId' | 'apiServer'>,
): ShownStressPlan {
  const kinds = new Set(objects.map(({ kind }) => kind));
  return {
    ...run,
    namespaces: Array.from({ length: namespaces }, (_, index) => `${prefix}${index + 1}`),
    operations,
    objects: [...kinds].map((kind) => {
      const ofKind = objects.filter((object) => object.kind === kind);
      return {
        kind,
        perNamespace: ofKind.length,
        total: ofKind.length * namespaces,
        first: ofKind[0]?.name ?? '',
      };
    }),
  };
}

export function renderStressPlan(plan: ShownStressPlan, { colour }: { colour: boolean }): string {
  const { namespaces, objects, operations } = plan;
  const rows = [
    ['Namespace', '', String(namespaces.length), namespaces[0] ?? ''],
    ...objects.map(({ kind, perNamespace, total, first }) => [
      kind,
      String(perNamespace),
      String(total),
      first,
    ]),
    ['all', '', String(operations), ''],
  ];
  return textTable(
    ['KIND', 'PER NAMESPACE', 'TOTAL', 'FIRST'],
    rows.map((row) => row.map((text) => ({ text }))),
    { colour },
  );
}
