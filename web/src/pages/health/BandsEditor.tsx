import { ActionIcon, Button, NumberInput, Select, Textarea, TextInput } from '@mantine/core';
import { IconPlus, IconTrash } from '@tabler/icons-react';
import type { Scorecard, ScorecardBand, ScorecardException } from '../../api/shapes';
import { BAND_COLORS, bandColor } from '../../parts/band';
import { BandShape } from '../../parts/BandChip';
import s from './editor.module.css';

type Props = { card: Scorecard; onChange: (next: Scorecard) => void };

/** Where the bands begin, what overrules the sum, and the policies. */
export function BandsEditor({ card, onChange }: Props) {
  return (
    <>
      <Bands card={card} onChange={onChange} />
      <Exceptions card={card} onChange={onChange} />
      <section className={s.group}>
        <h2 className={s.partTitle}>Policies</h2>
        <div className={s.policyGrid}>
          <TextInput label="Title" value={card.title} onChange={(e) => onChange({ ...card, title: e.currentTarget.value })} />
          <NumberInput label="Priority" description="The lowest that fits wins" value={card.priority ?? 0} onChange={(v) => typeof v === 'number' && onChange({ ...card, priority: v })} />
          <NumberInput label="Least coverage for a score" description="Below this share of the weight there is no score" suffix=" %" min={0} max={100} value={Math.round((card.min_coverage ?? 0.5) * 100)} onChange={(v) => typeof v === 'number' && onChange({ ...card, min_coverage: v / 100 })} />
          <Select label="Weight of a missing measure goes to" allowDeselect={false} data={[{ value: 'within_group', label: 'the other measures of its group' }, { value: 'over_all', label: 'all other measures' }]} value={card.redistribution || 'within_group'} onChange={(v) => onChange({ ...card, redistribution: v ?? undefined })} />
          <Select label="A score on a bound belongs to" allowDeselect={false} data={[{ value: 'lower_inclusive', label: 'the better band' }, { value: 'upper_inclusive', label: 'the worse band' }]} value={card.band_bounds || 'lower_inclusive'} onChange={(v) => onChange({ ...card, band_bounds: v ?? undefined })} />
          <Select label="The groups make the score" allowDeselect={false} data={[{ value: 'mean', label: 'by weight' }, { value: 'worst', label: 'the worst group is the score' }, { value: 'best', label: 'the best group is the score' }, ...(card.combine === 'points' ? [{ value: 'points', label: 'points are added' }] : [])]} value={card.combine || 'mean'} onChange={(v) => onChange({ ...card, combine: v === 'mean' ? undefined : (v ?? undefined) })} />
          <Select label="Rounded to whole numbers" allowDeselect={false} data={[{ value: 'display_only', label: 'only where it is shown' }, { value: 'score', label: 'the score' }, { value: 'each_level', label: 'each group, and the score' }]} value={card.rounding || 'display_only'} onChange={(v) => onChange({ ...card, rounding: v === 'display_only' ? undefined : (v ?? undefined) })} />
          <Textarea className={s.wide} label="For which accounts" description="A condition over the account and its metrics; empty is every account" autosize styles={{ input: { fontFamily: 'var(--mantine-font-family-monospace)' } }} value={card.when ?? ''} onChange={(e) => onChange({ ...card, when: e.currentTarget.value || undefined })} />
          <Textarea className={s.wide} label="Description" autosize minRows={2} value={card.description ?? ''} onChange={(e) => onChange({ ...card, description: e.currentTarget.value || undefined })} />
        </div>
      </section>
    </>
  );
}

