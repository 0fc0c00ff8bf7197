import { Button, Code, Group, Loader, Paper, Stack, Table, Text, Title } from '@mantine/core';
import type { ItemView, JobView } from '@packshot/contracts';
import { useState } from 'react';
import { CopyCurl } from '../server/copy-curl';
import { fetchLine } from '../server/curl-line';
import { Fault } from '../server/fault';
import { nameOfAnswer, saveBlob } from '../server/save-blob';
import { useServer } from '../server/server';
import { text } from '../strings';
import { useOriginal } from './originals';
import { Pictures } from './pictures';
import { useWholeItem } from './use-job';

interface Props {
  job: JobView;
  item: ItemView;
  onCorrect: (photo: File) => void;
}

export function ItemPanel({ job, item: listed, onCorrect }: Props) {
  const item = useWholeItem(job.id, listed);
  const server = useServer();
  const loadOriginal = useOriginal(job.id, item);
  const [error, setError] = useState<unknown>(null);
  const path = `/jobs/${job.id}/items/${item.id}/result`;
  const download = async () => {
    const answer = await server.packshot.jobs.result(job.id, item.id);
    saveBlob(await answer.blob(), nameOfAnswer(answer, 'result'));
  };
  const correct = async () => onCorrect(await loadOriginal());
  return (
    <Paper withBorder p="md">
      <Stack gap="sm">
        <Group justify="space-between">
          <Title order={3} size="h5" className="truncate">
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
            <Pictures job={job} item={item} loadOriginal={loadOriginal} />
            <Group gap="xs">
              <Button size="xs" onClick={() => void download().catch(setError)}>
                {text.download}
              </Button>
              <Button size="xs" variant="default" onClick={() => void correct().catch(setError)}>
                {text.correct}
              </Button>
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

function Stages({ item }: { item: ItemView }) {
  const notes = [...item.notes, ...item.stages.flatMap(({ notes = [] }) => notes)];
  return (
    <section aria-label={text.stages}>
      <Title order={4} size="h6">
        {text.stages}
      </Title>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: on narrow screens it scrolls, which the keyboard must reach */}
      <section className="table-scroll" aria-label={text.stagesTable} tabIndex={0}>
        <Table>
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
      </section>
      {notes.map((note) => (
        <Text key={note} size="xs">
          <Code>{text.notes}</Code> {note}
        </Text>
      ))}
    </section>
  );
}
