import { isRedisAway } from './is-redis-away';

const named = (name: string, message: string) => Object.assign(new Error(message), { name });
const reply = (message: string) => named('ReplyError', message);

test.each([
  new Error('Connection is closed.'),
  new Error("Stream isn't writeable and enableOfflineQueue options is false"),
  new Error('Command timed out'),
  Object.assign(new Error('connect ECONNREFUSED 127.0.0.1:6379'), { code: 'ECONNREFUSED' }),
  reply('LOADING Redis is loading the dataset in memory'),
  reply('BUSY Redis is busy running a script.'),
  reply('MISCONF Redis is configured to save RDB snapshots'),
  reply("OOM command not allowed when used memory > 'maxmemory'."),
  reply("READONLY You can't write against a read only replica."),
  reply(
    "ERR Error running script (call to f_6b1b): @user_script:1: @user_script: 1: -READONLY You can't write against",
  ),
  reply('CLUSTERDOWN The cluster is down'),
  reply('MOVED 866 127.0.0.1:7001'),
  named('ClusterAllFailedError', 'Failed to refresh slots cache.'),
  new Error("Cluster isn't ready and enableOfflineQueue options is false"),
  new Error('Too many Cluster redirections. Last error: Error: Connection is closed.'),
  new Error('All sentinels are unreachable. Retrying from scratch after 100ms. Last error: connect ECONNREFUSED'),
])('%s means that Redis is away', (error) => expect(isRedisAway(error)).toBe(true));

test.each([
  reply('WRONGTYPE Operation against a key holding the wrong kind of value'),
  reply("CROSSSLOT Keys in request don't hash to the same slot"),
  reply('ERR unknown command'),
  reply(
    "ERR Error running script (call to f_6b1b): @user_script:1: Script attempted to access nonexistent global variable 'x'",
  ),
  Object.assign(new Error('ENOENT: no such file or directory'), { code: 'ENOENT' }),
  new TypeError('undefined is not a function'),
  'Connection is closed.',
  null,
])('%s is a fault of ours', (error) => expect(isRedisAway(error)).toBe(false));
