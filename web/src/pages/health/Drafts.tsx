import { Button, Group } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { IconPencil, IconTrash } from '@tabler/icons-react';
import { useQuery, useSuspenseQuery } from '@tanstack/react-query';
import { Link, useNavigate, useSearch } from '@tanstack/react-router';
import { draftQuery, draftsQuery, modelQuery, useDropDraft, usePutDraft } from '../../api/model';
import { sessionQuery } from '../../api/queries';
import type { DraftText } from '../../api/shapes';
import { instant } from '../../format/date';
import { When } from '../../parts/Figures';
import { Empty, ErrorNote, Rows } from '../../parts/States';
import s from './health.module.css';
import { ModelEditor } from './ModelEditor';

/** Texts that somebody works on: not in force, planned and applied when they are ready. */
export function Drafts() {
  const list = useQuery(draftsQuery);
  const { draft } = useSearch({ from: '/app/health/drafts' });
  const navigate = useNavigate();
  if (list.error) return <ErrorNote error={list.error} retry={() => void list.refetch()} />;
  if (!list.data) return <Rows n={8} />;
  const items = list.data.items;
  if (items.length === 0) {
    return (
      <Empty icon={IconPencil} title="No draft" actions={<Button component={Link} to="/health" variant="default">Open a scorecard</Button>}>
        A draft is a change of the model that is not in force. Change a scorecard, or the text under YAML, and keep it as a draft: everybody sees what it would do before it is applied.
      </Empty>
    );
  }
  const chosen = items.find((d) => d.id === draft) ?? items[0]!;
  return (
    <div className={s.versions}>
      <ul className={s.versionList} aria-label="Drafts">
        {items.map((d) => (
          <li key={d.id}>
            <button type="button" data-on={d.id === chosen.id} aria-current={d.id === chosen.id ? 'true' : undefined} onClick={() => void navigate({ to: '/health/drafts', search: { draft: d.id } })}>
              <span className={s.versionHead}>{d.name}</span>
              <span>{d.note || <span className="muted">no note</span>}</span>
              <span className="muted">
                {d.author}, <When at={d.updated_at} />, from version {d.base_version}
                {d.behind && ', which is not the newest any more'}
              </span>
            </button>
          </li>
        ))}
      </ul>
      <div className={s.draft}>
        <Draft key={chosen.id} id={chosen.id} />
      </div>
    </div>
  );
}

function Draft({ id }: { id: string }) {
  const draft = useQuery(draftQuery(id));
  const model = useQuery(modelQuery);
  const error = draft.error ?? model.error;
  if (error) return <ErrorNote error={error} retry={() => void draft.refetch().then(() => model.refetch())} />;
  if (!draft.data || !model.data) return <Rows n={12} />;
  return <Opened key={draft.data.updated_at} draft={draft.data} version={model.data.version} now={model.data.yaml} />;
}

function Opened({ draft, version, now }: { draft: DraftText; version: number; now: string }) {
  const { data: session } = useSuspenseQuery(sessionQuery);
  const drop = useDropDraft();
  const put = usePutDraft();
  const navigate = useNavigate();
  const may = session.permissions.includes('write_model') || session.permissions.includes('*');
  const gone = () => drop.mutateAsync(draft.id).then(() => navigate({ to: '/health/drafts', search: {} }));
  return (
    <>
      <Group justify="space-between" className={s.draftHead} gap={8}>
        <span className="muted">
          {draft.author}, {instant(draft.updated_at)}, from version {draft.base_version}.
          {draft.behind && ` The model is at version ${version} now: what you see below is compared with that, and applying makes version ${version + 1} from this text.`}
        </span>
        {may && (
          <Button variant="default" leftSection={<IconTrash size={14} />} loading={drop.isPending} onClick={() => void gone()}>
            Delete the draft
          </Button>
        )}
      </Group>
      {drop.error && <ErrorNote error={drop.error} title="The draft stays" />}
      {put.error && <ErrorNote error={put.error} title="The draft was not saved" />}
      <ModelEditor
        start={now}
        initial={draft.yaml}
        base={version}
        readOnly={!may}
        onKeep={(yaml) => put.mutate({ id: draft.id, name: draft.name, note: draft.note, yaml, base_version: version, updated_at: draft.updated_at }, { onSuccess: () => notifications.show({ message: 'The draft is saved. It is not in force.' }) })}
        onApplied={() => void gone()}
      />
    </>
  );
}
