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
import { useEffect, useEffectEvent, useRef, useState } from 'react';
import { Fault } from '../server/fault';
import { saveBlob } from '../server/save-blob';
import { useServer } from '../server/server';
import { usable, useModels } from '../server/use-models';
import { text } from '../strings';
import { type Answer, askServer, type Question } from './ask-server';
import { Easel, type Tool } from './easel';
import { useHistory } from './history';
import { cutOut, type Stroke, toBlob } from './matte';
import { type Box, type Point, type Pointed, scaled, withBox, withPoint } from './prompt';
import { makeSmallCopy } from './small-copy';
import { useTask } from './use-task';

const t = text.editor;

interface Cut extends Answer {
  /** Of a rough matte, the same question about the whole photo. */
  readonly whole: Question | null;
}

interface Edit extends Pointed {
  readonly answer: Cut | null;
  /** They stay over whatever matte the next click brings. */
  readonly strokes: readonly Stroke[];
}

const LARGEST_ZOOM = 6;
/** After so long without a click the matte is asked for at full size. */
const SETTLE_AFTER_MS = 1000;

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
  const [error, setError] = useState<unknown>(null);
  const [asking, settling, saving] = [useTask(setError), useTask(setError), useTask(setError)];
  const busy = asking.pending || saving.pending;
  const { packshot } = useServer();
  const [smallCopy] = useState(() => makeSmallCopy(photo, bitmap));

  // While the user looks for where to click, the model looks at the photo: what it then knows, no click waits for.
  useEffect(() => {
    if (model === null) return;
    const gone = new AbortController();
    const look = async () => {
      const { file, scale } = await smallCopy;
      const everything = scaled({ points: [], boxes: [[0, 0, bitmap.width, bitmap.height]] }, scale);
      const click = { model, pointed: everything, formerMask: null };
      await askServer(packshot, { photo: file, click, rough: true }, gone.signal);
    };
    // What is wrong is told when somebody clicks.
    look().catch(() => undefined);
    return () => gone.abort();
  }, [model, packshot, smallCopy, bitmap]);

  /** One question at a time; undo leads back to what was before it. */
  const ask = async (pointed: Pointed, question: (signal: AbortSignal) => Promise<Cut>) => {
    setComplaint(null);
    setError(null);
    settling.stop();
    const answer = await asking.run(question);
    if (answer !== null) history.step(({ strokes }) => ({ ...pointed, answer, strokes }));
  };
  const findProduct = () =>
    ask({ points: [], boxes: [] }, async (signal) => {
      const answer = await askServer(packshot, { photo, click: null, rough: false }, signal);
      return { ...answer, whole: null };
    });
  /** Answered on a small copy, to be quick; what is downloaded is asked of the photo. */
  const point = (pointed: Pointed | null) => {
    if (model === null || busy) return;
    if (pointed === null) return setComplaint(t.onePoint);
    void ask(pointed, async (signal) => {
      const { file, scale } = await smallCopy;
      const click = { model, pointed, formerMask: (await edit.answer?.formerMask) ?? null };
      const small = { photo: file, click: { ...click, pointed: scaled(pointed, scale) }, rough: true };
      return { ...(await askServer(packshot, small, signal)), whole: { photo, click, rough: false } };
    });
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

  const underWay = useRef(new WeakMap<Cut, Promise<HTMLCanvasElement | null>>());
  /** The matte at full size, in every step that has it; asked for once. Null where that failed. */
  const settle = (cut: Cut): Promise<HTMLCanvasElement | null> => {
    const { whole } = cut;
    if (whole === null) return Promise.resolve(cut.matte);
    const known = underWay.current.get(cut);
    if (known !== undefined) return known;
    const settled = settling.run(async (signal) => {
      const { matte } = await askServer(packshot, whole, signal);
      history.amend((one) => (one.answer === cut ? { ...one, answer: { ...cut, matte, whole: null } } : one));
      return matte;
    });
    underWay.current.set(cut, settled);
    void settled.finally(() => underWay.current.delete(cut));
    return settled;
  };
  const onPause = useEffectEvent(settle);
  const { answer } = edit;
  useEffect(() => {
    if (answer === null || busy) return;
    const timer = setTimeout(() => void onPause(answer), SETTLE_AFTER_MS);
    return () => clearTimeout(timer);
  }, [answer, busy]);

  const download = () => {
    setError(null);
    return saving.run(async () => {
      const matte = edit.answer && (await settle(edit.answer));
      if (matte === null && edit.answer !== null) return;
      const blob = await toBlob(cutOut(bitmap, matte, edit.strokes, 1), 'image/png');
      saveBlob(blob, `${photo.name.replace(/\.[^.]+$/, '')}-cut-out.png`);
    });
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
        <Button size="xs" variant="default" disabled={busy} onClick={() => void findProduct()}>
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
        {(busy || settling.pending) && <Loader size="xs" className="late" aria-hidden />}
        <Text size="sm" role="status">
          {busy ? t.working : settling.pending ? t.settling : empty ? t.noMatte : ''}
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
        <Button disabled={empty || busy} onClick={() => void download()}>
          {t.download}
        </Button>
      </Group>
      {complaint !== null && (
        <Alert color="yellow" role="status">
          {complaint}
        </Alert>
      )}
      {error !== null && <Fault error={error} onClose={() => setError(null)} />}
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
