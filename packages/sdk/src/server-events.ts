export interface ServerEvent {
  /** What to come back with after a cut; null when the event has none. */
  id: string | null;
  event: string;
  data: string;
}

/**
 * Reads an answer of server-sent events (WHATWG HTML, section 9.2.6), whatever pieces it comes in. An event that the cut of the
 * connection left unfinished is dropped, as the specification has it.
 */
export async function* readServerEvents(body: ReadableStream<Uint8Array>): AsyncGenerator<ServerEvent> {
  let fields: Record<string, string> = {};
  for await (const line of lines(body)) {
    if (line === '') {
      const { id = null, event = 'message', data } = fields;
      if (data !== undefined) yield { id, event, data };
      fields = {};
    } else if (!line.startsWith(':')) {
      const [name, value] = splitField(line);
      fields[name] = name === 'data' && fields.data !== undefined ? `${fields.data}\n${value}` : value;
    }
  }
}

function splitField(line: string): [name: string, value: string] {
  const colon = line.indexOf(':');
  return colon < 0 ? [line, ''] : [line.slice(0, colon), line.slice(colon + 1).replace(/^ /, '')];
}

/** Complete lines; they end with a line feed, with or without a carriage return before it, as every server of today writes them. */
async function* lines(body: ReadableStream<Uint8Array>): AsyncGenerator<string> {
  const reader = body.getReader();
  const decoder = new TextDecoder();
  let rest = '';
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      const parts = (rest + decoder.decode(value, { stream: true })).split(/\r?\n/);
      rest = parts.pop() ?? '';
      yield* parts;
    }
  } finally {
    await reader.cancel().catch(() => undefined);
  }
}
