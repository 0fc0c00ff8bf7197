import { isRedisAway } from './redis-away';

const reply = (message: string) => Object.assign(new Error(message), { name: 'ReplyError' });

test.each([
  new Error('Connection is closed.'),
  new Error("Stream isn't writeable and enableOfflineQueue options is false"),
  new Error('Command timed out'),
  Object.assign(new Error('connect ECONNREFUSED 127.0.0.1:6379'), { code: 'ECONNREFUSED' }),
  reply('LOADING Redis is loading the dataset in memory'),
  reply("OOM command not allowed when used memory > 'maxmemory'."),
  reply('READONLY You can\u2019t write against a read only replica.'),
])('%s means that Redis is away', (error) => expect(isRedisAway(error)).toBe(true));

test.each([
  reply('WRONGTYPE Operation against a key holding the wrong kind of value'),
  reply('ERR unknown command'),
  new TypeError('undefined is not a function'),
  'Connection is closed.',
  null,
])('%s is a fault of ours', (error) => expect(isRedisAway(error)).toBe(false));
