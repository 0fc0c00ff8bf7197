import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import Ajv from 'ajv';
import composeSchema from 'docker-compose/schema/compose-spec.json';
import { apiConfig, loadApiConfig } from '../../apps/api/src/config';
import { readConfig, workerConfig } from '../../apps/worker/src/config';
import { type ComposeService, readComposeFile, variablesOf } from './testing/compose-file';
import { parseDockerfile } from './testing/dockerfile';

const root = join(__dirname, '../..');
const path = join(root, 'docker-compose.yml');
const compose = readComposeFile(path);
const services = Object.entries(compose.services);

/** The service's settings as the process gets them. */
function environment(service: ComposeService | undefined): Record<string, string> {
  return Object.fromEntries(Object.entries(service?.environment ?? {}).map(([name, value]) => [name, String(value)]));
}

const seconds = (duration = '') => {
  const [, minutes = '0', rest = '0'] = /^(?:(\d+)m)?(?:(\d+)s)?$/.exec(duration) ?? [];
  return Number(minutes) * 60 + Number(rest);
};

describe('docker-compose.yml', () => {
  it('follows the Compose specification', () => {
    // The schema names its own dialect by an address that the validator does not know draft 7 under.
    const { $schema: _, ...schema } = composeSchema;
    const validate = new Ajv({ strict: false, allErrors: true }).compile(schema);
    validate(compose);
    expect(validate.errors).toBeNull();
    const misspelt = { services: { api: { image: 'packshot-api', restrat: 'always' } } };
    expect(validate(misspelt)).toBe(false);
  });

  it('comes up by a plain `docker compose up`: every variable has a default', () => {
    expect(variablesOf(path).length).toBeGreaterThan(10);
    expect(() => readComposeFile(path, {})).not.toThrow();
    expect(readComposeFile(path, { API_PORT: '9000' }).services.api?.ports).toEqual(['127.0.0.1:9000:8080']);
  });

  it('asks for no variable that its README does not name, nor the other way round', () => {
    const readme = readFileSync(join(__dirname, 'README.md'), 'utf8');
    const named = [...readme.matchAll(/`([A-Z][A-Z0-9_]+)`/g)].map(([, name]) => name ?? '');
    const known = [...new Set(variablesOf(path))].sort();
    expect([...new Set(named)].sort()).toEqual(known);
  });

  it('brings the system without a GPU by default, and the GPU worker on request', () => {
    const always = services.filter(([, { profiles }]) => profiles === undefined).map(([name]) => name);
    expect(always.sort()).toEqual(['api', 'grafana', 'prometheus', 'redis', 's3', 's3-init', 'worker']);
    expect(compose.services['worker-gpu']?.profiles).toEqual(['gpu']);
  });

  it.each(services)('%s depends only on services that are there and can fulfil the condition', (_, service) => {
    for (const [name, { condition }] of Object.entries(service.depends_on ?? {})) {
      const other = compose.services[name];
      expect({ name, other }).toEqual({ name, other: expect.anything() });
      if (condition === 'service_healthy') expect(other?.healthcheck?.test).toBeDefined();
      if (condition === 'service_completed_successfully') expect(other?.restart).toBe('no');
      expect(other?.profiles ?? []).toEqual([]);
    }
  });

  it.each(services)('%s uses volumes, networks and files that are there', (_, service) => {
    for (const name of service.networks ?? []) expect(Object.keys(compose.networks)).toContain(name);
    for (const volume of service.volumes ?? []) {
      const source = typeof volume === 'string' ? volume.split(':')[0] : volume.source;
      if (source?.startsWith('./'))
        expect({ source, there: existsSync(join(root, source)) }).toEqual({ source, there: true });
      else if (source !== undefined) expect(Object.keys(compose.volumes)).toContain(source);
    }
    if (service.build) expect(existsSync(join(root, service.build.context, service.build.dockerfile))).toBe(true);
  });

  it('uses every volume and network it declares', () => {
    const text = JSON.stringify(compose.services);
    for (const name of [...Object.keys(compose.volumes), ...Object.keys(compose.networks)])
      expect(text).toContain(name);
  });

  it.each(services)('%s publishes to this machine alone', (_, service) => {
    for (const port of service.ports ?? []) expect(port).toMatch(/^127\.0\.0\.1:\d+:\d+$/);
  });

  it('shows nothing of Redis, S3 and Prometheus outside, and gives them no way out', () => {
    expect(compose.networks.backend?.internal).toBe(true);
    for (const name of ['redis', 's3', 's3-init', 'prometheus']) {
      expect(compose.services[name]?.networks).toEqual(['backend']);
      expect(compose.services[name]?.ports).toBeUndefined();
    }
  });

  it.each(services)('%s cannot gain privileges, has a memory limit and a pinned image', (name, service) => {
    expect(service.security_opt).toContain('no-new-privileges:true');
    if (name !== 's3-init') expect(service.mem_limit).toMatch(/^\d+[mg]$/);
    if (service.build === undefined) expect(service.image).toMatch(/:v?\d+\.\d+/);
    if (service.build !== undefined) expect(service).toMatchObject({ read_only: true, init: true });
  });

  it('keeps Redis durable, and never lets it evict', () => {
    const command = compose.services.redis?.command?.join(' ');
    expect(command).toContain('--appendonly yes --appendfsync always');
    expect(command).toContain('--maxmemory-policy noeviction');
    expect(compose.services.redis?.volumes).toEqual(['redis-data:/data']);
  });
});

