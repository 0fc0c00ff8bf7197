import { Badge } from '@mantine/core';
import type { ItemStatus, JobStatus } from '@packshot/contracts';
import { text } from '../strings';

const COLOURS: Readonly<Record<ItemStatus | JobStatus, string>> = {
  queued: 'gray',
  processing: 'indigo',
  succeeded: 'green.9',
  partially_succeeded: 'yellow',
  failed: 'red.9',
  canceled: 'gray',
  expired: 'gray',
};

export function StatusBadge({ status }: { status: ItemStatus | JobStatus }) {
  return <Badge color={COLOURS[status]}>{text.statuses[status]}</Badge>;
}
