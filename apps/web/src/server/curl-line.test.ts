import { execFileSync } from 'node:child_process';
import { fetchLine, submitLine } from './curl-line';

const server = { base: 'http://127.0.0.1:8080', apiKey: null };

/** The arguments that a shell makes of a line. */
const argumentsOf = (line: string, env = {}) =>
  execFileSync('sh', ['-c', `set -- ${line}; printf '%s\\n' "$@"`], {
    env: { ...process.env, ...env },
    encoding: 'utf8',
  })
    .trim()
    .split('\n');

test('files, pipeline and address reach curl as they are, quotes in names too', () => {
  const line = submitLine(server, ["it's $1.jpg", 'b.png'], { pipeline: { background: true, note: "a'b" } });
  expect(argumentsOf(line)).toEqual([
    'curl',
    ...['-F', "files=@it's $1.jpg", '-F', 'files=@b.png'],
    ...['-F', 'pipeline={"background":true,"note":"a\'b"}', 'http://127.0.0.1:8080/jobs'],
  ]);
});

test('a preset is named and what was not said is left out', () => {
  const line = submitLine(server, ['a.jpg'], { preset: 'cutout', pipeline: undefined });
  expect(argumentsOf(line)).toContain('preset=cutout');
  expect(line).not.toContain('pipeline');
});

test('the key is taken from the environment and never written down', () => {
  const line = fetchLine({ ...server, apiKey: 'secret-key' }, '/jobs/1/items/2/result', 'a.png');
  expect(line).not.toContain('secret-key');
  expect(argumentsOf(line, { PACKSHOT_KEY: 'k1' })).toContain('Authorization: Bearer k1');
});
