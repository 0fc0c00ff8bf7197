import { judgeRedis, type ServerFacts } from './facts';

const FIT: ServerFacts = {
  ...{ product: 'redis', redisVersion: '7.0.15', evictionPolicy: 'noeviction', role: 'master' },
  ...{ appendOnly: true, appendFsync: 'always' },
};
const judge = (...servers: Partial<ServerFacts>[]) =>
  judgeRedis({ mode: 'single', servers: servers.map((server) => ({ ...FIT, ...server })) });

test.each(['6.2.0', '6.2.14', '7.0', '7.4.1', '10.0.0'])('version %s is new enough', (redisVersion) => {
  expect(judge({ redisVersion })).toEqual([]);
});

test.each(['6.0.16', '5.0.7', null])('version %s is refused', (redisVersion) => {
  expect(judge({ redisVersion })).toEqual([{ severity: 'refuse', message: expect.stringMatching(/6\.2 or newer/) }]);
});

test('what a managed service hides besides its version is taken on trust', () => {
  expect(judge({ evictionPolicy: null, role: null, appendOnly: null, appendFsync: null })).toEqual([]);
});

test('a fault that all masters share is told once, every other one too', () => {
  const lru = { evictionPolicy: 'allkeys-lru' };
  expect(judge(lru, lru, { ...lru, appendOnly: false })).toMatchObject([{ severity: 'refuse' }, { severity: 'warn' }]);
});
