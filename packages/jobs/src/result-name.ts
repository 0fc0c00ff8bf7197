import { extname } from 'node:path';
import type { ItemRecord } from './records';

const EXTENSIONS: Readonly<Record<string, string>> = {
  'image/png': 'png',
  'image/webp': 'webp',
  'image/jpeg': 'jpg',
  'image/avif': 'avif',
  'image/tiff': 'tiff',
  'application/zip': 'zip',
  'text/plain': 'txt',
};

/** The original's name with what was made of it: `shoe.jpg` gives `shoe.png` and `shoe-mask.png`. */
export function resultName(item: ItemRecord, contentType: string, suffix = ''): string {
  const original = item.input.name ?? item.customId ?? item.id;
  const stem = original.slice(0, original.length - extname(original).length) || item.id;
  return `${stem.replace(/[\\/\p{C}]/gu, '_')}${suffix}.${EXTENSIONS[contentType] ?? 'bin'}`;
}
