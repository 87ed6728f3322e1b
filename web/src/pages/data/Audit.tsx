import { useInfiniteQuery } from '@tanstack/react-query';
import { auditQuery } from '../../api/data';
import { instant } from '../../format/date';
import { Nothing } from '../../parts/Figures';
import { Sheet } from '../../parts/Sheet';
import { Empty, ErrorNote, Rows } from '../../parts/States';
import { More } from '../account/More';

/** Who changed what, newest first. */
export function Audit() {
  const query = useInfiniteQuery(auditQuery);
  if (query.error) return <ErrorNote error={query.error} retry={() => void query.refetch()} />;
  if (!query.data) return <Rows n={12} />;
  const rows = query.data.pages.flatMap((p) => p.items);
  if (rows.length === 0) return <Empty title="Nobody has changed anything yet">Every change of users, keys, accounts and the model stands here, with who made it and when.</Empty>;
  return (
    <>
      <Sheet
        label="Audit"
        rows={rows}
        rowKey={(a) => String(a.id)}
        columns={[
          { key: 'at', title: 'When', width: 190, render: (a) => <span className="num" style={{ whiteSpace: 'nowrap' }}>{instant(a.at)}</span> },
          { key: 'actor', title: 'Who', width: 180, render: (a) => a.actor },
          { key: 'action', title: 'Did', width: 170, render: (a) => a.action.replaceAll('_', ' ') },
          { key: 'object', title: 'To', render: (a) => (a.object ? <code>{a.object}</code> : <Nothing />) },
          { key: 'detail', title: 'Detail', wide: true, render: (a) => a.detail || <Nothing why="no detail" /> },
        ]}
      />
      <More shown={rows.length} total={query.data.pages[0]?.total} next={query.hasNextPage} loading={query.isFetchingNextPage} more={() => void query.fetchNextPage()} />
    </>
  );
}
