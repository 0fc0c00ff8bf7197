import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** The version of this package; the file lies beside both `src` and `dist`. */
export const VERSION: string = JSON.parse(readFileSync(join(__dirname, '..', 'package.json'), 'utf8')).version;
