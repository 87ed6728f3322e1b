import { Link } from '@tanstack/react-router';
import type { Maturity } from '../../../api/operate';
import { Bar, Nothing } from '../../../parts/Figures';
import { Panel } from '../../../parts/Page';
import { Sheet } from '../../../parts/Sheet';
import s from './maturity.module.css';
import { pageOf } from './place';

/** Each dimension with its level, and what Kept itself sees of it. */
export function DimensionTable({ m }: { m: Maturity }) {
  const seen = new Map(m.seen.map((x) => [x.dimension, x.words]));
  return (
    <Panel title="Dimensions">
      <Sheet
        label="Dimensions"
        rows={m.company.dimensions}
        rowKey={(d) => d.key}
        columns={[
          {
            key: 'title',
            title: 'Dimension',
            render: (d) => {
              const page = pageOf(m.questionnaire.find((q) => q.key === d.key)?.place);
              return (
                <>
                  {page ? <Link to={page}>{d.title}</Link> : d.title}
                  {seen.has(d.key) && <span className={s.seen}>{seen.get(d.key)}</span>}
                </>
              );
            },
          },
          { key: 'level', title: 'Level', width: 150, render: (d) => (d.level ? `${d.level} ${d.level_title}` : <Nothing why="not rated" />) },
          { key: 'score', title: 'Of 100', width: 130, render: (d) => <Bar share={d.score == null ? null : d.score / 100} text={d.score?.toFixed(0)} /> },
        ]}
      />
    </Panel>
  );
}
