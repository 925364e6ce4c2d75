/** One value that cannot be used: where it stands, what it is, and what would do. */
export interface FieldProblem {
  readonly path: string;
  readonly received: string;
  readonly expected: string;
}

/** `spec.x: received "banana", expected …; …` */
export function describeProblems(problems: readonly FieldProblem[]): string {
  return problems
    .map(({ path, received, expected }) => `${path}: received "${received}", expected ${expected}`)
    .join('; ');
}
