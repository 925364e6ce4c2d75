import { access, readdir, readFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { ruleGroups } from '../../monitoring/build-rules.js';
import { environments, readValues } from '../../monitoring/values.js';

const FOLDER = fileURLToPath(new URL('../../docs/runbooks/', import.meta.url));
const INDEX = 'README.md';
const SECTIONS = ['First look', 'Causes', 'How it resolves', 'False alarms, silence', 'Threshold'];

const { rules: values } = await readValues('production');
const alerts = ruleGroups(values).flatMap(({ rules }) => rules);
const files = (await readdir(FOLDER)).filter((name) => name !== INDEX);
const read = (file: string) => readFile(resolve(FOLDER, file), 'utf8');

test('every alert has a page, and every page an alert', () => {
  expect(files.toSorted()).toEqual(alerts.map(({ alert }) => `${alert}.md`).toSorted());
});

test.each(environments)('in %s each alert links to its own page', async (environment) => {
  const { rules } = await readValues(environment);
  const built = ruleGroups(rules).flatMap((group) => group.rules);
  const pages = built.map(({ annotations }) => annotations.runbook_url.split('/').at(-1));
  expect(pages).toEqual(built.map(({ alert }) => `${alert}.md`));
});

test('the index names every page once', async () => {
  const named = [...(await read(INDEX)).matchAll(/\]\((\w+\.md)\)/g)].map(([, file = '']) => file);
  expect(named.toSorted()).toEqual(files.toSorted());
});

describe.each(alerts)('$alert', ({ alert, labels }) => {
  test('has a page of at most 70 lines with the labels and every section', async () => {
    const page = await read(`${alert}.md`);
    const { severity, component, feature } = labels;
    expect(page.split('\n')[0]).toBe(`# ${alert}`);
    expect(page.split('\n')[2]).toBe(`severity ${severity}, component ${component}, feature ${feature}`);
    expect([...page.matchAll(/^## (.*)$/gm)].map(([, title]) => title)).toEqual(SECTIONS);
    expect(page).toMatch(/^\*\*Means\*\*: /m);
    expect(page).toMatch(/^\*\*Impact\*\*: /m);
    expect(page.split('\n').length).toBeLessThanOrEqual(70);
  });

  test('has links that lead somewhere', async () => {
    expect(await brokenLinks(`${alert}.md`)).toEqual([]);
  });

  test('names thresholds that exist', async () => {
    const [, section = ''] = (await read(`${alert}.md`)).split('## Threshold');
    const keys = [...section.matchAll(/`((?:logBackup|watch|restore|drill|api|tidb)\.\w+|clusters)`/g)];
    const unknown = keys.filter(([, key = '']) => !hasKey(values, key.split('.')));
    expect(unknown).toEqual([]);
    expect(section).toMatch(/None|`[\w.]+`/);
  });
});

test('the index has links that lead somewhere', async () => {
  expect(await brokenLinks(INDEX)).toEqual([]);
});

async function brokenLinks(file: string): Promise<string[]> {
  const targets = [...(await read(file)).matchAll(/\]\(([^)\s]+)\)/g)].map(([, target = '']) => target);
  const local = targets.filter((target) => !/^https?:/.test(target));
  const broken = await Promise.all(local.map(async (target) => ((await leads(target)) ? [] : [target])));
  return broken.flat();
}

async function leads(target: string): Promise<boolean> {
  const [path = '', anchor] = target.split('#');
  const file = resolve(dirname(resolve(FOLDER, INDEX)), path);
  const exists = await access(file).then(
    () => true,
    () => false,
  );
  if (!exists || anchor === undefined) return exists;
  const headings = [...(await readFile(file, 'utf8')).matchAll(/^#+ (.*)$/gm)].map(([, title = '']) => title);
  return headings.some((title) => anchorOf(title) === anchor);
}

/** As GitHub makes them. */
function anchorOf(title: string): string {
  return title
    .toLowerCase()
    .replace(/[^\w\s-]/g, '')
    .replaceAll(' ', '-');
}

function hasKey(object: unknown, [first = '', ...rest]: readonly string[]): boolean {
  const fields = z.record(z.string(), z.unknown()).safeParse(object).data;
  if (fields === undefined || !(first in fields)) return false;
  return rest.length === 0 || hasKey(fields[first], rest);
}
