import { Anchor, Button, Group, Loader, Select, Text, Title, useMantineColorScheme } from '@mantine/core';
import { useHash } from '@mantine/hooks';
import { lazy, Suspense, useCallback, useMemo, useState } from 'react';
import { NewJob } from './intake/new-job';
import { JobList } from './jobs/job-list';
import { JobPanel } from './jobs/job-panel';
import { OriginalsProvider, useOriginalsStore } from './jobs/originals';
import { KeyForm } from './server/key-form';
import { connect, ServerProvider, savedKey } from './server/server';
import { text } from './strings';

const Editor = lazy(() => import('./editor/editor'));

/** What is shown stands in the address, so that going back and reloading work: `#/jobs/<id>`, `#/cut-out`. */
export function App() {
  const [hash, setHash] = useHash();
  const [apiKey, setApiKey] = useState(savedKey.read);
  const [wantsKey, setWantsKey] = useState(false);
  const [toCorrect, setToCorrect] = useState<File | null>(null);
  const originals = useOriginalsStore();
  const server = useMemo(() => connect(apiKey), [apiKey]);
  const askForKey = useCallback(() => setWantsKey(true), []);

  const takeKey = (key: string | null) => {
    savedKey.write(key);
    setApiKey(key);
    setWantsKey(false);
  };
  const jobId = /^#\/jobs\/(job_[\w-]+)$/.exec(hash)?.[1] ?? null;
  const show = (address: string) => setHash(address);
  const edit = (photo: File | null) => {
    setToCorrect(photo);
    show('#/cut-out');
  };

  return (
    <ServerProvider value={server}>
      <OriginalsProvider value={originals}>
        <button type="button" className="skip" onClick={() => document.getElementById('content')?.focus()}>
          {text.skip}
        </button>
        <Header
          hasKey={apiKey !== null}
          onForget={() => takeKey(null)}
          onNew={() => show('')}
          onEdit={() => edit(null)}
          base={server.base}
        />
        {wantsKey ? (
          <main id="content" tabIndex={-1} className="alone">
            <KeyForm refused={apiKey !== null} onKey={takeKey} />
          </main>
        ) : (
          <div className="layout">
            <main id="content" tabIndex={-1}>
              {hash === '#/cut-out' ? (
                <Suspense fallback={<Loader aria-label={text.loading} />}>
                  <Editor key={`${toCorrect?.name} ${toCorrect?.lastModified}`} photo={toCorrect} />
                </Suspense>
              ) : jobId !== null ? (
                <JobPanel
                  key={`${jobId} ${apiKey}`}
                  id={jobId}
                  onGone={() => show('')}
                  onCorrect={edit}
                  onKeyRefused={askForKey}
                />
              ) : (
                <NewJob onCreated={(id) => show(`#/jobs/${id}`)} onKeyRefused={askForKey} />
              )}
            </main>
            <JobList key={apiKey} current={jobId} onOpen={(id) => show(`#/jobs/${id}`)} onKeyRefused={askForKey} />
          </div>
        )}
      </OriginalsProvider>
    </ServerProvider>
  );
}

interface HeaderProps {
  base: string;
  hasKey: boolean;
  onNew: () => void;
  onEdit: () => void;
  onForget: () => void;
}

function Header({ base, hasKey, onNew, onEdit, onForget }: HeaderProps) {
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  return (
    <header className="header">
      <div>
        <Title order={1} size="h3">
          {text.title}
        </Title>
        <Text size="sm" className="hint">
          {text.tagline}
        </Text>
      </div>
      <Group gap="xs">
        <Button variant="default" size="xs" onClick={onNew}>
          {text.newJob}
        </Button>
        <Button variant="default" size="xs" onClick={onEdit}>
          {text.cutOut}
        </Button>
        {hasKey && (
          <Button variant="default" size="xs" onClick={onForget}>
            {text.keyForget}
          </Button>
        )}
        <Select
          aria-label={text.schemeLabel}
          size="xs"
          w={130}
          data={Object.entries(text.scheme).map(([value, label]) => ({ value, label }))}
          value={colorScheme}
          allowDeselect={false}
          onChange={(scheme) => scheme !== null && setColorScheme(scheme as 'light' | 'dark' | 'auto')}
        />
        <Anchor size="sm" href={`${base}/docs`}>
          {text.api}
        </Anchor>
      </Group>
    </header>
  );
}
