import { Chip, Group, Text } from '@mantine/core';
import type { ItemView, JobView } from '@packshot/contracts';
import { useMemo, useState } from 'react';
import { Compare } from '../compare/compare';
import { Fault } from '../server/fault';
import { type Server, useServer } from '../server/server';
import { useObjectUrl } from '../server/use-object-url';
import { text } from '../strings';
import { type View, viewsOf } from './views';

interface Props {
  job: JobView;
  item: ItemView;
  loadOriginal: (signal: AbortSignal) => Promise<Blob>;
}

/** What there is of a photo, each over what it was made of. */
export function Pictures({ job, item, loadOriginal }: Props) {
  const views = viewsOf(item);
  const [chosen, setChosen] = useState('result');
  const view = views.find(({ name }) => name === chosen) ?? views[0];
  return (
    <>
      {views.length > 1 && (
        <Chip.Group value={chosen} onChange={setChosen}>
          <Group gap={6} role="radiogroup" aria-label={text.viewLabel}>
            {views.map(({ name, label }) => (
              <Chip key={name} value={name} size="xs">
                {label}
              </Chip>
            ))}
          </Group>
        </Chip.Group>
      )}
      {view && <Picture job={job} item={item} view={view} loadOriginal={loadOriginal} />}
    </>
  );
}

function Picture({ job, item, view, loadOriginal }: Props & { view: View }) {
  const server = useServer();
  const { name, madeOf } = view;
  const loadAfter = useMemo(() => loaderOf(server, job.id, item.id, name), [server, job.id, item.id, name]);
  const loadBefore = useMemo(
    () => (madeOf === null ? loadOriginal : loaderOf(server, job.id, item.id, madeOf.name)),
    [server, job.id, item.id, madeOf?.name, loadOriginal],
  );
  const after = useObjectUrl(loadAfter);
  const before = useObjectUrl(loadBefore);
  if (after.error !== null) return <Fault error={after.error} />;
  return (
    <>
      <Compare
        before={before.url === null ? null : { url: before.url, name: madeOf?.label ?? text.before }}
        after={after.url === null ? null : { url: after.url, name: view.stage ? view.label : text.after }}
      />
      {before.error !== null && (
        <Text size="xs" className="hint">
          {text.noBefore}
        </Text>
      )}
    </>
  );
}

/** Through the API and not by the link of the file: that may lead to a host which the page's policy does not know. */
function loaderOf({ packshot: { jobs } }: Server, job: string, item: string, name: View['name']) {
  return async (signal: AbortSignal): Promise<Blob> => {
    if (name === 'result') return (await jobs.result(job, item, { signal })).blob();
    if (name === 'mask') return (await jobs.mask(job, item, { signal })).blob();
    return (await jobs.beside(job, item, name, { signal })).blob();
  };
}
