import { Alert, Code, Stack, Text, Title } from '@mantine/core';
import { useEffect, useState } from 'react';
import { DropArea } from '../intake/drop-area';
import { text } from '../strings';
import { Workbench } from './workbench';

const t = text.editor;

/** A photo, then what is done to it. Loaded when it is first opened. */
export default function Editor({ photo: given }: { photo: File | null }) {
  const [photo, setPhoto] = useState(given);
  const { bitmap, unreadable } = useBitmap(photo);
  return (
    <Stack>
      <div>
        <Title order={2} size="h4">
          {t.title}
        </Title>
        <Text size="sm" className="hint">
          {t.hint} {t.brushHint}
        </Text>
      </div>
      {unreadable && (
        <Alert color="red" role="alert">
          {t.unreadable} <Code>{photo?.name}</Code>
        </Alert>
      )}
      {photo === null || bitmap === null ? (
        <DropArea many={false} onFiles={([first]) => first && setPhoto(first)} />
      ) : (
        <Workbench
          key={`${photo.name} ${photo.lastModified}`}
          photo={photo}
          bitmap={bitmap}
          onOther={() => setPhoto(null)}
        />
      )}
    </Stack>
  );
}

/** Decoded as it is shown, that is after its orientation. */
function useBitmap(photo: File | null): { bitmap: ImageBitmap | null; unreadable: boolean } {
  const [state, setState] = useState<{ bitmap: ImageBitmap | null; unreadable: boolean }>({
    bitmap: null,
    unreadable: false,
  });
  useEffect(() => {
    let gone = false;
    setState({ bitmap: null, unreadable: false });
    if (photo === null) return;
    createImageBitmap(photo, { imageOrientation: 'from-image' }).then(
      (bitmap) => !gone && setState({ bitmap, unreadable: false }),
      () => !gone && setState({ bitmap: null, unreadable: true }),
    );
    return () => {
      gone = true;
    };
  }, [photo]);
  return state;
}