describe('the settings of the services', () => {
  const { api, worker, 'worker-gpu': gpu } = compose.services;

  it('are settings that the API and the worker know', () => {
    expect(Object.keys(apiConfig.shape)).toEqual(expect.arrayContaining(Object.keys(environment(api))));
    for (const service of [worker, gpu]) {
      expect(Object.keys(workerConfig.shape)).toEqual(expect.arrayContaining(Object.keys(environment(service))));
    }
  });

  it('are accepted by the API and the worker as they stand', () => {
    expect(loadApiConfig(environment(api))).toMatchObject({ HOST: '0.0.0.0', ALLOW_UNAUTHENTICATED: true });
    expect(readConfig(environment(worker))).toMatchObject({ PROVIDERS: ['cpu'], S3_BUCKET: 'packshot' });
    expect(readConfig(environment(gpu))).toMatchObject({ PROVIDERS: ['cuda'] });
    // What the check is worth: a wrong value does not pass.
    expect(() => readConfig({ ...environment(worker), WEBHOOK_SECRET: 'secret' })).toThrow('WEBHOOK_SECRET');
  });

  it('name one S3 server, with the credentials and the address that it has', () => {
    const { AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY } = environment(compose.services.s3);
    for (const service of [api, worker, gpu, compose.services['s3-init']]) {
      expect(environment(service)).toMatchObject({
        S3_ACCESS_KEY_ID: AWS_ACCESS_KEY_ID,
        S3_SECRET_ACCESS_KEY: AWS_SECRET_ACCESS_KEY,
        S3_ENDPOINT: 'http://s3:8333',
      });
    }
    expect(compose.services.s3?.command).toContain('-s3.port=8333');
  });

  it('leave time to drain before the kill', () => {
    const drain = readConfig(environment(worker)).DRAIN_SECONDS;
    for (const service of [worker, gpu]) expect(seconds(service?.stop_grace_period)).toBeGreaterThanOrEqual(drain + 10);
    expect(seconds(api?.stop_grace_period)).toBeGreaterThan(25);
  });
});

