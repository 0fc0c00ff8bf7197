import { Button, Group, Paper, PasswordInput, Stack, Text, Title } from '@mantine/core';
import { useState } from 'react';
import { text } from '../strings';

/** Asked for when the server has refused to answer without a key, or with this one. */
export function KeyForm({ refused, onKey }: { refused: boolean; onKey: (key: string) => void }) {
  const [key, setKey] = useState('');
  return (
    <Paper withBorder p="lg" maw={480} mx="auto" mt="xl">
      <form
        onSubmit={(event) => {
          event.preventDefault();
          if (key.trim()) onKey(key.trim());
        }}
      >
        <Stack>
          <Title order={2} size="h4">
            {text.keyTitle}
          </Title>
          <Text size="sm">{text.keyHint}</Text>
          <PasswordInput
            label={text.keyLabel}
            value={key}
            onChange={(event) => setKey(event.currentTarget.value)}
            error={refused ? text.keyRefused : undefined}
            autoComplete="off"
            data-autofocus
          />
          <Group justify="flex-end">
            <Button type="submit" disabled={!key.trim()}>
              {text.keyUse}
            </Button>
          </Group>
        </Stack>
      </form>
    </Paper>
  );
}
