import { readdir, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { readRecords } from './registry';

const modelsDir = resolve(__dirname, '../../../../models');

/** What a clone has to carry, and what one model may weigh in single precision. */
const PACK_BYTES = 40e6;
const MODEL_BYTES = 10e6;

describe('the models in the repository', () => {
  it('weigh at most 40 MB together, and 10 MB each', async () => {
    const names = (await readdir(join(modelsDir, 'compact'))).filter((name) => name.endsWith('.onnx'));
    const sizes = await Promise.all(names.map(async (name) => (await stat(join(modelsDir, 'compact', name))).size));
    expect(names.filter((_, i) => (sizes[i] ?? 0) > MODEL_BYTES)).toEqual([]);
    expect(sizes.reduce((sum, size) => sum + size, 0)).toBeLessThanOrEqual(PACK_BYTES);
  });

  it('differ from their forms for CPUs in nothing but the file', async () => {
    const records = await readRecords(modelsDir);
    for (const { cpu_form_of, ...form } of records) {
      const record = records.find(({ id }) => id === cpu_form_of);
      if (record === undefined) continue;
      expect(form).toEqual({
        ...record,
        ...{ id: form.id, description: form.description, default: false, fourfold: undefined, files: form.files },
      });
      const bytes = (files: typeof form.files) => files.reduce((sum, file) => sum + (file.bytes ?? 0), 0);
      expect(bytes(form.files)).toBeLessThan(bytes(record.files));
    }
  });
});
