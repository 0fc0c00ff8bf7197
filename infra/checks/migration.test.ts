import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { PRESETS, pipelineSchema } from '@packshot/contracts';
import { ROUTES } from '../../apps/api/src/routes';
import { root } from './workspaces';

const page = readFileSync(join(root, 'docs/16-migration.md'), 'utf8');
const all = (pattern: RegExp) => [...page.matchAll(pattern)].map(([, found = '']) => found);

describe('the lines for those who come from elsewhere', () => {
  it('have pipelines that the interface takes, with models that there are', () => {
    const models = readdirSync(join(root, 'models/registry'));
    const pipelines = all(/'pipeline=(\{.*\})'/g).map((json) => pipelineSchema.parse(JSON.parse(json)));
    expect(pipelines.length).toBeGreaterThan(2);
    const named = JSON.stringify(pipelines).matchAll(/"model":"([^"]+)"/g);
    for (const [, model] of named) expect(models).toContain(`${model}.json`);
  });

  it('name presets and endpoints that there are', () => {
    for (const preset of all(/preset"?[=:]"?([a-z-]+)/g)) expect(Object.keys(PRESETS)).toContain(preset);
    const shapes = ROUTES.map(({ path }) => new RegExp(`^${path.replace(/:\w+/g, '[^/]+').replace('*file', '.*')}$`));
    const paths = all(/http:\/\/127\.0\.0\.1:8080(\/[\w./-]+)/g).filter((path) => path !== '/v2');
    expect(paths.length).toBeGreaterThan(8);
    expect(paths.filter((path) => !shapes.some((shape) => shape.test(path)))).toEqual([]);
  });
});
