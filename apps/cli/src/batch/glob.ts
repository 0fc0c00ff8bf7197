/** Whether a path is meant as a pattern rather than as a name. */
export function isGlob(path: string): boolean {
  return /[*?{[]/.test(path);
}

/** The folder that everything a pattern can match lies in: what comes before its first special part. */
export function globBase(pattern: string): string {
  const parts = pattern.split('/');
  const special = parts.findIndex(isGlob);
  return parts.slice(0, special).join('/') || (pattern.startsWith('/') ? '/' : '.');
}

const SPECIAL: readonly [pattern: RegExp, meaning: (match: RegExpExecArray) => string][] = [
  [/^\*\*\//, () => '(?:[^/]+/)*'],
  [/^\*\*/, () => '.*'],
  [/^\*/, () => '[^/]*'],
  [/^\?/, () => '[^/]'],
  [/^\[(!?)([^\]]+)\]/, ([, not, set = '']) => `[${not ? '^' : ''}${set.replaceAll('\\', '\\\\')}]`],
  [/^\{([^{}]*)\}/, ([, list = '']) => `(?:${list.split(',').map(literal).join('|')})`],
];

/** For shells that leave patterns alone: `*`, `?`, `[a-z]`, `[!a]`, `{jpg,png}`, and `**` for folders in between. */
export function globToRegExp(pattern: string): RegExp {
  let source = '';
  for (let rest = pattern; rest !== ''; ) {
    const found = SPECIAL.map(([form, meaning]) => [form.exec(rest), meaning] as const).find(
      ([match]) => match !== null,
    );
    const match = found?.[0];
    source += match && found ? found[1](match) : literal(rest.charAt(0));
    rest = rest.slice(match ? match[0].length : 1);
  }
  return new RegExp(`^${source}$`);
}

function literal(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}
