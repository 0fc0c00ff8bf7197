import { Button, Group, Paper, Stack, Text } from '@mantine/core';
import { type DragEvent, useEffect, useRef, useState } from 'react';
import { text } from '../strings';

/** Files by dropping, choosing or pasting; anything that calls itself no image is left out, the server looks at the rest. */
export function DropArea({ onFiles, many = true }: { onFiles: (files: File[]) => void; many?: boolean }) {
  const [over, setOver] = useState(false);
  const input = useRef<HTMLInputElement>(null);

  useEffect(() => {
    const paste = (event: ClipboardEvent) => {
      const files = imagesOf(event.clipboardData);
      if (files.length > 0) onFiles(many ? files : files.slice(0, 1));
    };
    document.addEventListener('paste', paste);
    return () => document.removeEventListener('paste', paste);
  }, [onFiles, many]);

  const drag = (event: DragEvent) => {
    event.preventDefault();
    setOver(event.type === 'dragover');
  };
  return (
    <Paper
      withBorder
      p="lg"
      className="drop-area"
      data-over={over}
      onDragOver={drag}
      onDragLeave={drag}
      onDrop={(event) => {
        drag(event);
        const files = imagesOf(event.dataTransfer);
        if (files.length > 0) onFiles(many ? files : files.slice(0, 1));
      }}
    >
      <Stack align="center" gap="xs">
        <Text fw={600}>{many ? text.dropMany : text.dropOne}</Text>
        <Text size="sm" ta="center">
          {text.dropHint}
        </Text>
        <Group>
          <Button onClick={() => input.current?.click()}>{many ? text.choosePhotos : text.choosePhoto}</Button>
        </Group>
        <input
          ref={input}
          type="file"
          multiple={many}
          accept="image/*,.bmp,.tif,.tiff"
          aria-label={many ? text.choosePhotos : text.choosePhoto}
          tabIndex={-1}
          className="visually-hidden"
          onChange={({ currentTarget }) => {
            onFiles([...(currentTarget.files ?? [])]);
            currentTarget.value = '';
          }}
        />
      </Stack>
    </Paper>
  );
}

function imagesOf(transfer: DataTransfer | null): File[] {
  return [...(transfer?.files ?? [])].filter(({ type }) => type === '' || type.startsWith('image/'));
}
