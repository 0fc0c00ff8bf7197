import { Button, Code, Group, Loader, Paper, SegmentedControl, Stack, Table, Text, Title } from '@mantine/core';
import type { ItemView, JobView } from '@packshot/contracts';
import { useMemo, useState } from 'react';
import { Compare } from '../compare/compare';
import { CopyCurl } from '../server/copy-curl';
import { fetchLine } from '../server/curl-line';
import { Fault } from '../server/fault';
import { nameOfAnswer, saveBlob } from '../server/save-blob';
import { type Server, useServer } from '../server/server';
import { useObjectUrl } from '../server/use-object-url';
import { text } from '../strings';
import { useOriginals } from './originals';
import { useWholeItem } from './use-job';

type View = keyof typeof text.views;

interface Props {
  job: JobView;
  item: ItemView;
  onCorrect: (photo: File) => void;
}

export function ItemPanel({ job, item: listed, onCorrect }: Props) {
  const item = useWholeItem(job.id, listed);
  const server = useServer();
  const photo = useOriginals().find(job.id, item.index);
  const [view, setView] = useState<View>('result');
  const [error, setError] = useState<unknown>(null);
  const views: View[] = [
    'result',
    ...(item.also.cutout ? ['cutout' as const] : []),
    ...(item.also.mask ? ['mask' as const] : []),
  ];
  const path = `/jobs/${job.id}/items/${item.id}/result`;
  const download = async () => {
    const answer = await server.packshot.jobs.result(job.id, item.id);
    saveBlob(await answer.blob(), nameOfAnswer(answer, 'result'));
  };
  return (
    <Paper withBorder p="md">
      <Stack gap="sm">
        <Group justify="space-between">
          <Title order={3} size="h5">
            {item.input.name ?? text.photo(item.index)}
          </Title>
          {item.result && (
            <Text size="sm" className="hint">
              {text.size(item.result.width, item.result.height)} · {item.result.content_type} ·{' '}
              {(item.result.bytes / 1e6).toFixed(1)} MB
            </Text>
          )}
        </Group>
        {item.error && <Fault error={item.error} />}
        {item.result === null && item.error === null && <Waiting item={item} />}
        {item.result && (
          <>
            {views.length > 1 && (
              <SegmentedControl
                aria-label={text.viewLabel}
                value={view}
                onChange={(value) => setView(value as View)}
                data={views.map((value) => ({ value, label: text.views[value] }))}
              />
            )}
            <Pictures key={view} job={job} item={item} view={view} photo={photo} />
            <Group gap="xs">
              <Button size="xs" onClick={() => void download().catch(setError)}>
                {text.download}
              </Button>
              {photo && (
                <Button size="xs" variant="default" onClick={() => onCorrect(photo)}>
                  {text.correct}
                </Button>
              )}
              <CopyCurl line={fetchLine(server, path, 'result')} />
            </Group>
          </>
        )}
        {error !== null && <Fault error={error} onClose={() => setError(null)} />}
        {item.stages.length > 0 && <Stages item={item} />}
      </Stack>
    </Paper>
  );
}

function Waiting({ item }: { item: ItemView }) {
  return (
    <Group gap="sm">
      {item.status === 'processing' && <Loader size="sm" aria-hidden />}
      <Text size="sm">{text.statuses[item.status]}</Text>
    </Group>
  );
}

function Pictures({ job, item, view, photo }: { job: JobView; item: ItemView; view: View; photo: File | null }) {
  const server = useServer();
  const loadAfter = useMemo(
    () => (signal: AbortSignal) => fetchView(server, job, item, view, signal),
    [server, job.id, item.id, view],
  );
  const loadBefore = useMemo(() => photo && (() => Promise.resolve<Blob>(photo)), [photo]);
  const after = useObjectUrl(loadAfter);
  const before = useObjectUrl(loadBefore);
  if (after.error !== null) return <Fault error={after.error} />;
  if (after.url === null) return <Loader aria-label={text.loading} />;
  return (
    <>
      <Compare before={before.url} after={after.url} />
      {photo === null && (
        <Text size="xs" className="hint">
          {text.noBefore}
        </Text>
      )}
    </>
  );
}

/** Through the API and not by the link of the file: that may lead to a host which the page's policy does not know. */
async function fetchView(
  { packshot: { jobs } }: Server,
  job: JobView,
  item: ItemView,
  view: View,
  signal: AbortSignal,
): Promise<Blob> {
  if (view === 'mask') return (await jobs.mask(job.id, item.id, { signal })).blob();
  if (view === 'result') return (await jobs.result(job.id, item.id, { signal })).blob();
  return (await fetch(item.also.cutout?.url ?? '', { signal })).blob();
}

function Stages({ item }: { item: ItemView }) {
  const notes = [...item.notes, ...item.stages.flatMap(({ notes = [] }) => notes)];
  return (
    <section aria-label={text.stages}>
      <Title order={4} size="h6">
        {text.stages}
      </Title>
      <div className="table-scroll">
        <Table fz="sm">
          <Table.Thead>
            <Table.Tr>
              {[text.stage, text.model, text.provider, text.time].map((name) => (
                <Table.Th key={name}>{name}</Table.Th>
              ))}
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {item.stages.map((stage) => (
              <Table.Tr key={stage.name}>
                <Table.Td>{stage.name}</Table.Td>
                <Table.Td>
                  {stage.skipped === null ? (stage.model ?? '–') : `${text.skipped}: ${stage.skipped}`}
                </Table.Td>
                <Table.Td>{stage.provider ?? '–'}</Table.Td>
                <Table.Td>{(stage.duration_ms / 1000).toFixed(2)} s</Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </div>
      {notes.map((note) => (
        <Text key={note} size="xs">
          <Code>{text.notes}</Code> {note}
        </Text>
      ))}
    </section>
  );
}
