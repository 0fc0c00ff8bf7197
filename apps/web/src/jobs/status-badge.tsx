import { Badge } from '@mantine/core';
import type { ItemStatus, JobStatus } from '@packshot/contracts';
import { text } from '../strings';

/** Dark enough for white letters, on light pages and dark ones. */
const COLOURS: Readonly<Record<ItemStatus | JobStatus, string>> = {
  queued: 'gray',
  processing: 'indigo',
  succeeded: '#237032',
  partially_succeeded: 'yellow',
  failed: '#b32424',
  canceled: 'gray',
  expired: 'gray',
};

export function StatusBadge({ status }: { status: ItemStatus | JobStatus }) {
  return <Badge color={COLOURS[status]}>{text.statuses[status]}</Badge>;
}
