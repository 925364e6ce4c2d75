/** Labels of an object as Kubernetes keeps them. */
export type Labels = Readonly<Record<string, string>>;

/** Tells whether an object with these labels is selected. */
export type LabelSelector = (labels: Labels) => boolean;

/** A comma outside parentheses: `a in (x,y),!b` has one. */
const BETWEEN_REQUIREMENTS = /,(?![^(]*\))/;
const SET = /^(\S+)\s+(in|notin)\s*\(([^()]*)\)$/;
const EQUALITY = /^([^\s=!<>()]+)\s*(!=|==|=)\s*([^\s=!<>()]*)$/;
const EXISTENCE = /^(!?)\s*([^\s=!<>()]+)$/;

/**
 * Reads a label selector as `kubectl -l` takes it: `=`, `==`, `!=`, `in`, `notin`, `key`, `!key`; empty selects all.
 * `!=` and `notin` also select what lacks the label. `undefined` for any other text.
 * Source: Kubernetes, k8s.io/apimachinery/pkg/labels.
 */
export function parseLabelSelector(text: string): LabelSelector | undefined {
  if (text.trim() === '') return () => true;
  const requirements: LabelSelector[] = [];
  for (const part of text.split(BETWEEN_REQUIREMENTS)) {
    const requirement = parseRequirement(part.trim());
    if (requirement === undefined) return undefined;
    requirements.push(requirement);
  }
  return (labels) => requirements.every((isMet) => isMet(labels));
}

function parseRequirement(text: string): LabelSelector | undefined {
  const [, setKey = '', setOperator, members = ''] = SET.exec(text) ?? [];
  if (setOperator !== undefined) {
    const values = new Set(members.split(',').map((value) => value.trim()));
    return valueIs(setKey, { within: values, negated: setOperator === 'notin' });
  }
  const [, key = '', operator, value = ''] = EQUALITY.exec(text) ?? [];
  if (operator !== undefined) return valueIs(key, { within: new Set([value]), negated: operator === '!=' });
  const [, negation, name] = EXISTENCE.exec(text) ?? [];
  if (name === undefined) return undefined;
  return (labels) => Object.hasOwn(labels, name) !== (negation === '!');
}

function valueIs(
  key: string,
  { within, negated }: { within: ReadonlySet<string>; negated: boolean },
): LabelSelector {
  return (labels) => {
    const value = Object.hasOwn(labels, key) ? labels[key] : undefined;
    return (value !== undefined && within.has(value)) !== negated;
  };
}
