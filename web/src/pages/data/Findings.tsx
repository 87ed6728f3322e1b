import { IconAlertTriangle, IconCircleX, IconInfoCircle } from '@tabler/icons-react';
import type { ImportReport } from '../../api/shapes';
import { count, plural } from '../../format/number';
import { Panel } from '../../parts/Page';
import s from './data.module.css';

const ORDER = ['error', 'warning', 'info'];

/** What does not fit together in the data: how often, an example, and what to do. */
export function Findings({ items }: { items: ImportReport['quality'] }) {
  const sorted = [...items].sort((a, b) => ORDER.indexOf(a.severity) - ORDER.indexOf(b.severity) || b.count - a.count);
  return (
    <Panel title="Quality of the data" hint={items.length > 0 ? plural(items.length, 'finding') : undefined}>
      {items.length === 0 && <p className={s.none}>Nothing contradicts anything else in these files.</p>}
      {sorted.map((q) => {
        const Icon = q.severity === 'error' ? IconCircleX : q.severity === 'info' ? IconInfoCircle : IconAlertTriangle;
        return (
          <div key={q.rule} className={s.finding} data-severity={q.severity}>
            <Icon size={16} aria-label={q.severity} />
            <div>
              <b style={{ fontWeight: 500 }}>{sentence(q.rule)}</b>
              {q.example && (
                <p>
                  For example: <code>{q.example}</code>
                </p>
              )}
              {q.what_to_do && <p>{q.what_to_do}</p>}
            </div>
            <span className="num">{count(q.count)} ×</span>
          </div>
        );
      })}
    </Panel>
  );
}

const sentence = (rule: string) => {
  const words = rule.replaceAll('_', ' ');
  return words.slice(0, 1).toUpperCase() + words.slice(1);
};