function Bands({ card, onChange }: Props) {
  const set = (i: number, change: Partial<ScorecardBand>) => onChange({ ...card, bands: card.bands.map((b, n) => (n === i ? { ...b, ...change } : b)) });
  return (
    <section className={s.group}>
      <h2 className={s.partTitle}>Bands</h2>
      <div className={s.ruler} aria-hidden="true">
        {card.bands.map((b, i) => (
          <span key={i} data-color={bandColor(b.color)} style={{ flexGrow: Math.max(0, (card.bands[i + 1]?.min ?? 100) - b.min) }}>
            {b.title || b.key}
          </span>
        ))}
      </div>
      {card.bands.map((b, i) => (
        <div key={i} className={s.bandRow}>
          <BandShape color={b.color} />
          <TextInput aria-label={`Title of band ${i + 1}`} value={b.title ?? b.key} onChange={(e) => set(i, { title: e.currentTarget.value })} />
          <Select aria-label={`Colour of ${b.title || b.key}`} w={110} allowDeselect={false} data={[...BAND_COLORS]} value={bandColor(b.color)} onChange={(v) => v && set(i, { color: v })} />
          <NumberInput aria-label={`${b.title || b.key} begins at`} w={96} prefix="from " min={0} max={100} disabled={i === 0} value={b.min} error={i > 0 && b.min <= card.bands[i - 1]!.min} onChange={(v) => typeof v === 'number' && set(i, { min: v })} />
          <ActionIcon aria-label={`Remove the band ${b.title || b.key}`} disabled={card.bands.length <= 2 || i === 0} onClick={() => onChange({ ...card, bands: card.bands.filter((_, n) => n !== i) })}>
            <IconTrash size={15} />
          </ActionIcon>
        </div>
      ))}
      <div className={s.add}>
        <Button
          variant="subtle"
          color="gray"
          leftSection={<IconPlus size={14} />}
          disabled={card.bands.length >= 6}
          onClick={() => {
            const last = card.bands[card.bands.length - 1]!;
            const color = BAND_COLORS.find((c) => !card.bands.some((b) => b.color === c)) ?? 'grey';
            onChange({ ...card, bands: [...card.bands, { key: color, title: 'New band', min: Math.min(99, Math.round((last.min + 100) / 2)), color }] });
          }}
        >
          Add a band
        </Button>
      </div>
    </section>
  );
}

const kindOf = (e: ScorecardException) => (e.cap != null ? 'cap' : e.floor != null ? 'floor' : 'force_band');

function Exceptions({ card, onChange }: Props) {
  const list = card.exceptions ?? [];
  const write = (next: ScorecardException[]) => onChange({ ...card, exceptions: next.length ? next : undefined });
  const set = (i: number, change: Partial<ScorecardException>) => write(list.map((e, n) => (n === i ? { ...e, ...change } : e)));
  const kinds = [{ value: 'cap', label: 'is at most' }, { value: 'floor', label: 'is at least' }, { value: 'force_band', label: 'has the band' }];
  return (
    <section className={s.group}>
      <h2 className={s.partTitle}>Exceptions</h2>
      <p className={s.note}>Applied in this order, after the sum. Each shows as its own line in the explanation.</p>
      {list.map((e, i) => (
        <div key={i} className={s.exception}>
          <TextInput className={s.wide} aria-label={`Why, exception ${i + 1}`} placeholder="Why, in words" value={e.title ?? ''} onChange={(x) => set(i, { title: x.currentTarget.value || undefined })} />
          <TextInput aria-label={`Condition of exception ${i + 1}`} leftSection={<span className={s.if}>if</span>} styles={{ input: { fontFamily: 'var(--mantine-font-family-monospace)' } }} value={e.when} onChange={(x) => set(i, { when: x.currentTarget.value })} />
          <div className={s.then}>
            <span>the score</span>
            <Select aria-label={`What exception ${i + 1} does`} w={120} allowDeselect={false} data={kinds} value={kindOf(e)} onChange={(k) => set(i, { cap: k === 'cap' ? 49 : undefined, floor: k === 'floor' ? 50 : undefined, force_band: k === 'force_band' ? card.bands[0]?.key : undefined })} />
            {kindOf(e) === 'force_band' ? (
              <Select aria-label={`Band of exception ${i + 1}`} w={130} allowDeselect={false} data={card.bands.map((b) => ({ value: b.key, label: b.title || b.key }))} value={e.force_band ?? null} onChange={(v) => v && set(i, { force_band: v })} />
            ) : (
              <NumberInput aria-label={`Bound of exception ${i + 1}`} w={80} min={0} max={100} value={e.cap ?? e.floor ?? 0} onChange={(v) => typeof v === 'number' && set(i, e.cap != null ? { cap: v } : { floor: v })} />
            )}
            <ActionIcon aria-label={`Remove exception ${i + 1}`} onClick={() => write(list.filter((_, n) => n !== i))}>
              <IconTrash size={15} />
            </ActionIcon>
          </div>
        </div>
      ))}
      <div className={s.add}>
        <Button variant="subtle" color="gray" leftSection={<IconPlus size={14} />} onClick={() => write([...list, { key: `exception_${list.length + 1}`, when: '', cap: 49 }])}>
          Add an exception
        </Button>
      </div>
    </section>
  );
}