describe('the monitoring', () => {
  it('scrapes ports that the services listen on', () => {
    const prometheus = readFileSync(join(root, 'infra/prometheus/prometheus.yml'), 'utf8');
    const targets = [...prometheus.matchAll(/targets: \[(\S+)\]/g)].map(([, target]) => target);
    expect(targets).toEqual([`api:${environment(compose.services.api).PORT}`, 's3:9327']);
    expect(compose.services.s3?.command).toContain('-metricsPort=9327');
    const { METRICS_HOST, METRICS_PORT } = environment(compose.services.worker);
    expect(METRICS_HOST).toBe('0.0.0.0');
    expect(prometheus).toContain(`- names: [worker, worker-gpu]\n        type: A\n        port: ${METRICS_PORT}`);
    expect(environment(compose.services['worker-gpu'])).toMatchObject({ METRICS_HOST, METRICS_PORT });
  });
});

describe('the Dockerfiles', () => {
  const folder = __dirname;
  const names = readdirSync(folder).filter((name) => name.endsWith('.Dockerfile'));
  const read = (name: string) => parseDockerfile(readFileSync(join(folder, name), 'utf8'));
  const pnpm: string = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')).packageManager;

  it('are the three of the system', () => {
    expect(names.sort()).toEqual(['api.Dockerfile', 'worker-gpu.Dockerfile', 'worker.Dockerfile']);
  });

  it.each(['api.Dockerfile', 'worker.Dockerfile', 'worker-gpu.Dockerfile'])('%s pins what it is made from', (name) => {
    const stages = new Set<string>();
    for (const { text } of read(name).filter(({ keyword }) => keyword === 'FROM')) {
      const [image = '', , stage = ''] = text.split(' ');
      if (!stages.has(image)) expect(image).toMatch(/^[a-z/]+:\d+\.\d+\.\d+-/);
      stages.add(stage);
    }
    const runs = read(name).filter(({ keyword }) => keyword === 'RUN');
    const pinned = runs.flatMap(({ text }) => text.match(/pnpm@[\d.]+/g) ?? []);
    expect(pinned.length).toBe(2);
    expect(new Set(pinned)).toEqual(new Set([pnpm]));
  });

  it.each([
    ['api.Dockerfile', ['apps/api', 'apps/web']],
    ['worker.Dockerfile', ['apps/worker']],
    ['worker-gpu.Dockerfile', ['apps/worker']],
  ])('%s brings the manifests of all workspaces that it is made of', (name, apps) => {
    const copied = read(name)
      .filter(({ keyword, text }) => keyword === 'COPY' && /^(apps|packages)\/[^ ]*package\.json /.test(text))
      .map(({ text }) => text.split('/package.json')[0]);
    const needed = new Set(apps.flatMap((app) => [...workspacesOf(app)]));
    expect(copied.sort()).toEqual([...needed].sort());
  });

  it.each(['api.Dockerfile', 'worker.Dockerfile', 'worker-gpu.Dockerfile'])(
    '%s ends unprivileged, with a check',
    (name) => {
      const last = (keyword: string) =>
        read(name).findLast((instruction) => instruction.keyword === keyword)?.text ?? '';
      // A number, so that Kubernetes can tell that it is not root.
      expect(last('USER')).toBe('1000:1000');
      const script = JSON.parse(last('HEALTHCHECK').replace(/^CMD /, ''))[1];
      expect(existsSync(join(root, script))).toBe(true);
      const labels = read(name).find(({ keyword }) => keyword === 'LABEL')?.text;
      expect(labels).toContain(`image.title="packshot-${name.replace('.Dockerfile', '')}"`);
    },
  );

  /** A workspace and, through its package.json, all others it is built from. */
  function workspacesOf(folderName: string, found = new Set<string>()): Set<string> {
    if (found.has(folderName)) return found;
    found.add(folderName);
    const manifest = JSON.parse(readFileSync(join(root, folderName, 'package.json'), 'utf8'));
    const names = Object.keys({ ...manifest.dependencies, ...manifest.devDependencies });
    for (const name of names.filter((dependency) => dependency.startsWith('@packshot/'))) {
      workspacesOf(`packages/${name.slice('@packshot/'.length)}`, found);
    }
    return found;
  }
});
