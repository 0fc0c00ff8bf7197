import { extname } from 'node:path';

/** What Windows does not take in the name of a file; a colon would also look like a drive to those who write archives. */
const FORBIDDEN = /[<>:"|?*\\/\p{C}]/gu;

/** Makes names that no file system takes for one another: `shoe.png`, then `shoe-2.png`. */
export function createNamer(): (name: string) => string {
  const used = new Set<string>();
  const counts = new Map<string, number>();
  return (wanted) => {
    const clean = wanted.replace(FORBIDDEN, '_').replace(/^\.*$/, '_');
    const extension = extname(clean);
    const stem = clean.slice(0, clean.length - extension.length);
    const key = clean.toLowerCase();
    let count = counts.get(key) ?? 0;
    let name: string;
    do {
      count += 1;
      name = count === 1 ? clean : `${stem}-${count}${extension}`;
    } while (used.has(name.toLowerCase()));
    counts.set(key, count);
    used.add(name.toLowerCase());
    return name;
  };
}
