import { useQuery } from '@tanstack/react-query';
import { Link, useNavigate, useSearch } from '@tanstack/react-router';
import { connectorsQuery } from '../../api/connect';
import { Empty, ErrorNote, Rows } from '../../parts/States';
import { ConnectionForm } from './ConnectionForm';
import c from './connect.module.css';
import s from './data.module.css';

/** Choose a system, then enter how it is reached. */
export function Connect() {
  const { kind } = useSearch({ from: '/app/data/connect' });
  const navigate = useNavigate();
  const query = useQuery(connectorsQuery);
  if (query.error) return <ErrorNote error={query.error} retry={() => void query.refetch()} />;
  if (!query.data) return <Rows n={6} />;
  if (kind) {
    const chosen = query.data.items.find((k) => k.kind === kind);
    if (!chosen)
      return (
        <Empty title="Kept cannot read this system" actions={<Link to="/data/connect">Choose another one</Link>}>
          Its data can still come in as files, or through any Singer tap.
        </Empty>
      );
    return (
      <div className={s.page}>
        <div className={c.head}>
          <h2>Connect {chosen.title}</h2>
          <span className="muted">{chosen.help}</span>
          <span className={s.grow} />
          <Link to="/data/connect" search={{}}>
            Another system
          </Link>
        </div>
        <ConnectionForm kind={chosen} onSaved={(saved) => void navigate({ to: '/data/connections/$connectionId', params: { connectionId: saved.id } })} />
      </div>
    );
  }
  return (
    <div className={s.page}>
      <div className={c.head}>
        <h2>Connect a system</h2>
      </div>
      <ul className={c.kinds}>
        {query.data.items.map((k) => (
          <li key={k.kind}>
            <Link to="/data/connect" search={{ kind: k.kind }} className={c.kind}>
              <b>{k.title}</b>
              <span>{k.help}</span>
            </Link>
          </li>
        ))}
      </ul>
      <p className="muted" style={{ margin: 0 }}>
        Not among them? <Link to="/data/imports/new">Import its files</Link>, or pipe any Singer tap into <code>kept singer-target</code>.
      </p>
    </div>
  );
}
