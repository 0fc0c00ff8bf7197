import { subscriptionUrl } from './confirm-subscription';
import { compareSequencers, readMessage } from './notifications';

const SEQUENCER = '0055aed6dcd90281e5';

/** A record in the form of AWS, with what differs. */
const record = (
  key: string,
  { eventName = 'ObjectCreated:Put', object = {}, ...rest }: Record<string, unknown> = {},
) => ({
  eventVersion: '2.1',
  eventSource: 'aws:s3',
  eventTime: '1970-01-01T00:00:01.000Z',
  eventName,
  s3: {
    s3SchemaVersion: '1.0',
    bucket: { name: 'photos', arn: 'arn:aws:s3:::photos' },
    object: { key, size: 1024, eTag: 'd41d8cd9', sequencer: SEQUENCER.toUpperCase(), ...(object as object) },
  },
  ...rest,
});

const read = (body: unknown) => {
  const message = readMessage(body);
  if (message.kind !== 'notifications') throw new Error('a subscription');
  return message.notifications;
};

const told = { created: true, bucket: 'photos', key: 'in/a.jpg', version: null, sequencer: SEQUENCER };

describe('a message of AWS', () => {
  test('is read, record by record', () => {
    const removed = record('in/b.jpg', { eventName: 'ObjectRemoved:Delete' });
    expect(read({ Records: [record('in/a.jpg'), removed] })).toEqual([
      told,
      { ...told, key: 'in/b.jpg', created: false },
    ]);
  });

  test.each([
    ['red+flower.jpg', 'red flower.jpg'],
    ['a%2Bb%20c.jpg', 'a+b c.jpg'],
    ['%E6%97%A5%E6%9C%AC/%C3%A4%26%3D%3F.jpg', '日本/ä&=?.jpg'],
    ['100%25.jpg', '100%.jpg'],
    ['a%2F%2Fb', 'a//b'],
    ['plain/a.jpg', 'plain/a.jpg'],
    ['bro%ken', null],
    ['%ff.jpg', null],
  ])('has its key %s decoded as %s', (encoded, key) => {
    expect(read({ Records: [record(encoded)] })).toEqual([{ ...told, key }]);
  });

  test('may name a version, lack a sequencer, or hold nonsense in one of its records', () => {
    expect(read({ Records: [record('in/a.jpg', { object: { versionId: '3/L4kq' } })] })).toEqual([
      { ...told, version: '3/L4kq' },
    ]);
    const [byTime] = read({ Records: [record('in/a.jpg', { object: { sequencer: 'Happy Sequencer' } })] });
    expect(byTime?.sequencer).toBe('00000000000003e8');
    const [neither] = read({
      Records: [record('in/a.jpg', { object: { sequencer: undefined }, eventTime: undefined })],
    });
    expect(neither?.sequencer).toBeNull();
    const nothing = { created: true, bucket: null, key: null, version: null, sequencer: null };
    expect(read({ Records: [null, { s3: {} }, record('in/a.jpg')] })).toEqual([nothing, nothing, told]);
  });

  test('to test the way is no notification', () => {
    expect(read({ Service: 'Amazon S3', Event: 's3:TestEvent', Bucket: 'photos' })).toEqual([]);
  });
});

