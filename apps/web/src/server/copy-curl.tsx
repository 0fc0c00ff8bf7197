import { Button, CopyButton } from '@mantine/core';
import { text } from '../strings';

export function CopyCurl({ line }: { line: string }) {
  return (
    <CopyButton value={line} timeout={2000}>
      {({ copied, copy }) => (
        <Button variant="default" size="xs" onClick={copy}>
          {copied ? text.copied : text.copyCurl}
        </Button>
      )}
    </CopyButton>
  );
}
