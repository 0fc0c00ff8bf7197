// Writes size and SHA-256 of the files under models/compact into their records: run it after an export.
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const folder = dirname(fileURLToPath(import.meta.url));
for (const name of readdirSync(folder).filter((entry) => entry.endsWith('.json'))) {
  const path = join(folder, name);
  const text = readFileSync(path, 'utf8');
  const { file } = JSON.parse(text);
  if (!file.startsWith('compact/')) continue;
  const bytes = readFileSync(join(folder, '..', file));
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  const fresh = text
    .replace(/"bytes": \d+/, `"bytes": ${bytes.length}`)
    .replace(/"sha256": "[0-9a-f]*"/, `"sha256": "${sha256}"`);
  if (fresh !== text) writeFileSync(path, fresh);
  console.log(`${name} ${fresh === text ? 'was right' : 'brought up to date'}`);
}
