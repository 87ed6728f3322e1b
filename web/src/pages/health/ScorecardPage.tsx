import { useBlocker, useNavigate, useParams, useSearch } from '@tanstack/react-router';
import { Button, Group, Modal } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { IconChevronLeft, IconDeviceFloppy, IconPencil, IconRotate2 } from '@tabler/icons-react';
import { useQuery, useSuspenseQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useMemo, useState } from 'react';
import { scorecardQuery } from '../../api/model';
import { metricsQuery, sessionQuery } from '../../api/queries';
import type { Scorecard, ScorecardDetail } from '../../api/shapes';
import { plural } from '../../format/number';
import { LinkTabs } from '../../parts/LinkTabs';
import { PageHeader } from '../../parts/Page';
import { ErrorNote, Rows } from '../../parts/States';
import { useAsOf } from '../../url/useAsOf';
import { BandsEditor } from './BandsEditor';
import { curveErrors } from './curve';
import { cardOf, needsText, same } from './draft';
import s from './editor.module.css';
import { MeasuresEditor } from './MeasuresEditor';
import { PreviewPanel } from './PreviewPanel';
import { SaveDialog } from './SaveDialog';
import { SaveDraft } from './SaveDraft';
import { OursNote, useOurs } from './Scorecards';
import { scorecardTabs } from './tabs';
import { YamlTab } from './YamlTab';

/** One scorecard: the form, and beside it what its change would do, before it is saved. */
export function ScorecardPage() {
  const { key } = useParams({ from: '/app/health/scorecards/$key' });
  const query = useQuery(scorecardQuery(key));
  if (query.error) return <ErrorNote error={query.error} retry={() => void query.refetch()} />;
  if (!query.data) return <Rows n={14} />;
  // A new version is a new form; what was typed on the old one has been saved or given up.
  return <Editor key={`${key} ${query.data.model_version}`} detail={query.data} />;
}

function Editor({ detail }: { detail: ScorecardDetail }) {
  const { data: session } = useSuspenseQuery(sessionQuery);
  const { tab = 'measures' } = useSearch({ from: '/app/health/scorecards/$key' });
  const { asOf } = useAsOf();
  const navigate = useNavigate();
  const ours = useOurs();
  const metrics = useQuery(metricsQuery).data?.items;
  const saved = useMemo(() => cardOf(detail), [detail]);
  const [draft, setDraft] = useState<Scorecard>(saved);
  const [kept, setKept] = useState(saved); // what was saved just now stands here until the new version arrives
  const [saving, save] = useDisclosure(false);
  const [keeping, keep] = useDisclosure(false);
  const mayEdit = (session.permissions.includes('write_model') || session.permissions.includes('*')) && asOf === undefined;
  const dirty = !same(draft, kept);
  const textOnly = needsText(saved);
  const errors = textOnly.length > 0 ? [] : draft.groups.flatMap((g) => g.measures.flatMap((m) => curveErrors(m).map((e) => `${m.title || m.key}: ${e}`)));
  const leaving = useBlocker({ shouldBlockFn: ({ current, next }) => dirty && !saving && !keeping && current.pathname !== next.pathname, withResolver: true, enableBeforeUnload: () => dirty });

  return (
    <>
      <PageHeader
        name={detail.title}
        title={
          <>
            <Link to="/health" className={s.back}>
              <IconChevronLeft size={16} aria-hidden="true" /> Scorecards
            </Link>
            {draft.title}
          </>
        }
        actions={
          mayEdit ? (
            <Group gap={8}>
              {dirty && <span className={s.dirty}>unsaved changes</span>}
              <Button variant="default" leftSection={<IconRotate2 size={14} />} disabled={!dirty} onClick={() => setDraft(saved)}>
                Undo all
              </Button>
              <Button variant="default" leftSection={<IconPencil size={14} />} disabled={!dirty || errors.length > 0} onClick={keep.open}>
                Keep as a draft
              </Button>
              <Button leftSection={<IconDeviceFloppy size={14} />} disabled={!dirty || errors.length > 0} onClick={save.open}>
                Save as a version
              </Button>
            </Group>
          ) : (
            <span className="muted">{asOf ? 'The past can be read, not changed.' : 'Your role may read this, not change it.'}</span>
          )
        }
      >
        <div className={s.sub}>
          {plural(detail.accounts, 'account')} · model version {detail.model_version} · {draft.when ? <code>{draft.when}</code> : 'every account that no other scorecard takes'}
        </div>
      </PageHeader>
      <LinkTabs
        label="Parts of the scorecard"
        current={tab}
        tabs={scorecardTabs(detail.key)}
      />
      {tab === 'yaml' ? (
        <YamlTab draft={draft} dirty={dirty} onApplied={() => void navigate({ to: '/health/scorecards/$key', params: { key: detail.key } })} />
      ) : (
        <div className={s.split}>
          <div className={s.form}>
            {ours && <OursNote />}
            {errors.length > 0 && (
              <ul className={s.errors} role="alert">
                {errors.map((e) => (
                  <li key={e}>{e}</li>
                ))}
              </ul>
            )}
            {textOnly.length > 0 && (
              <p className={s.note}>
                This scorecard {textOnly.join(', ')}: the form shows it and the <Link to="/health/scorecards/$key" params={{ key: detail.key }} search={{ tab: 'yaml' }}>text</Link> changes it.
              </p>
            )}
            <fieldset disabled={!mayEdit || textOnly.length > 0} className={s.fieldset}>
              {tab === 'measures' ? <MeasuresEditor card={draft} metrics={metrics ?? []} onChange={setDraft} /> : <BandsEditor card={draft} onChange={setDraft} />}
            </fieldset>
          </div>
          <PreviewPanel draft={draft} dirty={dirty} valid={errors.length === 0} detail={detail} />
        </div>
      )}
      {keeping && <SaveDraft what={{ scorecard: draft, base_version: detail.model_version }} onClose={keep.close} onSaved={() => setDraft(saved)} />}
      {saving && <SaveDialog draft={draft} base={detail.model_version} onClose={save.close} onSaved={() => { setKept(draft); save.close(); }} />}
      <Modal opened={leaving.status === 'blocked'} onClose={() => leaving.reset?.()} title="Leave without saving?" closeButtonProps={{ 'aria-label': 'Close' }}>
        <p style={{ marginTop: 0 }}>The changes of this scorecard are not saved and would be lost.</p>
        <Group justify="flex-end">
          <Button variant="default" onClick={() => leaving.reset?.()}>
            Stay
          </Button>
          <Button color="red" onClick={() => leaving.proceed?.()}>
            Leave
          </Button>
        </Group>
      </Modal>
    </>
  );
}
