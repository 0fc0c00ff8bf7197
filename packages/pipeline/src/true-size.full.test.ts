import { execFileSync } from 'node:child_process';
import { join, resolve } from 'node:path';

const exporter = resolve(__dirname, '../../../models/export');

/** The smallest two, one of them in two graphs; all others take an hour. */
it.each(['u2netp', 'sam2.1-tiny'])(
  '%s at its true size is exported, imported by its record and run on a photo',
  (id) => {
    // Fails in words of its own where Python or its packages cannot be had.
    execFileSync(join(exporter, 'make-venv.sh'), { stdio: ['ignore', 'inherit', 'inherit'] });
    const rows = execFileSync(process.execPath, [join(exporter, 'prove-true-size.mjs'), id], { encoding: 'utf8' });
    expect(rows).toMatch(new RegExp(`\\| \`${id}\` \\| [\\d.]+ M \\| \\d+ \\| 1200x1600 \\|`));
  },
  900_000,
);
