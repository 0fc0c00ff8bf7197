import { parseRedisAddress } from './address';

describe('an address of Redis', () => {
  test.each([
    ['redis://localhost', { mode: 'single', host: 'localhost', port: 6379, db: 0, tls: false }],
    ['rediss://cache.shop.test:6380/3', { mode: 'single', host: 'cache.shop.test', port: 6380, db: 3, tls: true }],
    ['redis://:p%40ss@[::1]:7000/', { mode: 'single', host: '::1', port: 7000, db: 0, tls: false, password: 'p@ss' }],
    ['redis://shop@h', { mode: 'single', host: 'h', port: 6379, db: 0, tls: false, username: 'shop' }],
    [
      'redis+sentinel://shop:a:b@s1,s2:5000/main/2',
      {
        ...{ mode: 'sentinel', master: 'main', db: 2, tls: false, username: 'shop', password: 'a:b' },
        sentinels: [
          { host: 's1', port: 26379 },
          { host: 's2', port: 5000 },
        ],
      },
    ],
    [
      'rediss+cluster://10.0.0.1:7000,10.0.0.2',
      {
        ...{ mode: 'cluster', db: 0, tls: true },
        nodes: [
          { host: '10.0.0.1', port: 7000 },
          { host: '10.0.0.2', port: 6379 },
        ],
      },
    ],
    ['unix:///run/redis.sock?db=4', { mode: 'socket', path: '/run/redis.sock', db: 4, tls: false }],
    [
      'unix://u:p@/run/redis.sock',
      { mode: 'socket', path: '/run/redis.sock', db: 0, tls: false, username: 'u', password: 'p' },
    ],
  ])('%s is understood', (url, address) => {
    expect(parseRedisAddress(url)).toEqual(address);
  });

  test.each([
    ['nowhere:secret', /redis:\/\/.*unix:\/\//],
    ['http://u:secret@host', /redis:\/\/.*unix:\/\//],
    ['redis://u:secret@', /host:port/],
    ['redis://u:secret@host:99999', /host:port/],
    ['redis://u:secret/more@host/0/1', /%2F/],
    ['redis://u:secret@host/db', /number/],
    ['redis://u:%secret@host', /%25/],
    ['redis://u:secret@host?enableOfflineQueue=false', /host:port/],
    ['redis://u:secret@a,b', /redis\+sentinel.*redis\+cluster/],
    ['redis+sentinel://u:secret@a,b', /name of the master/],
    ['redis+cluster://u:secret@a/3', /number 0/],
    ['unix://u:secret@run/redis.sock', /unix:\/\/\/path/],
  ])('%s is refused, with the form and without the password', (url, message) => {
    const fault = (() => {
      try {
        return parseRedisAddress(url);
      } catch (error) {
        return error;
      }
    })();
    expect(fault).toBeInstanceOf(Error);
    expect(String(fault)).toMatch(message);
    expect(String(fault)).not.toContain('secret');
  });
});
