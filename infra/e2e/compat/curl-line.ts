import { readFileSync } from 'node:fs';
import { basename } from 'node:path';

/** What a curl line sends is made of. */
interface Line {
  url: string;
  method: string;
  headers: Record<string, string>;
  form: [name: string, value: string][];
  data: string | null;
}

const WITH_VALUE: Readonly<Record<string, string>> = {
  '-X': 'method',
  '--request': 'method',
  '--url': 'url',
  '-H': 'header',
  '--header': 'header',
  '-F': 'form',
  '--form': 'form',
  '-d': 'data',
  '--data': 'data',
};

/** The words of a shell line: quotes and continued lines, no more. */
function words(line: string): string[] {
  const found = line.replace(/\\\n/g, ' ').matchAll(/(?:'[^']*'|"(?:\\.|[^"\\])*"|[^\s'"]+)+/g);
  return [...found].map(([word]) =>
    word.replace(
      /'([^']*)'|"((?:\\.|[^"\\])*)"/g,
      (_, single, double = '') => single ?? double.replace(/\\(.)/g, '$1'),
    ),
  );
}

function parse(text: string): Line {
  const [command, ...rest] = words(text);
  if (command !== 'curl') throw new Error(`not a curl line: ${text}`);
  const line: Line = { url: '', method: '', headers: {}, form: [], data: null };
  for (let i = 0; i < rest.length; i++) {
    const word = rest[i] ?? '';
    const kind = WITH_VALUE[word];
    const value = kind === undefined ? word : (rest[++i] ?? '');
    const split = value.search(kind === 'header' ? /:/ : /=/);
    if (kind === 'method') line.method = value;
    else if (kind === 'data') line.data = value;
    else if (kind === 'header') line.headers[value.slice(0, split)] = value.slice(split + 1).trim();
    else if (kind === 'form') line.form.push([value.slice(0, split), value.slice(split + 1)]);
    else if (word.startsWith('-') && kind === undefined) throw new Error(`unknown option ${word}`);
    else line.url = value;
  }
  return line;
}

const TYPES: Readonly<Record<string, string>> = { jpg: 'image/jpeg', png: 'image/png', webp: 'image/webp' };

export interface CurlOptions {
  /** What the line's file names stand for. */
  files?: Record<string, Buffer>;
  /** Words of the line, and what stands in their place. */
  words?: Record<string, string>;
  /** Beside those of the line. */
  headers?: Record<string, string>;
}

/** Sends what a saved curl line sends, its host replaced by `base`. */
export function runCurl(
  path: string,
  base: string,
  { files = {}, words: replaced = {}, headers: added = {} }: CurlOptions,
): Promise<Response> {
  let text = readFileSync(path, 'utf8').trim();
  for (const [word, value] of Object.entries(replaced)) text = text.replaceAll(word, value);
  const { url, method, headers, form, data } = parse(text);
  let body: FormData | string | undefined = data ?? undefined;
  if (form.length > 0) {
    body = new FormData();
    for (const [field, value] of form) {
      if (!value.startsWith('@')) {
        body.append(field, value);
        continue;
      }
      const name = basename(value.slice(1));
      const file = files[name];
      if (!file) throw new Error(`the line names ${value}, which the test does not have`);
      // As curl names a file's type by its ending.
      const type = TYPES[value.split('.').at(-1) ?? ''] ?? 'application/octet-stream';
      body.append(field, new Blob([new Uint8Array(file)], { type }), name);
    }
  }
  const { pathname, search } = new URL(url);
  return fetch(base + pathname + search, {
    method: method || (body === undefined ? 'GET' : 'POST'),
    headers: { ...headers, ...added },
    ...(body !== undefined && { body }),
  });
}
