import { Button, Group, Modal, Stack, Textarea } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { notifications } from '@mantine/notifications';
import { IconArrowBackUp } from '@tabler/icons-react';
import { useInfiniteQuery, useQuery, useSuspenseQuery } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { useMemo, useState } from 'react';
import { useApplyModel, versionQuery, versionsQuery } from '../../api/model';
import { sessionQuery } from '../../api/queries';
import { instant } from '../../format/date';
import { diffLines } from '../../format/diff';
import { plural } from '../../format/number';
import { When } from '../../parts/Figures';
import { ErrorNote, Rows } from '../../parts/States';
import s from './health.module.css';

/** Every version of the model: who, when, why, what it changed, and the way back. */
export function Versions() {
  const list = useInfiniteQuery(versionsQuery);
  const { version } = useSearch({ from: '/app/health/versions' });
  const navigate = useNavigate();
  if (list.error) return <ErrorNote error={list.error} retry={() => void list.refetch()} />;
  if (!list.data) return <Rows n={8} />;
  const items = list.data.pages.flatMap((p) => p.items);
  const newest = items[0]?.version ?? 0;
  const chosen = version ?? newest;
  return (
    <div className={s.versions}>
      <ul className={s.versionList} aria-label="Versions">
        {items.map((v) => (
          <li key={v.version}>
            <button type="button" data-on={v.version === chosen} aria-current={v.version === chosen ? 'true' : undefined} onClick={() => void navigate({ to: '/health/versions', search: { version: v.version === newest ? undefined : v.version } })}>
              <span className={s.versionHead}>
                Version {v.version} {v.version === newest && <span className="muted">in force</span>}
              </span>
              <span>{v.note || <span className="muted">no note</span>}</span>
              <span className="muted">
                {v.author}, <When at={v.created_at} />
              </span>
            </button>
          </li>
        ))}
        {list.hasNextPage && (
          <li>
            <Button variant="subtle" loading={list.isFetchingNextPage} onClick={() => void list.fetchNextPage()} m={8}>
              Older versions
            </Button>
          </li>
        )}
      </ul>
      <div className={s.version}>{chosen > 0 && <Version key={chosen} version={chosen} newest={newest} />}</div>
    </div>
  );
}

function Version({ version, newest }: { version: number; newest: number }) {
  const { data: session } = useSuspenseQuery(sessionQuery);
  const query = useQuery(versionQuery(version));
  const before = useQuery({ ...versionQuery(version - 1), enabled: version > 1 });
  const [asking, ask] = useDisclosure(false);
  const may = session.permissions.includes('write_model') || session.permissions.includes('*');
  const diff = useMemo(() => (query.data && before.data ? diffLines(before.data.yaml, query.data.yaml) : []), [query.data, before.data]);
  if (query.error) return <ErrorNote error={query.error} retry={() => void query.refetch()} />;
  if (!query.data) return <Rows n={10} />;
  const changed = diff.filter((l) => l.kind === 'add' || l.kind === 'drop').length;
  return (
    <>
      <Group justify="space-between" align="flex-start">
        <div>
          <h2>Version {version}</h2>
          <span className="muted">
            {query.data.author}, {instant(query.data.created_at)}
          </span>
        </div>
        {version !== newest && may && (
          <Button variant="default" leftSection={<IconArrowBackUp size={14} />} onClick={ask.open}>
            Go back to this version
          </Button>
        )}
      </Group>
      {query.data.note && <p>{query.data.note}</p>}
      {version > 1 ? (
        before.error ? (
          <ErrorNote error={before.error} retry={() => void before.refetch()} />
        ) : !before.data ? (
          <Rows n={8} />
        ) : (
          <>
            <p className="muted">{changed === 0 ? 'The text is the same as before.' : `${plural(changed, 'line')} changed against version ${version - 1}.`}</p>
            <div className={s.diff} tabIndex={0} role="region" aria-label={`What version ${version} changed`}>
              {diff.map((l, i) => (
                <div key={i} data-kind={l.kind}>
                  {l.kind === 'add' ? '+ ' : l.kind === 'drop' ? '− ' : '  '}
                  {l.text}
                </div>
              ))}
            </div>
          </>
        )
      ) : (
        <div className={s.diff} tabIndex={0} role="region" aria-label="The text of version 1">
          {query.data.yaml.split('\n').map((l, i) => (
            <div key={i}>{l || ' '}</div>
          ))}
        </div>
      )}
      {asking && <GoBack yaml={query.data.yaml} version={version} base={newest} onClose={ask.close} />}
    </>
  );
}

function GoBack({ yaml, version, base, onClose }: { yaml: string; version: number; base: number; onClose: () => void }) {
  const apply = useApplyModel();
  const navigate = useNavigate();
  const [note, setNote] = useState(`Back to version ${version}`);
  const run = (event: React.FormEvent) => {
    event.preventDefault();
    apply.mutate(
      { yaml, base_version: base, note: note.trim() },
      {
        onSuccess: (v) => {
          notifications.show({ message: `Version ${v.version} says what version ${version} said.` });
          onClose();
          void navigate({ to: '/health/versions', search: {} });
        },
      },
    );
  };
  return (
    <Modal opened onClose={onClose} title={`Go back to version ${version}`} closeButtonProps={{ 'aria-label': 'Close' }}>
      <form onSubmit={run}>
        <Stack gap="sm">
          <p style={{ margin: 0 }}>This makes version {base + 1} with the text of version {version}. Nothing is deleted: the versions between stay, and scores recorded under them too.</p>
          <Textarea label="Note" autosize value={note} onChange={(e) => setNote(e.currentTarget.value)} data-autofocus />
          {apply.error && <ErrorNote error={apply.error} title="Nothing was changed" />}
          <Group justify="flex-end">
            <Button variant="default" onClick={onClose}>
              Cancel
            </Button>
            <Button type="submit" loading={apply.isPending}>
              Go back
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}
