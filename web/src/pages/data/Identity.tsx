import { Button, SegmentedControl, UnstyledButton } from '@mantine/core';
import { IconArrowsJoin, IconSearch } from '@tabler/icons-react';
import { useInfiniteQuery, useSuspenseQuery } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { mergesQuery, proposeMerges, useIdentity, type MergeState } from '../../api/identity';
import { sessionQuery } from '../../api/queries';
import type { Merge } from '../../api/shapes';
import { plural } from '../../format/number';
import { When } from '../../parts/Figures';
import { Empty, ErrorNote, Rows } from '../../parts/States';
import { More } from '../account/More';
import { Compare } from './Compare';
import { Orders } from './Orders';
import s from './data.module.css';
import i from './identity.module.css';

const EMPTY: Record<MergeState, [string, string]> = {
  proposed: ['Nobody waits for a decision', 'Accounts of different systems that share an external id, a domain, an e-mail domain or a name are proposed here. Nothing is merged until a person says so.'],
  done: ['Nothing was merged', 'What was merged or split is listed here, and can be undone at any time.'],
  rejected: ['No pair was rejected', 'Pairs that a person called two companies are listed here and not proposed again.'],
  undone: ['Nothing was undone', 'Merges and splits that were taken back are listed here.'],
};

/** Which accounts of different systems are one: proposals, decisions, and who is believed. */
export function Identity() {
  const { state, pair } = useSearch({ from: '/app/data/identity' });
  const navigate = useNavigate();
  const { data: session } = useSuspenseQuery(sessionQuery);
  const may = session.permissions.includes('import') || session.permissions.includes('*');
  const shown: MergeState = state ?? 'proposed';
  const query = useInfiniteQuery(mergesQuery(shown));
  const look = useIdentity(() => proposeMerges());
  const go = (search: { state?: typeof state; pair?: string }) => void navigate({ to: '/data/identity', search: (old) => ({ ...old, state, ...search }) });
  const rows = query.data?.pages.flatMap((p) => p.items) ?? [];
  const chosen = rows.find((m) => m.id === pair)?.id ?? rows[0]?.id;
  const [title, says] = EMPTY[shown];
  return (
    <div>
      <div className={s.bar}>
        <SegmentedControl
          aria-label="Which merges"
          size="xs"
          value={shown}
          onChange={(v) => go({ state: v === 'proposed' ? undefined : (v as typeof state), pair: undefined })}
          data={[
            { value: 'proposed', label: 'To decide' },
            { value: 'done', label: 'Done' },
            { value: 'rejected', label: 'Two companies' },
            { value: 'undone', label: 'Undone' },
          ]}
        />
        <span className={s.grow} />
        {may && (
          <Button variant="default" leftSection={<IconSearch size={14} />} loading={look.isPending} onClick={() => look.mutate(undefined)}>
            Look for pairs now
          </Button>
        )}
      </div>
      {look.error && <ErrorNote error={look.error} title="It was not looked for" />}
      {query.error ? (
        <ErrorNote error={query.error} retry={() => void query.refetch()} />
      ) : !query.data ? (
        <Rows n={6} />
      ) : rows.length === 0 ? (
        <Empty icon={IconArrowsJoin} title={title}>
          {says}
        </Empty>
      ) : (
        <div className={i.split}>
          <div>
            <ul className={i.list} aria-label="Pairs of accounts">
              {rows.map((m) => (
                <li key={m.id}>
                  <UnstyledButton className={i.pair} aria-current={m.id === chosen} onClick={() => go({ pair: m.id })}>
                    <Pair m={m} />
                  </UnstyledButton>
                </li>
              ))}
            </ul>
            <More shown={rows.length} total={query.data.pages[0]?.total} next={query.hasNextPage} loading={query.isFetchingNextPage} more={() => void query.fetchNextPage()} />
          </div>
          {chosen && <Compare key={chosen} id={chosen} may={may} />}
        </div>
      )}
      <Orders may={may} />
    </div>
  );
}

function Pair({ m }: { m: Merge }) {
  return (
    <>
      <b>
        {m.kind === 'split' ? `${m.drop.name}, out of ${m.keep.name}` : `${m.drop.name} → ${m.keep.name}`}
      </b>
      <span className={s.sub}>
        {m.state === 'proposed' ? (
          <>
            {Math.round(m.score * 100)} of 100 · {m.reasons.map((r) => RULE[r.rule] ?? r.rule).join(', ')}
          </>
        ) : (
          <>
            {m.state === 'undone' ? 'undone' : m.kind === 'split' ? 'split' : m.state === 'rejected' ? 'rejected' : 'merged'} <When at={m.undone_at ?? m.decided_at} />
            {m.by ? ` by ${m.by}` : ' by the system'}
            {m.records > 0 && `, ${plural(m.records, 'record')}`}
          </>
        )}
      </span>
    </>
  );
}

const RULE: Record<string, string> = { external_id: 'external id', domain: 'domain', email_domain: 'e-mail domain', name: 'name' };
