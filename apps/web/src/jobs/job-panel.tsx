import { Button, Group, Loader, Paper, Progress, Stack, Text, Title, UnstyledButton } from '@mantine/core';
import { type ItemView, isTerminal, type JobView } from '@packshot/contracts';
import { useEffect, useState } from 'react';
import { CopyCurl } from '../server/copy-curl';
import { submitLine } from '../server/curl-line';
import { Fault, isRefusedKey } from '../server/fault';
import { nameOfAnswer, saveBlob } from '../server/save-blob';
import { useServer } from '../server/server';
import { text } from '../strings';
import { announceJobChange } from './changes';
import { ItemPanel } from './item-panel';
import { StatusBadge } from './status-badge';
import { useJob } from './use-job';

const SHOWN = 100;

interface Props {
  id: string;
  onGone: () => void;
  onCorrect: (photo: File) => void;
  onKeyRefused: () => void;
}

export function JobPanel({ id, onGone, onCorrect, onKeyRefused }: Props) {
  const { job, items, error, follow } = useJob(id);
  const [chosen, setChosen] = useState(0);
  const refused = isRefusedKey(error);
  useEffect(() => {
    if (refused) onKeyRefused();
  }, [refused, onKeyRefused]);
  if (error !== null) return <Fault error={error} />;
  if (job === null) return <Loader aria-label={text.loading} />;
  const item = items[chosen];
  return (
    <Stack>
      <JobHead job={job} items={items} onGone={onGone} onAgain={follow} />
      {items.length > 1 && <ItemStrip items={items} chosen={chosen} onChoose={setChosen} />}
      {item && (
        <ItemPanel key={`${item.id} ${item.attempts} ${item.status}`} job={job} item={item} onCorrect={onCorrect} />
      )}
    </Stack>
  );
}

function JobHead({
  job,
  items,
  onGone,
  onAgain,
}: {
  job: JobView;
  items: readonly ItemView[];
  onGone: () => void;
  onAgain: () => void;
}) {
  const server = useServer();
  const { jobs } = server.packshot;
  const [error, setError] = useState<unknown>(null);
  const [busy, setBusy] = useState(false);
  const [deleting, setDeleting] = useState(false);
  const act = (action: () => Promise<unknown>) => async () => {
    setBusy(true);
    setError(null);
    await action().catch(setError);
    setBusy(false);
  };
  const ended = isTerminal(job.status);
  const { total, succeeded, failed, canceled } = job.counts;
  const archive = act(async () => {
    const answer = await jobs.archive(job.id);
    saveBlob(await answer.blob(), nameOfAnswer(answer, `${job.id}.zip`));
  });
  const remove = act(async () => {
    await jobs.delete(job.id);
    announceJobChange();
    onGone();
  });
  const again = act(async () => {
    await jobs.retry(job.id);
    onAgain();
  });
  const names = items.map(({ input }, index) => input.name ?? text.photo(index));
  return (
    <Paper withBorder p="md">
      <Stack gap="sm">
        <Group justify="space-between">
          <Title order={2} size="h4">
            {text.photos(total)}
          </Title>
          <StatusBadge status={job.status} />
        </Group>
        <Progress value={job.progress * 100} aria-label={text.progress} animated={!ended} />
        <Text size="sm" role="status">
          {text.counts(succeeded + failed + canceled, total, failed)}
        </Text>
        <Group gap="xs">
          {succeeded > 0 && (
            <Button size="xs" disabled={busy} onClick={archive}>
              {text.downloadAll}
            </Button>
          )}
          {!ended && (
            <Button size="xs" variant="default" disabled={busy} onClick={act(() => jobs.cancel(job.id))}>
              {text.cancel}
            </Button>
          )}
          {ended && succeeded < total && (
            <Button size="xs" variant="default" disabled={busy} onClick={again}>
              {text.retry}
            </Button>
          )}
          <CopyCurl line={submitLine(server, names, { pipeline: job.pipeline })} />
          {ended && !deleting && (
            <Button size="xs" variant="default" onClick={() => setDeleting(true)}>
              {text.delete}
            </Button>
          )}
        </Group>
        {deleting && (
          <Group gap="xs" role="group" aria-label={text.deleteSure}>
            <Text size="sm">{text.deleteSure}</Text>
            <Button size="xs" color="red.9" disabled={busy} onClick={remove}>
              {text.deleteYes}
            </Button>
            <Button size="xs" variant="default" onClick={() => setDeleting(false)}>
              {text.deleteNo}
            </Button>
          </Group>
        )}
        {error !== null && <Fault error={error} onClose={() => setError(null)} />}
        <Text size="xs" className="hint">
          {job.id} · {text.deletedAt(new Date(job.expires_at).toLocaleString())}
        </Text>
      </Stack>
    </Paper>
  );
}

interface StripProps {
  items: readonly ItemView[];
  chosen: number;
  onChoose: (index: number) => void;
}

function ItemStrip({ items, chosen, onChoose }: StripProps) {
  const [shown, setShown] = useState(SHOWN);
  return (
    <ul className="items" aria-label={text.photoList}>
      {items.slice(0, shown).map((item, index) => (
        <li key={item.id}>
          <UnstyledButton className="item-row" aria-current={index === chosen} onClick={() => onChoose(index)}>
            <Text size="sm" className="truncate">
              {item.input.name ?? text.photo(index)}
            </Text>
            <StatusBadge status={item.status} />
          </UnstyledButton>
        </li>
      ))}
      {items.length > shown && (
        <li>
          <Button variant="default" onClick={() => setShown((before) => before + SHOWN)}>
            {text.showMore}
          </Button>
        </li>
      )}
    </ul>
  );
}
