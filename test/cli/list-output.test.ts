import { expect, test } from 'vitest';
import { printList, type ListArguments } from '../../src/cli/list-output.js';
import { cliWorld } from './cli-world.js';

const object = (namespace: string, name: string) => ({ namespace, name });

function print(args: ListArguments, summaries: readonly { namespace: string; name: string }[]) {
  const { deps, data, said } = cliWorld();
  printList(args, deps, {
    kind: 'Restores',
    summaries,
    unreadable: [],
    render: (sorted, format) => [format, ...sorted.map(({ name }) => name)].join(' '),
  });
  return { data: data(), said };
}

test('objects come by namespace first, also where one namespace begins as another', () => {
  const mixed = [object('prod-eu', 'a'), object('prod', 'z'), object('prod', 'b')];
  expect(print({ namespace: 'all', output: 'name' }, mixed).data).toBe('prod/b\nprod/z\nprod-eu/a');
  expect(print({ namespace: 'all', output: 'wide' }, mixed)).toEqual({ data: 'wide b z a', said: [] });
});

test.each([
  ['all', 'table', '', 'no Restores in any namespace'],
  ['prod', 'name', '', 'no Restores in namespace prod'],
  ['prod', 'json', '{\n  "restores": [],\n  "unreadable": []\n}', 'no Restores in namespace prod'],
] as const)('nothing found in %s as %s is said beside the data', (namespace, output, data, said) => {
  expect(print({ namespace, output }, [])).toEqual({ data, said: [said] });
});
