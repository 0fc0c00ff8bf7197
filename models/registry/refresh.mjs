// Writes size and SHA-256 of the files that ship with Packshot into their records: run it after an export.
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const folder = dirname(fileURLToPath(import.meta.url));
for (const name of readdirSync(folder).filter((entry) => entry.endsWith('.json'))) {
  const path = join(folder, name);
  const text = readFileSync(path, 'utf8');
  let fresh = text;
  for (const file of JSON.parse(text).files ?? []) {
    if (file.bundled === undefined) continue;
    const bytes = readFileSync(join(folder, '..', file.bundled));
    const sha256 = createHash('sha256').update(bytes).digest('hex');
    fresh = fresh.replace(`"bytes": ${file.bytes},`, `"bytes": ${bytes.length},`).replaceAll(file.sha256, sha256);
  }
  if (fresh !== text) writeFileSync(path, fresh);
  console.log(`${name} ${fresh === text ? 'was right' : 'brought up to date'}`);
}