describe('other forms', () => {
  test('MinIO puts s3: before the name of the event, and repeats it outside', () => {
    const body = {
      EventName: 's3:ObjectCreated:CompleteMultipartUpload',
      Key: 'photos/in/a.jpg',
      Records: [
        record('in%2Fa.jpg', { eventName: 's3:ObjectCreated:CompleteMultipartUpload', eventSource: 'minio:s3' }),
      ],
    };
    expect(read(body)).toEqual([told]);
  });

  test('SNS puts the message into an envelope as text', () => {
    const body = {
      Type: 'Notification',
      TopicArn: 'arn:…',
      Message: JSON.stringify({ Records: [record('in/a.jpg')] }),
    };
    expect(read(body)).toEqual([told]);
    expect(read({ ...body, Type: 'UnsubscribeConfirmation' })).toEqual([]);
    expect(() => read({ ...body, Message: 'hello' })).toThrow(expect.objectContaining({ code: 'invalid_json' }));
    const url = 'https://sns.eu-central-1.amazonaws.com/?Action=ConfirmSubscription&Token=x';
    expect(readMessage({ ...body, Type: 'SubscriptionConfirmation', SubscribeURL: url })).toEqual({
      kind: 'subscription',
      confirmUrl: url,
    });
  });

  test('EventBridge does not encode keys', () => {
    const detail = {
      version: '0',
      bucket: { name: 'photos' },
      object: { key: 'in/100%+1 ä.jpg', size: 5, 'version-id': 'v1', sequencer: SEQUENCER },
      reason: 'PutObject',
    };
    const body = {
      version: '0',
      source: 'aws.s3',
      'detail-type': 'Object Created',
      time: '2026-01-01T00:00:00Z',
      detail,
    };
    expect(read(body)).toEqual([{ ...told, key: 'in/100%+1 ä.jpg', version: 'v1' }]);
    expect(read({ ...body, 'detail-type': 'Object Deleted' })).toMatchObject([{ created: false }]);
  });

  test('SeaweedFS tells of paths below /buckets', () => {
    const attributes = { file_size: 5, mtime: 1_700_000_000, mtime_ns: 255, mime: 'image/jpeg' };
    const body = (key: string, event_type = 'create', entry: object | null = {}, more = {}) => ({
      key,
      event_type,
      message: { ...(entry && { new_entry: { name: key.split('/').at(-1), attributes, ...entry } }), ...more },
    });
    const changed = 1_700_000_000_000_000_255n.toString(16).padStart(16, '0');
    const seen = { ...told, sequencer: changed };
    expect(read(body('/buckets/photos/in/a.jpg'))).toEqual([seen]);
    expect(read(body('/buckets/photos/in/ä+b %.jpg', 'update'))).toEqual([{ ...seen, key: 'in/ä+b %.jpg' }]);
    const renamed = body(
      '/buckets/photos/old/a.jpg',
      'rename',
      { name: 'a.jpg' },
      { new_parent_path: '/buckets/photos/in' },
    );
    expect(read(renamed)).toEqual([seen]);
    for (const other of [
      body('/buckets/photos/in/a.jpg', 'delete', null),
      body('/buckets/photos/in', 'create', { is_directory: true }),
      body('/buckets/photos/.uploads/1/0001.part'),
    ]) {
      expect(read(other)).toMatchObject([{ created: false }]);
    }
    expect(read(body('/elsewhere/a.jpg'))).toMatchObject([{ bucket: null, key: null }]);
  });

  test.each([
    ['nothing', null],
    ['a list', []],
    ['another object', { hello: 'world' }],
    ['records that are no list', { Records: {} }],
    ['too many records', { Records: Array(1001).fill(record('a')) }],
    ['an event of another service', { source: 'aws.ec2', 'detail-type': 'x', detail: {} }],
  ])('that nobody knows are refused: %s', (_, body) => {
    expect(() => readMessage(body)).toThrow(expect.objectContaining({ code: 'invalid_request' }));
  });
});

describe('sequencers', () => {
  test.each([
    ['0055aed6dcd90281e5', '0055aed6dcd90281e5', 0],
    ['0055aed6dcd90281e6', '0055aed6dcd90281e5', 1],
    ['0055aed6dcd90281', '0055aed6dcd90281e5', -1],
    ['0055aed6dcd9028200', '0055aed6dcd90282', 0],
    ['ff', '0fffff', 1],
  ])('%s and %s are in the order %i, the shorter one padded on the right', (one, other, order) => {
    expect(compareSequencers(one, other)).toBe(order);
    expect(compareSequencers(other, one)).toBe(order === 0 ? 0 : -order);
  });
});

describe('the address that confirms a subscription', () => {
  test.each(['https://sns.eu-central-1.amazonaws.com/?Token=1', 'https://sns.cn-north-1.amazonaws.com.cn/?Token=1'])(
    'may be %s',
    (url) => {
      expect(subscriptionUrl(url)).toBe(url);
    },
  );

  test.each([
    'http://sns.eu-central-1.amazonaws.com/',
    'https://sns.eu-central-1.amazonaws.com.evil.example/',
    'https://evil.example/sns.eu-central-1.amazonaws.com',
    'https://sns.eu-central-1.amazonaws.com@evil.example/',
    'https://user:pw@sns.eu-central-1.amazonaws.com/',
    'https://sns.eu-central-1.amazonaws.com:8443/',
    'https://s3.eu-central-1.amazonaws.com/bucket',
    'https://sns.a.b.amazonaws.com/',
    'https://snsXeu-central-1.amazonaws.com/',
    'https://169.254.169.254/',
    'nonsense',
  ])('is not %s', (url) => {
    expect(() => subscriptionUrl(url)).toThrow(expect.objectContaining({ code: 'url_not_allowed' }));
  });
});
