import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pipelineSchema, resolvePipeline } from '@packshot/contracts';
import { createLogger } from '@packshot/service';
import { openFilesystemStore } from '@packshot/storage';
import { openEmbeddings } from './embeddings';
import { openSpool } from './spool';

const NAME = 'ab-cd.bin';

test('an embedding comes from the store once, and not at all where this worker made it', async () => {
  const root = await mkdtemp(join(tmpdir(), 'packshot-embeddings-'));
  const storage = await openFilesystemStore(join(root, 'objects'));
  const spools = await Promise.all([openSpool(root), openSpool(root)]);
  const inputPath = join(root, 'photo');
  await writeFile(inputPath, 'a photo');
  const click = pipelineSchema.parse({ background: { prompt: { points: [[1, 2, 1]] } } });
  const open = async (spool: (typeof spools)[number]) => {
    const asked = { tenant: 'a', pipeline: resolvePipeline(click), inputPath, folder: await spool.folder() };
    const context = { storage, spool, logger: createLogger({ name: 'test', level: 'warn', format: 'text' }) };
    const opened = await openEmbeddings(context, { ...asked, signal: new AbortController().signal });
    if (opened === null) throw new Error('the pipeline points at something');
    return { ...opened, read: () => readFile(join(opened.folder, NAME), 'utf8') };
  };
  try {
    const [maker, other] = spools;
    const first = await open(maker);
    await writeFile(join(first.folder, NAME), 'made here');
    await first.save();
    expect(await (await open(other)).read()).toBe('made here');

    for await (const { key } of storage.list('embeddings/')) {
      await storage.put(key, Buffer.from('put there since'), { contentType: 'application/octet-stream' });
    }
    for (const spool of spools) expect(await (await open(spool)).read()).toBe('made here');
    const newcomer = await openSpool(root);
    expect(await (await open(newcomer)).read()).toBe('put there since');
    await newcomer.close();
  } finally {
    await Promise.all(spools.map((spool) => spool.close()));
    await rm(root, { recursive: true });
  }
});
