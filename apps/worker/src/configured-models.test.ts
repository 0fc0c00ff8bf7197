import { join } from 'node:path';
import { repositoryRoot } from '@packshot/testing';
import { configuredModels } from './configured-models';

const MODELS_DIR = join(repositoryRoot(), 'models');
const namesOf = (...MODELS: string[]) => configuredModels({ MODELS, MODELS_DIR, MODELS_STORE: '/nowhere' });

describe('the models of the settings', () => {
  test('are named by id or by pack, each once', async () => {
    const compact = await namesOf('compact');
    expect(compact).toContain('compact-denoise');
    expect(await namesOf('compact', 'birefnet-general', 'compact-denoise')).toEqual([...compact, 'birefnet-general']);
    expect(await namesOf()).toEqual([]);
  });

  test('are refused, all together, when there are none of that name', async () => {
    await expect(namesOf('nonesuch', 'compact', 'another')).rejects.toThrow(/pack nonesuch[\s\S]*pack another/);
  });
});
