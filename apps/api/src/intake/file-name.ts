import { basename } from 'node:path';

/** A name as clients may see it again: without folders and control characters, at most 255 characters; null without one. */
export function fileName(given: string | null | undefined): string | null {
  const name = basename((given ?? '').replaceAll('\\', '/'))
    .replace(/\p{C}/gu, '')
    .trim();
  return name === '' ? null : Array.from(name).slice(0, 255).join('');
}
