import { useInfiniteQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { IconAlertCircle } from '@tabler/icons-react';
import { contactsQuery } from '../../api/account';
import { Panel } from '../../parts/Page';
import { When } from '../../parts/Figures';
import { ErrorNote, Rows } from '../../parts/States';
import s from './account.module.css';
import { byImportance, missingRoles, ROLE_TITLE } from './roles';
import { useAccount } from './useAccount';

/** Who decides and who helps, and which of them is missing. */
export function PeoplePanel({ className }: { className?: string }) {
  const { accountId, asOf, detail } = useAccount();
  const query = useInfiniteQuery(contactsQuery(accountId, asOf));
  const contacts = query.data?.pages.flatMap((p) => p.items) ?? [];
  const missing = missingRoles(contacts);
  return (
    <Panel
      title="Who matters"
      className={className}
      actions={
        <Link to="/accounts/$accountId/$tab" params={{ accountId, tab: 'people' }} className={`${s.more} no-print`}>
          All
        </Link>
      }
    >
      {query.error ? (
        <ErrorNote error={query.error} retry={() => void query.refetch()} />
      ) : query.isPending ? (
        <Rows n={5} />
      ) : (
        <>
          <ul className={s.people}>
            {missing.map((m) => (
              <li key={m.role} className={s.missing}>
                <IconAlertCircle size={14} aria-hidden="true" />
                <span>
                  No {m.title.toLowerCase()} <span className="muted">{m.why}</span>
                </span>
              </li>
            ))}
            {byImportance(contacts)
              .filter((c) => !c.left_at)
              .slice(0, 5 - missing.length)
              .map((c) => (
                <li key={c.id}>
                  <span className={s.partName}>{c.name}</span>
                  <span className="muted">{c.title}</span>
                  <span className={s.role}>{ROLE_TITLE[c.role ?? ''] ?? c.role ?? ''}</span>
                </li>
              ))}
          </ul>
          <p className={s.white}>
            Last touch: <When at={detail?.last_activity_at} asOf={asOf} />
          </p>
        </>
      )}
    </Panel>
  );
}
