import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './workspaces';

/** Rows of the tables in docs/coverage.md: what was promised, what becomes of it, and what proves it. */
const rows = readFileSync(join(root, 'docs/coverage.md'), 'utf8')
  .split('\n')
  .filter((line) => line.startsWith('| ') && !line.startsWith('| promised '))
  .map((line) => line.slice(2, -2).split(' | '));

/** A file, and the name of a test in it where one is given. */
const proofs = rows.flatMap(([promised, , proof = '']) =>
  [...proof.matchAll(/`([^`]+)`(?: "([^"]+)")?/g)].map(([, file = '', title]) => ({ promised, file, title })),
);

describe('the page of what is covered', () => {
  it('says of every promise what becomes of it, and what proves that or why nothing does', () => {
    expect(rows.length).toBeGreaterThan(100);
    const unproven = rows.filter(([, , proof]) => !proof?.includes('`'));
    expect(rows.filter((row) => row.length !== 3)).toEqual([]);
    expect(unproven.filter(([, answer]) => !/\*\*(later|not supported)\*\*/i.test(answer ?? ''))).toEqual([]);
  });

  it('names only files that exist, and tests that are in them', () => {
    const isThere = (file: string, title = '') =>
      existsSync(join(root, file)) && readFileSync(join(root, file), 'utf8').includes(title);
    expect(proofs.filter(({ file, title }) => !isThere(file, title))).toEqual([]);
  });
});
