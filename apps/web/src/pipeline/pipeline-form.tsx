import {
  Accordion,
  Badge,
  ColorInput,
  Group,
  NumberInput,
  SegmentedControl,
  Select,
  SimpleGrid,
  Stack,
  Switch,
  Text,
} from '@mantine/core';
import type { ModelView } from '@packshot/contracts';
import { usable, useModels } from '../server/use-models';
import { text } from '../strings';
import {
  type Draft,
  type Field,
  type Mode,
  modeOf,
  OPERATIONS,
  read,
  type Stage,
  type Values,
  withMode,
  write,
} from './operations';

const t = text.pipeline;

export function PipelineForm({ draft, onChange }: { draft: Draft; onChange: (draft: Draft) => void }) {
  const models = useModels();
  return (
    <Accordion variant="contained" multiple chevronPosition="left" order={3}>
      {OPERATIONS.map((stage) => (
        <Accordion.Item key={stage.name} value={stage.name}>
          <Accordion.Control>
            <Group justify="space-between" wrap="nowrap" gap="xs">
              <div>
                <Text fw={600} size="sm">
                  {stage.label}
                </Text>
                <Text size="xs" className="hint">
                  {stage.hint}
                </Text>
              </div>
              {stage.name !== 'output' && <ModeBadge mode={modeOf(draft, stage)} />}
            </Group>
          </Accordion.Control>
          <Accordion.Panel>
            <StageFields stage={stage} draft={draft} models={models} onChange={onChange} />
          </Accordion.Panel>
        </Accordion.Item>
      ))}
    </Accordion>
  );
}

function ModeBadge({ mode }: { mode: Mode }) {
  return (
    <Badge variant={mode === 'off' ? 'default' : 'filled'} className="mode-badge">
      {t.modes[mode]}
    </Badge>
  );
}

interface StageProps {
  stage: Stage;
  draft: Draft;
  models: readonly ModelView[] | null;
  onChange: (draft: Draft) => void;
}

function StageFields({ stage, draft, models, onChange }: StageProps) {
  const operation = draft[stage.name];
  const modes: Mode[] = stage.auto ? ['off', 'auto', 'on'] : ['off', 'on'];
  return (
    <Stack gap="sm">
      {stage.name !== 'output' && (
        <SegmentedControl
          aria-label={t.modeOf(stage.label)}
          value={modeOf(draft, stage)}
          onChange={(mode) => onChange(withMode(draft, stage, mode as Mode))}
          data={modes.map((mode) => ({ value: mode, label: t.modes[mode] }))}
        />
      )}
      {operation !== false && (
        <SimpleGrid cols={{ base: 1, sm: 2 }} spacing="sm">
          {stage.fields
            .filter(({ shownFor }) => shownFor?.(operation) ?? true)
            .map((field) => (
              <FieldInput
                key={field.path.join('.')}
                field={field}
                operation={operation}
                models={models}
                onChange={(value) => onChange({ ...draft, [stage.name]: write(operation, field.path, value) })}
              />
            ))}
        </SimpleGrid>
      )}
    </Stack>
  );
}

interface InputProps {
  field: Field;
  operation: Values;
  models: readonly ModelView[] | null;
  onChange: (value: unknown) => void;
}

function FieldInput({ field, operation, models, onChange }: InputProps) {
  const { control, label, hint } = field;
  const value = read(operation, field);
  const shared = { label, ...(hint !== undefined && { description: hint }) };
  switch (control.kind) {
    case 'choice':
      return <ChoiceInput {...{ field, value, onChange }} choices={control.choices} />;
    case 'number':
      return (
        <NumberInput
          {...shared}
          min={control.min}
          max={control.max}
          step={control.step}
          value={(value as number | null) ?? ''}
          placeholder={t.asNeeded}
          onChange={(given) => onChange(typeof given === 'number' ? given : null)}
        />
      );
    case 'switch':
      return (
        <Switch {...shared} checked={value === true} onChange={(event) => onChange(event.currentTarget.checked)} />
      );
    case 'colour':
      return <ColorInput {...shared} format="hex" value={value as string} onChange={onChange} withEyeDropper={false} />;
    case 'model':
      return (
        <ModelInput
          label={label}
          models={usable(models, control.task)}
          value={value as string | null}
          onChange={onChange}
        />
      );
  }
}

interface ChoiceProps {
  field: Field;
  value: unknown;
  choices: readonly { label: string; value: unknown }[];
  onChange: (value: unknown) => void;
}

/** Choices may be whole objects; one that a preset brought and that is none of ours is shown as such. */
function ChoiceInput({ field, value, choices, onChange }: ChoiceProps) {
  const key = JSON.stringify(value);
  const data = choices.map((choice) => ({ label: choice.label, value: JSON.stringify(choice.value) }));
  const known = data.some((choice) => choice.value === key);
  return (
    <Select
      label={field.label}
      {...(field.hint !== undefined && { description: field.hint })}
      data={known ? data : [...data, { label: t.ofPreset, value: key }]}
      value={key}
      allowDeselect={false}
      onChange={(chosen) => chosen !== null && onChange(JSON.parse(chosen))}
    />
  );
}

interface ModelProps {
  label: string;
  models: readonly ModelView[];
  value: string | null;
  onChange: (value: string | null) => void;
}

function ModelInput({ label, models, value, onChange }: ModelProps) {
  const ids = [...new Set([...models.map(({ id }) => id), ...(value === null ? [] : [value])])];
  return (
    <Select
      label={label}
      data={ids}
      value={value}
      placeholder={t.usualModel}
      clearable
      clearButtonProps={{ 'aria-label': t.usualModel }}
      onChange={onChange}
    />
  );
}
