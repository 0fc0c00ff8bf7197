import { Button, CloseButton, Collapse, Group, Paper, Select, Stack, Switch, Text, Title } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import type { Pipeline } from '@packshot/contracts';
import { useCallback, useEffect, useMemo, useState } from 'react';
import { useOriginals } from '../jobs/originals';
import { type Draft, draftOf, withStagePictures } from '../pipeline/operations';
import { PipelineForm } from '../pipeline/pipeline-form';
import { CopyCurl } from '../server/copy-curl';
import { submitLine } from '../server/curl-line';
import { Fault, isRefusedKey } from '../server/fault';
import { fetchPresets, type Preset, useServer } from '../server/server';
import { useObjectUrl } from '../server/use-object-url';
import { text } from '../strings';
import { DropArea } from './drop-area';

/** Thumbnails are the whole photos, decoded by the browser: not for thousands. */
const SHOWN = 24;
const USUAL = 'default';

export function NewJob({ onCreated, onKeyRefused }: { onCreated: (id: string) => void; onKeyRefused: () => void }) {
  const server = useServer();
  const originals = useOriginals();
  const [files, setFiles] = useState<readonly File[]>([]);
  const { presets, error: presetsError } = usePresets();
  const [presetName, setPresetName] = useState<string>(USUAL);
  const [ownDraft, setOwnDraft] = useState<Draft | null>(null);
  const [keepStages, setKeepStages] = useState(true);
  const [settingsOpen, settings] = useDisclosure(false);
  const [sending, setSending] = useState(false);
  const [error, setError] = useState<unknown>(null);

  const add = useCallback((more: File[]) => setFiles((before) => [...before, ...more]), []);
  const preset = presets.find(({ name }) => name === presetName);
  const draft = ownDraft ?? (preset && draftOf(preset.pipeline));
  const wanted = keepStages && draft ? withStagePictures(draft) : ownDraft;
  const asked = wanted ? { pipeline: wanted as unknown as Pipeline } : { preset: presetName };

  const start = async () => {
    setSending(true);
    setError(null);
    try {
      const job = await server.packshot.jobs.create({ files: files.map((data) => ({ data })), ...asked });
      originals.keep(job.id, files);
      onCreated(job.id);
    } catch (thrown) {
      if (isRefusedKey(thrown)) onKeyRefused();
      else setError(thrown);
    } finally {
      setSending(false);
    }
  };

  return (
    <Stack>
      <Title order={2} size="h4">
        {text.newJob}
      </Title>
      <DropArea onFiles={add} />
      {files.length > 0 && <Chosen files={files} onChange={setFiles} />}
      <Paper withBorder p="md">
        <Stack>
          <Select
            label={text.preset}
            description={ownDraft === null ? (preset?.note ?? preset?.description) : text.changed}
            data={presets.map(({ name }) => name)}
            value={presetName}
            allowDeselect={false}
            onChange={(name) => {
              setPresetName(name ?? USUAL);
              setOwnDraft(null);
            }}
          />
          <Group>
            <Button variant="default" size="xs" aria-expanded={settingsOpen} onClick={settings.toggle}>
              {text.settings}
            </Button>
            <CopyCurl
              line={submitLine(server, files.length > 0 ? files.map(({ name }) => name) : ['photo.jpg'], asked)}
            />
          </Group>
          <Switch
            label={text.keepStages}
            checked={keepStages}
            onChange={(event) => setKeepStages(event.currentTarget.checked)}
          />
          <Collapse expanded={settingsOpen}>{draft && <PipelineForm draft={draft} onChange={setOwnDraft} />}</Collapse>
        </Stack>
      </Paper>
      {presetsError !== null && <Fault error={presetsError} />}
      {error !== null && <Fault error={error} onClose={() => setError(null)} />}
      <Button size="md" loading={sending} disabled={files.length === 0} onClick={start}>
        {files.length === 0 ? text.startNone : text.start(files.length)}
      </Button>
      <Text role="status" className="visually-hidden">
        {sending ? text.sending : ''}
      </Text>
    </Stack>
  );
}

function usePresets(): { presets: readonly Preset[]; error: unknown } {
  const server = useServer();
  const [state, setState] = useState<{ presets: readonly Preset[]; error: unknown }>({ presets: [], error: null });
  useEffect(() => {
    fetchPresets(server).then(
      (presets) => setState({ presets, error: null }),
      (error: unknown) => setState({ presets: [], error }),
    );
  }, [server]);
  return state;
}

function Chosen({ files, onChange }: { files: readonly File[]; onChange: (files: readonly File[]) => void }) {
  const megabytes = files.reduce((sum, { size }) => sum + size, 0) / 1e6;
  return (
    <Stack gap="xs">
      <Group justify="space-between">
        <Text size="sm">{text.chosen(files.length, megabytes.toFixed(1))}</Text>
        <Button variant="subtle" size="xs" onClick={() => onChange([])}>
          {text.clear}
        </Button>
      </Group>
      <ul className="chosen">
        {files.slice(0, SHOWN).map((file, index) => (
          <li key={`${index} ${file.name} ${file.lastModified}`}>
            <Thumbnail file={file} />
            <CloseButton
              size="sm"
              variant="default"
              aria-label={text.remove(file.name)}
              onClick={() => onChange(files.filter((other) => other !== file))}
            />
          </li>
        ))}
      </ul>
      {files.length > SHOWN && <Text size="sm">{text.more(files.length - SHOWN)}</Text>}
    </Stack>
  );
}

function Thumbnail({ file }: { file: File }) {
  const load = useMemo(() => () => Promise.resolve(file), [file]);
  const { url } = useObjectUrl(load);
  return url === null ? null : <img src={url} alt={file.name} />;
}
