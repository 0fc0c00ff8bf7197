import { readdirSync, readFileSync } from 'node:fs';
import { join, posix } from 'node:path';

interface Rule {
  pattern: RegExp;
  /** The pattern's words, to know whether a later exception may lie inside an excluded folder. */
  text: string;
  exception: boolean;
}

/** The files below `root` that a build gets to see: all but those that `.dockerignore` leaves out, as paths with slashes. */
export function contextFiles(root: string): string[] {
  const rules = readRules(readFileSync(join(root, '.dockerignore'), 'utf8'));
  return [...walk(root, '', rules)].sort();
}

function readRules(source: string): Rule[] {
  const lines = source.split('\n').map((line) => line.trim());
  return lines
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map((line) => {
      const exception = line.startsWith('!');
      const text = line.replace(/^!/, '').replace(/^\/|\/$/g, '');
      return { text, exception, pattern: toPattern(text) };
    });
}

/** Go's filepath.Match, and `**` for any number of folders. A pattern also covers what lies below what it names. */
function toPattern(text: string): RegExp {
  const parts = text.split('/').map((part) => {
    if (part === '**') return '(?:[^/]+/)*';
    if (/[[\]?\\]/.test(part)) throw new Error(`.dockerignore: ${text} is not understood`);
    return `${part.replace(/[.+^${}()|]/g, '\\$&').replace(/\*/g, '[^/]*')}/`;
  });
  return new RegExp(`^${parts.join('').replace(/\/$/, '')}(?:/|$)`);
}

/** The last rule that speaks of a path decides. */
const isLeftOut = (path: string, rules: readonly Rule[]) =>
  rules.reduce((left, rule) => (rule.pattern.test(path) ? !rule.exception : left), false);

function* walk(root: string, folder: string, rules: readonly Rule[]): Generator<string> {
  for (const entry of readdirSync(join(root, folder), { withFileTypes: true })) {
    const path = posix.join(folder, entry.name);
    const left = isLeftOut(path, rules);
    if (!entry.isDirectory()) {
      if (!left) yield path;
    } else if (!left || rules.some(({ exception, text }) => exception && text.startsWith(`${path}/`))) {
      yield* walk(root, path, rules);
    }
  }
}
