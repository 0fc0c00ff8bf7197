import { readServerEvents, type ServerEvent } from './server-events';

async function read(...chunks: (string | Uint8Array)[]): Promise<ServerEvent[]> {
  const bytes = chunks.map((chunk) => (typeof chunk === 'string' ? new TextEncoder().encode(chunk) : chunk));
  const events: ServerEvent[] = [];
  for await (const event of readServerEvents(ReadableStream.from(bytes))) events.push(event);
  return events;
}

it('reads events, whatever pieces they come in', async () => {
  const text = 'retry: 2000\n\nid: 1-0\nevent: job\ndata: {"name":"Müller"}\n\n:\n\nevent: progress\ndata: 2\n\n';
  const expected = [
    { id: '1-0', event: 'job', data: '{"name":"Müller"}' },
    { id: null, event: 'progress', data: '2' },
  ];
  expect(await read(text)).toEqual(expected);
  const bytes = new TextEncoder().encode(text);
  expect(await read(...Array.from(bytes, (_, index) => bytes.slice(index, index + 1)))).toEqual(expected);
  expect(await read(text.replaceAll('\n', '\r\n'))).toEqual(expected);
});

it('joins several lines of data, and takes only the first space away', async () => {
  expect(await read('data:  a\ndata:b\ndata\n\n')).toEqual([{ id: null, event: 'message', data: ' a\nb\n' }]);
});

it('drops an event that was cut off', async () => {
  expect(await read('id: 1\ndata: 1\n\nid: 2\ndata: 2\n')).toEqual([{ id: '1', event: 'message', data: '1' }]);
});
