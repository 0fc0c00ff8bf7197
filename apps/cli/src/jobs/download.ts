import { extname, resolve } from 'node:path';
import type { ItemView } from '@packshot/contracts';
import { Pool } from '../batch/pool';
import { saveResult } from '../batch/save-result';
import { connect, type ServerOptions } from '../connect';
import type { Context } from '../context';

const AT_ONCE = 4;

/** Writes every result there is under the name of its image. */
export async function downloadJob(
  context: Context,
  id: string,
  { output: folder, ...server }: ServerOptions & { output: string },
): Promise<void> {
  const { output, signal } = context;
  const packshot = connect(context, server);
  const names = new Map<string, number>();
  const results: { item: string; file: string }[] = [];
  const pool = new Pool(AT_ONCE);
  for await (const item of packshot.jobs.items(id, { status: 'succeeded' }, { signal })) {
    const stem = ownStem(item, names);
    await pool.add(async () => {
      const file = await saveResult(resolve(folder), stem, () => packshot.jobs.result(id, item.id, { signal }));
      results.push({ item: item.id, file });
      output.note(file);
    });
  }
  await pool.end();
  output.result({ job: id, output: resolve(folder), results }, `${results.length} results are in ${folder}`);
}

/** The second `shoe` is `shoe-2`. No name leads out of the folder: names come from whoever made the job. */
function ownStem({ id, input, custom_id }: ItemView, names: Map<string, number>): string {
  const name = (input.name ?? custom_id ?? '').replace(/[\\/\p{C}]/gu, '_').replace(/^\.+/, '');
  const stem = name.slice(0, name.length - extname(name).length) || id;
  const count = (names.get(stem) ?? 0) + 1;
  names.set(stem, count);
  return count === 1 ? stem : `${stem}-${count}`;
}
