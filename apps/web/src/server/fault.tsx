import { Alert, Code, List, Text } from '@mantine/core';
import { PackshotError } from '@packshot/sdk';
import { text } from '../strings';

interface Described {
  code: string;
  message: string;
  requestId?: string | null;
  errors?: readonly { pointer: string; detail: string }[];
}

/** What went wrong, with the code to look up and the id to quote. */
export function Fault({ error, onClose }: { error: unknown; onClose?: () => void }) {
  const { code, message, requestId, errors = [] } = describe(error);
  return (
    <Alert
      color="red"
      role="alert"
      title={text.errorTitle}
      withCloseButton={onClose !== undefined}
      onClose={onClose}
      closeButtonLabel={text.close}
    >
      <Text size="sm">
        {message} <Code>{code}</Code>
      </Text>
      {errors.length > 0 && (
        <List size="sm">
          {errors.map(({ pointer, detail }) => (
            <List.Item key={pointer}>
              <Code>{pointer}</Code> {detail}
            </List.Item>
          ))}
        </List>
      )}
      {requestId && <Text size="xs">{text.requestId(requestId)}</Text>}
    </Alert>
  );
}

function describe(error: unknown): Described {
  if (error instanceof PackshotError) return error;
  const { code, message } = error as Partial<Described>;
  return { code: code ?? 'unexpected', message: message ?? String(error) };
}

export function isRefusedKey(error: unknown): boolean {
  return error instanceof PackshotError && error.code === 'unauthorized';
}
