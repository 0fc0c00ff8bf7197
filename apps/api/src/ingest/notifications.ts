import { AppError } from '@packshot/contracts';
import { z } from 'zod';
import { parseJson } from '../http/json';

/** What a bucket tells of one object. */
export interface Notification {
  created: boolean;
  bucket: string | null;
  /** As it is, not as it stands in a URL; null when it cannot be decoded. */
  key: string | null;
  version: string | null;
  /** Hexadecimal digits that grow with every change of the object; null when there is nothing to tell the order by. */
  sequencer: string | null;
}

export type Message =
  | { kind: 'notifications'; notifications: Notification[] }
  | { kind: 'subscription'; confirmUrl: string };

/** AWS puts one record into a message, MinIO up to a few; SNS takes 256 KB. */
const MAX_RECORDS = 1000;

const text = z.string().nullish();

const recordSchema = z.object({
  eventName: z.string(),
  eventTime: text,
  s3: z.object({
    bucket: z.object({ name: z.string() }),
    object: z.object({ key: z.string(), versionId: text, sequencer: text }),
  }),
});

const snsSchema = z.object({ Type: z.string(), Message: z.string(), SubscribeURL: z.string().optional() });

const eventBridgeSchema = z.object({
  source: z.literal('aws.s3'),
  'detail-type': z.string(),
  time: text,
  detail: z.object({
    bucket: z.object({ name: z.string() }),
    object: z.object({ key: z.string(), 'version-id': text, sequencer: text }),
  }),
});

const filerSchema = z.object({
  key: z.string().startsWith('/'),
  event_type: z.string(),
  message: z.object({
    new_parent_path: text,
    new_entry: z
      .object({
        name: text,
        is_directory: z.boolean().optional(),
        attributes: z.object({ mtime: z.number().optional(), mtime_ns: z.number().optional() }).nullish(),
      })
      .nullish(),
  }),
});

/**
 * Reads what buckets send, in the forms there are:
 *
 * - the event message of AWS, version 2.x, which MinIO, Ceph and others send as well (with `s3:` before the event's name);
 * - the same in an envelope of SNS, whose first message asks to confirm the subscription;
 * - EventBridge's, where keys are not encoded;
 * - the filer notification of SeaweedFS, where a key is a path below `/buckets/`.
 *
 * Throws `invalid_request` for anything else.
 */
export function readMessage(body: unknown): Message {
  const envelope = snsSchema.safeParse(body);
  if (!envelope.success) return { kind: 'notifications', notifications: readNotifications(body) };
  const { Type, Message, SubscribeURL } = envelope.data;
  if (Type === 'SubscriptionConfirmation' && SubscribeURL !== undefined) {
    return { kind: 'subscription', confirmUrl: SubscribeURL };
  }
  // It also tells when a subscription has ended.
  if (Type !== 'Notification') return { kind: 'notifications', notifications: [] };
  return { kind: 'notifications', notifications: readNotifications(parseJson(Message, 'The message')) };
}

function readNotifications(body: unknown): Notification[] {
  const records = (body as { Records?: unknown } | null)?.Records;
  if (Array.isArray(records)) {
    if (records.length > MAX_RECORDS)
      throw new AppError('invalid_request', `There are more than ${MAX_RECORDS} records.`);
    return records.map(ofRecord);
  }
  // What S3 sends when a notification is set up.
  if ((body as { Event?: unknown } | null)?.Event === 's3:TestEvent') return [];
  const bridged = eventBridgeSchema.safeParse(body);
  if (bridged.success) return [ofEventBridge(bridged.data)];
  const filed = filerSchema.safeParse(body);
  if (filed.success) return [ofFiler(filed.data)];
  throw new AppError('invalid_request', 'This is no notification of a bucket in a form that is known.');
}

function ofRecord(record: unknown): Notification {
  const parsed = recordSchema.safeParse(record);
  if (!parsed.success) return { created: true, bucket: null, key: null, version: null, sequencer: null };
  const { eventName, eventTime, s3 } = parsed.data;
  const { key, versionId, sequencer } = s3.object;
  return {
    created: /^(s3:)?ObjectCreated:/.test(eventName),
    bucket: s3.bucket.name,
    key: decodeKey(key),
    version: versionOf(versionId),
    sequencer: hexOf(sequencer) ?? hexOfTime(eventTime),
  };
}

function ofEventBridge({ detail, time, ...event }: z.infer<typeof eventBridgeSchema>): Notification {
  return {
    created: event['detail-type'] === 'Object Created',
    bucket: detail.bucket.name,
    key: detail.object.key,
    version: versionOf(detail.object['version-id']),
    sequencer: hexOf(detail.object.sequencer) ?? hexOfTime(time),
  };
}

/** `/buckets/{bucket}/{key}`; a part of an upload that is not joined yet lies in `.uploads`. */
function ofFiler({ key: path, event_type, message }: z.infer<typeof filerSchema>): Notification {
  const { new_entry: entry, new_parent_path: parent } = message;
  const place = event_type === 'rename' && parent && entry?.name ? `${parent}/${entry.name}` : path;
  const [, bucket = null, key = null] = /^\/buckets\/([^/]+)\/(.+)$/s.exec(place) ?? [];
  const { mtime = 0, mtime_ns: nanoseconds = 0 } = entry?.attributes ?? {};
  const changed = BigInt(Math.trunc(mtime)) * 1_000_000_000n + BigInt(Math.trunc(nanoseconds));
  return {
    created: Boolean(entry) && !entry?.is_directory && event_type !== 'delete' && !key?.startsWith('.uploads/'),
    bucket,
    key,
    version: null,
    sequencer: changed > 0n ? changed.toString(16).padStart(16, '0') : null,
  };
}

/** In event messages keys are encoded as in a form: `+` is a space. */
function decodeKey(key: string): string | null {
  try {
    return decodeURIComponent(key.replaceAll('+', ' '));
  } catch {
    return null;
  }
}

/** `null` is what some servers call the only version of an object. */
const versionOf = (version: string | null | undefined) => (!version || version === 'null' ? null : version);

const hexOf = (sequencer: string | null | undefined) =>
  /^[0-9a-f]{1,100}$/i.test(sequencer ?? '') ? (sequencer ?? '').toLowerCase() : null;

function hexOfTime(time: string | null | undefined): string | null {
  const at = Date.parse(time ?? '');
  return at > 0 ? at.toString(16).padStart(16, '0') : null;
}

/**
 * Whether `one` is the later of two sequencers of the same object (positive), the same (0) or the earlier. They begin alike
 * and may differ in length; AWS says to pad the shorter one with zeros on the right (user guide, "Event message structure").
 */
export function compareSequencers(one: string, other: string): number {
  const digits = Math.max(one.length, other.length);
  const [a, b] = [one.padEnd(digits, '0'), other.padEnd(digits, '0')];
  return a === b ? 0 : a > b ? 1 : -1;
}
