import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { ConfigError, flag, list, loadConfig } from './config';

const schema = z.object({
  PORT: z.coerce.number().int().default(8080).describe('the port to listen on'),
  HOSTS: list().default([]),
  LOUD: flag().default(false),
  NAME: z.string().min(1),
});

describe('loadConfig', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'packshot-config-'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  const yaml = (content: string) => {
    const file = join(folder, 'packshot.yaml');
    writeFileSync(file, content);
    return file;
  };

  it('lets the environment win over the file', () => {
    const file = yaml('PORT: 1000\nNAME: from file\nHOSTS: [a, b]\nLOUD: true\n');
    expect(loadConfig(schema, { env: { PORT: '2000' }, file })).toEqual({
      PORT: 2000,
      NAME: 'from file',
      HOSTS: ['a', 'b'],
      LOUD: true,
    });
  });

  it('takes an empty variable for an unset one', () => {
    expect(loadConfig(schema, { env: { PORT: '', NAME: 'x', HOSTS: 'a, b' }, file: yaml('') })).toMatchObject({
      PORT: 8080,
      HOSTS: ['a', 'b'],
    });
  });

  it('reports all faults together, each with its variable', () => {
    const attempt = () => loadConfig(schema, { env: { PORT: 'many', LOUD: 'perhaps' }, file: yaml('') });
    expect(attempt).toThrow(ConfigError);
    expect(attempt).toThrow(/PORT: .*the port to listen on[\s\S]*LOUD: [\s\S]*NAME: /);
  });

  it('refuses a file that is not YAML', () => {
    expect(() => loadConfig(schema, { env: {}, file: yaml('a: [') })).toThrow(ConfigError);
  });
});
