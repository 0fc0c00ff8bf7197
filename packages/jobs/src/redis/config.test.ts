import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { makeCertificates, type TestCertificates } from '@packshot/testing';
import { redisConfig, refuseContradictions } from './config';

const schema = redisConfig.superRefine(refuseContradictions);
const faults = (settings: Record<string, string>) =>
  schema.safeParse(settings).error?.issues.map(({ path, message }) => `${String(path[0])}: ${message}`) ?? [];

let folder: string;
let files: TestCertificates;
let others: TestCertificates;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'packshot-redis-config-'));
  files = await makeCertificates(mkdtempSync(join(folder, 'a-')));
  others = await makeCertificates(mkdtempSync(join(folder, 'b-')));
});
afterAll(() => rmSync(folder, { recursive: true }));

function file(content: string): string {
  const path = join(folder, `secret-${Math.random()}`);
  writeFileSync(path, content);
  return path;
}

const TLS = 'rediss://h';
const SENTINEL = 'redis+sentinel://h/main';

test('secrets are read from files, without the line feed that an editor leaves', () => {
  const read = schema.parse({
    REDIS_URL: SENTINEL,
    REDIS_PASSWORD_FILE: file('p w\n'),
    REDIS_SENTINEL_PASSWORD_FILE: file('s\r\n'),
  });
  expect(read).toMatchObject({ REDIS_PASSWORD_FILE: 'p w', REDIS_SENTINEL_PASSWORD_FILE: 's' });
});

test('certificates of a client are taken', () => {
  expect(
    faults({ REDIS_URL: TLS, REDIS_TLS_CA: files.ca, REDIS_TLS_CERT: files.cert, REDIS_TLS_KEY: files.key }),
  ).toEqual([]);
});

test.each<[what: string, settings: () => Record<string, string>, fault: RegExp]>([
  ['an address that is none', () => ({ REDIS_URL: 'localhost' }), /^REDIS_URL: must be one of redis:\/\//],
  [
    'a file that is not there',
    () => ({ REDIS_URL: TLS, REDIS_TLS_CA: '/nowhere' }),
    /^REDIS_TLS_CA: cannot read .*ENOENT/,
  ],
  [
    'a password in two places',
    () => ({ REDIS_URL: 'redis://:secret@h', REDIS_PASSWORD: 'secret' }),
    /^REDIS_PASSWORD: REDIS_URL has one too/,
  ],
  [
    'a password and a file of it',
    () => ({ REDIS_URL: 'redis://h', REDIS_PASSWORD: 'secret', REDIS_PASSWORD_FILE: file('secret') }),
    /^REDIS_PASSWORD_FILE: REDIS_PASSWORD is set too/,
  ],
  [
    'a user without a password',
    () => ({ REDIS_URL: 'redis://h', REDIS_USERNAME: 'u' }),
    /^REDIS_USERNAME: needs a password/,
  ],
  [
    'a password of Sentinels that are not there',
    () => ({ REDIS_URL: 'redis://h', REDIS_SENTINEL_PASSWORD: 'secret' }),
    /^REDIS_SENTINEL_PASSWORD: .*redis\+sentinel/,
  ],
  ['certificates without TLS', () => ({ REDIS_URL: 'redis://h', REDIS_TLS_CA: files.ca }), /^REDIS_TLS_CA: .*rediss/],
  [
    'an authority that is no certificate',
    () => ({ REDIS_URL: TLS, REDIS_TLS_CA: file('secret') }),
    /^REDIS_TLS_CA: is no PEM/,
  ],
  [
    'a certificate without its key',
    () => ({ REDIS_URL: TLS, REDIS_TLS_CERT: files.cert }),
    /^REDIS_TLS_CERT: .*belong together/,
  ],
  [
    'the key of another',
    () => ({ REDIS_URL: TLS, REDIS_TLS_CERT: files.cert, REDIS_TLS_KEY: others.key }),
    /^REDIS_TLS_KEY: is not the PEM key/,
  ],
])('%s is refused by the name of its setting, without the secret', (_what, settings, fault) => {
  const found = faults(settings());
  expect(found).toEqual([expect.stringMatching(fault)]);
  expect(found.join()).not.toContain('secret@');
  expect(found.join()).not.toMatch(/\bsecret\b(?!-)/);
});
