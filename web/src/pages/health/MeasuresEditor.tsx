import { ActionIcon, Button, NumberInput, Select, TextInput } from '@mantine/core';
import { IconPlus, IconTrash } from '@tabler/icons-react';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { useState } from 'react';
import type { Metric } from '../../api/contract';
import type { Scorecard } from '../../api/shapes';
import { percent } from '../../format/number';
import { addMeasure, dropMeasure, freeKey, setGroup, setMeasure, sharesOf } from './draft';
import s from './editor.module.css';
import { MeasureRow } from './MeasureRow';

/** Groups with their measures; weights are relative, their shares are shown. */
export function MeasuresEditor({ card, metrics, onChange }: { card: Scorecard; metrics: Metric[]; onChange: (next: Scorecard) => void }) {
  const { measure: open } = useSearch({ from: '/app/health/scorecards/$key' });
  const navigate = useNavigate();
  const [addingTo, setAddingTo] = useState<number>();
  const shares = sharesOf(card);
  const show = (key: string | undefined) => void navigate({ to: '.', search: (old: object) => ({ ...old, measure: key }), replace: true } as never);
  return (
    <>
      {card.groups.map((g, gi) => (
        <section key={g.key} className={s.group}>
          <div className={s.groupHead}>
            <TextInput className={s.groupTitle} variant="unstyled" aria-label="Title of the group" value={g.title ?? g.key} onChange={(e) => onChange(setGroup(card, gi, { title: e.currentTarget.value }))} />
            <NumberInput aria-label={`Weight of ${g.title || g.key}`} w={64} min={0} max={1000} hideControls value={g.weight} onChange={(v) => typeof v === 'number' && onChange(setGroup(card, gi, { weight: v }))} />
            <span className={s.share} title="Its share of the whole score">
              {percent(shares.groups[gi], 1)}
            </span>
            <ActionIcon aria-label={`Remove the group ${g.title || g.key}`} onClick={() => onChange({ ...card, groups: card.groups.filter((_, i) => i !== gi) })} disabled={card.groups.length === 1}>
              <IconTrash size={15} />
            </ActionIcon>
          </div>
          {g.measures.map((m, mi) => (
            <MeasureRow
              key={m.key}
              measure={m}
              metric={metrics.find((x) => x.name === m.metric)}
              share={shares.measures[gi]![mi]!}
              open={open === m.key}
              onOpen={() => show(open === m.key ? undefined : m.key)}
              onChange={(change) => onChange(setMeasure(card, gi, mi, change))}
              onDrop={() => onChange(dropMeasure(card, gi, mi))}
            />
          ))}
          <div className={s.add}>
            {addingTo === gi ? (
              <Select
                aria-label="Metric of the new measure"
                placeholder="Which metric?"
                searchable
                autoFocus
                defaultDropdownOpened
                w={320}
                data={metrics.map((x) => ({ value: x.name, label: x.title || x.name }))}
                onBlur={() => setAddingTo(undefined)}
                onChange={(name) => {
                  const metric = metrics.find((x) => x.name === name);
                  if (metric) {
                    const next = addMeasure(card, gi, metric);
                    onChange(next);
                    show(next.groups[gi]!.measures.at(-1)!.key);
                  }
                  setAddingTo(undefined);
                }}
              />
            ) : (
              <Button variant="subtle" color="gray" leftSection={<IconPlus size={14} />} onClick={() => setAddingTo(gi)}>
                Add a measure
              </Button>
            )}
          </div>
        </section>
      ))}
      <div>
        <Button
          variant="default"
          leftSection={<IconPlus size={14} />}
          disabled={metrics.length === 0}
          onClick={() => {
            const first = metrics[0]!;
            const withGroup = { ...card, groups: [...card.groups, { key: freeKey(card, 'group'), title: 'New group', weight: 10, measures: [] }] };
            onChange(addMeasure(withGroup, withGroup.groups.length - 1, first));
          }}
        >
          Add a group
        </Button>
      </div>
    </>
  );
}
