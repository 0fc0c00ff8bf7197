import { Button, Group, Select, Stack, Text, Title, UnstyledButton } from '@mantine/core';
import { isTerminal, type JobStatus, type JobView } from '@packshot/contracts';
import { useCallback, useEffect, useState } from 'react';
import { Fault, isRefusedKey } from '../server/fault';
import { useServer } from '../server/server';
import { text } from '../strings';
import { onJobChange } from './changes';
import { StatusBadge } from './status-badge';

const PAGE = 20;

interface Props {
  current: string | null;
  onOpen: (id: string) => void;
  onKeyRefused: () => void;
}

/** Looked at when something has changed here, or when asked: it does not ask by itself. */
export function JobList({ current, onOpen, onKeyRefused }: Props) {
  const { packshot } = useServer();
  const [status, setStatus] = useState<JobStatus | null>(null);
  const [wanted, setWanted] = useState(PAGE);
  const [jobs, setJobs] = useState<readonly JobView[] | null>(null);
  const [error, setError] = useState<unknown>(null);

  const load = useCallback(
    async (signal?: AbortSignal) => {
      try {
        const loaded: JobView[] = [];
        for await (const job of packshot.jobs.list(status === null ? {} : { status }, { signal })) {
          loaded.push(job);
          if (loaded.length > wanted) break;
        }
        setJobs(loaded);
        setError(null);
      } catch (thrown) {
        if (signal?.aborted) return;
        if (isRefusedKey(thrown)) onKeyRefused();
        else setError(thrown);
      }
    },
    [packshot, status, wanted, onKeyRefused],
  );
  useEffect(() => {
    const gone = new AbortController();
    const look = () => void load(gone.signal);
    look();
    const stop = onJobChange(look);
    return () => {
      stop();
      gone.abort();
    };
  }, [load]);

  const statuses = Object.entries(text.statuses).map(([value, label]) => ({ value, label }));
  return (
    <aside aria-label={text.jobs}>
      <Stack gap="sm">
        <Group justify="space-between">
          <Title order={2} size="h4">
            {text.jobs}
          </Title>
          <Button variant="subtle" size="compact-sm" onClick={() => void load()}>
            {text.refresh}
          </Button>
        </Group>
        <Select
          aria-label={text.filter}
          size="xs"
          data={statuses}
          value={status}
          placeholder={text.allJobs}
          clearable
          clearButtonProps={{ 'aria-label': text.allJobs }}
          onChange={(value) => setStatus(value as JobStatus | null)}
        />
        {error !== null && <Fault error={error} />}
        {jobs?.length === 0 && (
          <Text size="sm" className="hint">
            {text.noJobs}
          </Text>
        )}
        {jobs?.slice(0, wanted).map((job) => (
          <UnstyledButton
            key={job.id}
            className="job-row"
            aria-current={job.id === current}
            onClick={() => onOpen(job.id)}
          >
            <Group justify="space-between" wrap="nowrap" gap="xs">
              <Text size="sm">{text.photos(job.counts.total)}</Text>
              <StatusBadge status={job.status} />
            </Group>
            <Text size="xs" className="hint">
              {new Date(job.created_at).toLocaleString()}
              {!isTerminal(job.status) && `, ${Math.round(job.progress * 100)} %`}
            </Text>
          </UnstyledButton>
        ))}
        {jobs !== null && jobs.length > wanted && (
          <Button variant="default" size="xs" onClick={() => setWanted((before) => before + PAGE)}>
            {text.moreJobs}
          </Button>
        )}
      </Stack>
    </aside>
  );
}
