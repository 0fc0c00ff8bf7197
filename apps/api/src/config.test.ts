import { ConfigError } from '@packshot/service';
import { loadApiConfig } from './config';

const load = (env: Record<string, string>) =>
  loadApiConfig({ REDIS_URL: 'redis://127.0.0.1:6379', PACKSHOT_CONFIG: '/dev/null', ...env });

describe('the settings', () => {
  test('serve only this machine unless told otherwise', () => {
    expect(load({})).toMatchObject({ HOST: '127.0.0.1', PORT: 8080, API_KEYS: [], ALLOW_UNAUTHENTICATED: false });
  });

  test.each(['0.0.0.0', '::', '192.168.1.2', 'example.com', '127.0.0.1.example.com'])(
    'need keys to listen on %s',
    (HOST) => {
      expect(() => load({ HOST })).toThrow(ConfigError);
      expect(() => load({ HOST })).toThrow(/API_KEYS/);
      expect(load({ HOST, API_KEYS: 'a,b' }).API_KEYS).toEqual(['a', 'b']);
      expect(load({ HOST, ALLOW_UNAUTHENTICATED: 'true' }).HOST).toBe(HOST);
    },
  );

  test.each(['127.0.0.1', '127.8.8.8', 'localhost', '::1'])('need none on %s', (HOST) => {
    expect(load({ HOST }).HOST).toBe(HOST);
  });

  test.each(['true', '*', '10.0.0.0/33', '10.0.0.0/8/8', 'example.com', '::1/129', ''])(
    'do not take %j for a proxy',
    (TRUST_PROXY) => {
      if (TRUST_PROXY === '') expect(load({ TRUST_PROXY }).TRUST_PROXY).toBeUndefined();
      else expect(() => load({ TRUST_PROXY })).toThrow(/TRUST_PROXY/);
    },
  );

  test('report every fault together', () => {
    expect(() => load({ PORT: '-1', LOG_LEVEL: 'loud', REDIS_URL: 'nowhere' })).toThrow(
      /PORT[\s\S]*LOG_LEVEL[\s\S]*REDIS_URL/,
    );
  });
});
