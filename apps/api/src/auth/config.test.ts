import { ConfigError } from '@packshot/service';
import { loadApiConfig } from '../config';
import { settingKeys } from './setting-keys';

const load = (env: Record<string, string>) =>
  loadApiConfig({ REDIS_URL: 'redis://127.0.0.1:6379', PACKSHOT_CONFIG: '/dev/null', ...env });

describe('keys of the settings', () => {
  const find = settingKeys({
    API_KEYS: ['plain', 'shop=named', 'YmFzZTY0==', 'shop=cGFkZGVk==', 'sandbox_x'],
    ADMIN_KEYS: ['boss=root'],
  });

  test.each([
    ['plain', 'default', ['submit', 'read'], false],
    ['named', 'shop', ['submit', 'read'], false],
    ['YmFzZTY0==', 'default', ['submit', 'read'], false],
    ['cGFkZGVk==', 'shop', ['submit', 'read'], false],
    ['sandbox_x', 'default', ['submit', 'read'], true],
    ['root', 'boss', ['submit', 'read', 'admin'], false],
  ])('%s is for %s, with %j', (key, tenant, scopes, sandbox) => {
    expect(find(key)).toMatchObject({ tenant, scopes: new Set(scopes), sandbox });
  });

  test.each(['shop=named', 'shop', 'Plain', '', 'YmFzZTY0', 'toString'])('%j is no key', (key) => {
    expect(find(key)).toBeNull();
  });
});

test.each<[string, Record<string, string>, RegExp]>([
  ['a key with a space in it', { API_KEYS: 'two words' }, /API_KEYS/],
  ['a key that no header can carry', { ADMIN_KEYS: 'schlüssel' }, /ADMIN_KEYS/],
  ['a key twice', { API_KEYS: 'a=one,b=one' }, /API_KEYS.*twice/],
  ['a key that is for administration too', { API_KEYS: 'one', ADMIN_KEYS: 'one' }, /API_KEYS.*ADMIN_KEYS/],
  ['an issuer without an audience', { JWT_ISSUER: 'https://issuer.example' }, /JWT_AUDIENCE/],
  ['an audience without an issuer', { JWT_AUDIENCE: 'us' }, /JWT_ISSUER/],
  ['an issuer that is no address', { JWT_ISSUER: 'issuer', JWT_AUDIENCE: 'us' }, /JWT_ISSUER/],
])('%s is refused at start', (_, env, message) => {
  expect(() => load(env)).toThrow(ConfigError);
  expect(() => load(env)).toThrow(message);
});

test.each<Record<string, string>>([
  { ADMIN_KEYS: 'root' },
  { JWT_ISSUER: 'https://issuer.example', JWT_AUDIENCE: 'us' },
])('%j is enough to listen on every address', (env) => {
  expect(load({ HOST: '0.0.0.0', ...env }).HOST).toBe('0.0.0.0');
});

test('a key that is not usable is not shown where the fault is told', () => {
  expect(() => load({ API_KEYS: 'shop=hunter two' })).toThrow(ConfigError);
  expect(() => load({ API_KEYS: 'shop=hunter two' })).not.toThrow(/hunter/);
});
