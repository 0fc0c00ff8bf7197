import {
  Alert,
  Button,
  Code,
  Group,
  Loader,
  SegmentedControl,
  Select,
  SimpleGrid,
  Slider,
  Stack,
  Switch,
  Text,
} from '@mantine/core';
import { useHotkeys } from '@mantine/hooks';
import { useEffect, useRef, useState } from 'react';
import { Fault } from '../server/fault';
import { saveBlob } from '../server/save-blob';
import { useServer } from '../server/server';
import { usable, useModels } from '../server/use-models';
import { text } from '../strings';
import { type Answer, askServer, type Question } from './ask-server';
import { Easel, type Tool } from './easel';
import { useHistory } from './history';
import { cutOut, type Stroke, toPng } from './matte';
import { type Box, type Point, type Pointed, withBox, withPoint } from './prompt';

const t = text.editor;

interface Edit extends Pointed {
  readonly answer: Answer | null;
  /** They stay over whatever matte the next click brings. */
  readonly strokes: readonly Stroke[];
}

const LARGEST_ZOOM = 6;

const NOTHING: Edit = { points: [], boxes: [], answer: null, strokes: [] };

export function Workbench({ photo, bitmap, onOther }: { photo: File; bitmap: ImageBitmap; onOther: () => void }) {
  const history = useHistory(NOTHING);
  const edit = history.present;
  const models = useModels();
  const prompted = usable(models, 'prompt');
  const [chosenModel, setChosenModel] = useState<string | null>(null);
  const model = chosenModel ?? (prompted.find((one) => one.default) ?? prompted[0])?.id ?? null;
  const [tool, setTool] = useState<Tool | null>(null);
  const usedTool = tool ?? (model === null ? 'add' : 'keep');
  const [size, setSize] = useState(() => Math.max(8, Math.round(Math.max(bitmap.width, bitmap.height) / 24)));
  const [softness, setSoftness] = useState(0.3);
  const [zoom, setZoom] = useState(1);
  const [ghost, setGhost] = useState(true);
  const [complaint, setComplaint] = useState<string | null>(null);
  const asking = useAsking();

  /** One question at a time; undo leads back to what was before it. */
  const ask = async (pointed: Pointed, click: Question['click']) => {
    setComplaint(null);
    const answer = await asking.ask({ photo, click });
    if (answer === null) return;
    history.step(({ strokes }) => ({ ...pointed, answer, strokes }));
  };
  const point = (pointed: Pointed | null) => {
    if (model === null || asking.pending) return;
    if (pointed === null) return setComplaint(t.onePoint);
    void ask(pointed, { model, pointed, formerMask: edit.answer?.formerMask ?? null });
  };
  const onPoint = ([x, y]: readonly [number, number], label: 0 | 1) =>
    point(withPoint(edit, [x, y, label] satisfies Point));
  const onBox = (box: Box) => {
    const pointed = withBox(edit, box);
    if (pointed !== null) point(pointed);
  };
  const onStroke = (path: Stroke['path']) => {
    const stroke: Stroke = { kind: usedTool === 'erase' ? 'erase' : 'add', path, size, softness };
    history.step((now) => ({ ...now, strokes: [...now.strokes, stroke] }));
  };
  const download = async () => {
    const blob = await toPng(cutOut(bitmap, edit.answer?.matte ?? null, edit.strokes, 1));
    saveBlob(blob, `${photo.name.replace(/\.[^.]+$/, '')}-cut-out.png`);
  };
  useHotkeys([
    ['mod+Z', history.undo],
    ['mod+shift+Z', history.redo],
    ['mod+Y', history.redo],
  ]);

  const largest = Math.round(Math.max(bitmap.width, bitmap.height) / 4);
  const empty = edit.answer === null && edit.strokes.length === 0;
  const pointing = ['keep', 'drop', 'box'] as const;
  const tools: Tool[] = [...(model === null ? [] : pointing), 'add', 'erase'];
  const brush = usedTool === 'add' || usedTool === 'erase';
  return (
    <Stack gap="sm">
      {model === null && <NoModel known={models !== null} />}
      <SegmentedControl
        aria-label={t.tools}
        value={usedTool}
        onChange={(value) => setTool(value as Tool)}
        data={tools.map((value) => ({ value, label: t[value] }))}
        size="xs"
        fullWidth
      />
      <Group gap="xs">
        <Button
          size="xs"
          variant="default"
          disabled={asking.pending}
          onClick={() => void ask({ points: [], boxes: [] }, null)}
        >
          {t.automatic}
        </Button>
        <Button size="xs" variant="default" disabled={!history.canUndo} onClick={history.undo}>
          {t.undo}
        </Button>
        <Button size="xs" variant="default" disabled={!history.canRedo} onClick={history.redo}>
          {t.redo}
        </Button>
        <Button size="xs" variant="default" onClick={history.begin}>
          {t.again}
        </Button>
        <Button size="xs" variant="default" onClick={onOther}>
          {t.other}
        </Button>
        {asking.pending && <Loader size="xs" aria-hidden />}
        <Text size="sm" role="status">
          {asking.pending ? t.working : empty ? t.noMatte : ''}
        </Text>
      </Group>
      <Easel
        bitmap={bitmap}
        edit={edit}
        tool={usedTool}
        brush={{ size, softness }}
        zoom={zoom}
        onZoom={(factor) => setZoom((now) => Math.min(LARGEST_ZOOM, Math.max(1, now * factor)))}
        ghost={ghost}
        onPoint={onPoint}
        onBox={onBox}
        onStroke={onStroke}
      />
      <SimpleGrid cols={{ base: 1, sm: 3 }} spacing="md">
        <Setting label={t.zoom} min={1} max={LARGEST_ZOOM} step={0.5} value={zoom} onChange={setZoom} />
        {brush && <Setting label={t.size} min={2} max={largest} step={1} value={size} onChange={setSize} />}
        {brush && <Setting label={t.softness} min={0} max={1} step={0.05} value={softness} onChange={setSoftness} />}
      </SimpleGrid>
      <Group justify="space-between" align="flex-end">
        <Switch label={t.ghost} checked={ghost} onChange={(event) => setGhost(event.currentTarget.checked)} />
        {prompted.length > 1 && (
          <Select
            size="xs"
            label={t.model}
            data={prompted.map(({ id }) => id)}
            value={model}
            allowDeselect={false}
            onChange={setChosenModel}
          />
        )}
        <Button disabled={empty} onClick={() => void download().catch(asking.setError)}>
          {t.download}
        </Button>
      </Group>
      {complaint !== null && (
        <Alert color="yellow" role="status">
          {complaint}
        </Alert>
      )}
      {asking.error !== null && <Fault error={asking.error} onClose={() => asking.setError(null)} />}
    </Stack>
  );
}

interface SettingProps {
  label: string;
  min: number;
  max: number;
  step: number;
  value: number;
  onChange: (value: number) => void;
}

function Setting({ label, ...slider }: SettingProps) {
  return (
    <div>
      <Text size="sm">{label}</Text>
      <Slider thumbLabel={label} {...slider} />
    </div>
  );
}

function NoModel({ known }: { known: boolean }) {
  if (!known) return <Alert color="gray">{t.noWorker}</Alert>;
  return (
    <Alert color="gray">
      {t.noModel} <Code>{t.noModelCommand}</Code>. {t.noModelRest}
    </Alert>
  );
}

/** What is under way ends with the editor. */
function useAsking() {
  const { packshot } = useServer();
  const [pending, setPending] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const gone = useRef(new AbortController());
  useEffect(() => {
    const controller = new AbortController();
    gone.current = controller;
    return () => controller.abort();
  }, []);

  const ask = async (question: Question): Promise<Answer | null> => {
    const { signal } = gone.current;
    setPending(true);
    setError(null);
    try {
      return await askServer(packshot, question, signal);
    } catch (thrown) {
      if (!signal.aborted) setError(thrown);
      return null;
    } finally {
      setPending(false);
    }
  };
  return { ask, pending, error, setError };
}
