import { startWebhookSink } from './webhook-sink';

describe('the webhook sink', () => {
  test('keeps what it is sent, byte for byte', async () => {
    const sink = await startWebhookSink();
    try {
      const answer = await fetch(`${sink.url}hook?a=1`, {
        method: 'POST',
        headers: { 'webhook-id': 'msg_1' },
        body: '{"ünï": 1 }',
      });
      expect(answer.status).toBe(204);
      const [delivery] = await sink.waitFor(1);
      expect(delivery).toMatchObject({ method: 'POST', path: '/hook?a=1', body: '{"ünï": 1 }' });
      expect(delivery?.headers['webhook-id']).toBe('msg_1');
    } finally {
      await sink.close();
    }
  });

  test('answers as told, delivery by delivery, and can hang up', async () => {
    const sink = await startWebhookSink({
      respond: (_, index) => (index === 0 ? { status: 500, headers: { 'retry-after': '7' } } : { hangUp: true }),
    });
    try {
      const first = await fetch(sink.url, { method: 'POST', body: 'one' });
      expect([first.status, first.headers.get('retry-after')]).toEqual([500, '7']);
      await expect(fetch(sink.url, { method: 'POST', body: 'two' })).rejects.toThrow();
      expect((await sink.waitFor((delivery) => delivery.body === 'two')).length).toBe(1);
    } finally {
      await sink.close();
    }
  });

  test('says how many deliveries it waited for in vain', async () => {
    const sink = await startWebhookSink();
    try {
      await expect(sink.waitFor(1, 30)).rejects.toThrow(/1 deliveries/);
    } finally {
      await sink.close();
    }
  });
});
