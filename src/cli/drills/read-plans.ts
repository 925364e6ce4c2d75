import { LineCounter, parseAllDocuments, type Document } from 'yaml';
import type { z } from 'zod';
import { DrillPlan } from '../../domain/drill/drill-plan.js';

/** What a file of plans says; with problems there may be fewer plans. */
export interface ReadPlans {
  readonly plans: readonly DrillPlan[];
  /** `plans.yaml:12: store.prefix: expected …`, each one of them. */
  readonly problems: readonly string[];
}

/** Reads all documents of a YAML (or JSON) text, and says all that is wrong with any of them. */
export function readPlans(text: string, file: string): ReadPlans {
  const lines = new LineCounter();
  const documents = parseAllDocuments(text, { lineCounter: lines, prettyErrors: false });
  if ('empty' in documents) return { plans: [], problems: [`${file}: it holds no document`] };
  const plans: DrillPlan[] = [];
  const problems: string[] = [];
  const at = (offset: number | undefined, message: string) =>
    problems.push(`${file}:${offset === undefined ? 1 : lines.linePos(offset).line}: ${message}`);
  for (const document of documents) {
    for (const { pos, message } of document.errors) at(pos[0], message);
    if (document.errors.length > 0 || document.contents === null) continue;
    const parsed = DrillPlan.safeParse(contentOf(document));
    if (!parsed.success) {
      for (const issue of parsed.error.issues) at(offsetOf(document, issue.path), describe(issue));
    } else if (plans.some(({ name }) => name === parsed.data.name)) {
      at(offsetOf(document, ['name']), `name: ${parsed.data.name} is there twice`);
    } else plans.push(parsed.data);
  }
  return { plans, problems };
}

/** Aliases may expand a small text without end: then there is nothing to read. */
function contentOf(document: Document.Parsed): unknown {
  try {
    return document.toJS({ maxAliasCount: 100 });
  } catch (failure) {
    if (failure instanceof ReferenceError) return undefined;
    throw failure;
  }
}

function describe({ path, message }: z.core.$ZodIssue): string {
  return path.length === 0 ? message : `${path.map(String).join('.')}: ${message}`;
}

/** Where the field stands, or the nearest one around it that is there. */
function offsetOf(document: Document.Parsed, path: readonly PropertyKey[]): number | undefined {
  for (let length = path.length; length >= 0; length -= 1) {
    const node: unknown = document.getIn(path.slice(0, length), true);
    if (typeof node === 'object' && node !== null && 'range' in node && Array.isArray(node.range)) {
      const start: unknown = node.range[0];
      if (typeof start === 'number') return start;
    }
  }
  return undefined;
}
