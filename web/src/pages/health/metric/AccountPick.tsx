import { Select } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { largestAccountsQuery, searchQuery } from '../../../api/queries';

/** Chooses an account by its name; before anything is typed, the largest are offered. */
export function AccountPick({ value, onChange }: { value?: string; onChange: (id: string | undefined) => void }) {
  const [text, setText] = useState('');
  const [asked] = useDebouncedValue(text.trim(), 150);
  const found = useQuery({ ...searchQuery(asked), enabled: asked.length >= 2, placeholderData: keepPreviousData });
  const largest = useLargest();
  const hits = asked.length >= 2 ? (found.data?.items ?? []).filter((h) => h.kind === 'account').map((h) => ({ value: h.id, label: h.title })) : largest;
  const chosen = [...hits, ...largest].find((h) => h.value === value);
  const [kept, keep] = useState<{ value: string; label: string }>();
  const shown = chosen ?? (kept?.value === value ? kept : undefined);
  const data = shown && !hits.some((h) => h.value === shown.value) ? [shown, ...hits] : hits;
  return (
    <Select
      label="Try it on"
      placeholder="Find an account"
      searchable
      clearable
      data={data}
      value={value ?? null}
      filter={({ options }) => options}
      nothingFoundMessage="No account of that name"
      searchValue={text}
      onSearchChange={setText}
      onChange={(id) => {
        keep(data.find((d) => d.value === id));
        onChange(id ?? undefined);
      }}
    />
  );
}

function useLargest() {
  const list = useQuery(largestAccountsQuery);
  return (list.data?.items ?? []).map((a) => ({ value: a.id, label: a.name }));
}
