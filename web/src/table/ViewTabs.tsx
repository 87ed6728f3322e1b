import { ActionIcon, Button, Group, Menu, Popover, SegmentedControl, Stack, TextInput, Tooltip } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { notifications } from '@mantine/notifications';
import { IconDeviceFloppy, IconDots, IconPlus, IconTrash } from '@tabler/icons-react';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { del, patch, post } from '../api/client';
import type { View, ViewDefinition } from '../api/contract';
import { viewsQuery } from '../api/queries';
import s from './table.module.css';

export type BuiltInView = { id: string; name: string; definition: ViewDefinition & { owner?: string } };

type Props = {
  page: string;
  builtIn: BuiltInView[];
  current: string;
  /** What the page shows now, which may differ from its view. */
  definition: ViewDefinition;
  changed: boolean;
  onPick: (view: BuiltInView | View) => void;
};

/** The views of a page in tabs: ours, the team's, one's own. */
export function ViewTabs({ page, builtIn, current, definition, changed, onPick }: Props) {
  const { data } = useQuery(viewsQuery(page));
  const client = useQueryClient();
  const saved = data?.items ?? [];
  const here = saved.find((v) => v.id === current);
  const refresh = () => client.invalidateQueries({ queryKey: ['views', page] });
  const failed = (error: Error) => notifications.show({ color: 'red', title: 'The view was not saved', message: error.message });

  const create = useMutation({
    mutationFn: (v: { name: string; scope: 'mine' | 'team' }) => post<View>('/views', { ...v, page, definition }),
    onSuccess: async (view) => {
      await refresh();
      onPick(view);
    },
    onError: failed,
  });
  const update = useMutation({
    mutationFn: (view: View) => patch<View>(`/views/${view.id}`, { definition }),
    onSuccess: async (view) => {
      await refresh();
      onPick(view);
    },
    onError: failed,
  });
  const remove = useMutation({
    mutationFn: (view: View) => del(`/views/${view.id}`),
    onSuccess: async () => {
      await refresh();
      onPick(builtIn[0]!);
    },
    onError: failed,
  });

  return (
    <div className={s.tabs} role="group" aria-label="Views">
      {[...builtIn, ...saved].map((view) => (
        <button key={view.id} type="button" className={s.tab} data-on={view.id === current} aria-pressed={view.id === current} onClick={() => onPick(view)}>
          {view.name}
          {'scope' in view && view.scope === 'team' && <span className={s.scope}>team</span>}
          {view.id === current && changed && <span className={s.changed} title="Changed since it was saved" />}
        </button>
      ))}
      <SaveView changed={changed} pending={create.isPending} onSave={(v) => create.mutate(v)} />
      {here && (
        <Menu position="bottom-start">
          <Menu.Target>
            <ActionIcon aria-label={`More for the view ${here.name}`} style={{ alignSelf: 'center' }}>
              <IconDots size={16} />
            </ActionIcon>
          </Menu.Target>
          <Menu.Dropdown>
            <Menu.Item leftSection={<IconDeviceFloppy size={16} />} disabled={!changed} onClick={() => update.mutate(here)}>
              Save the changes to “{here.name}”
            </Menu.Item>
            <Menu.Item leftSection={<IconTrash size={16} />} color="red" onClick={() => remove.mutate(here)}>
              Delete this view
            </Menu.Item>
          </Menu.Dropdown>
        </Menu>
      )}
    </div>
  );
}

function SaveView({ changed, pending, onSave }: { changed: boolean; pending: boolean; onSave: (v: { name: string; scope: 'mine' | 'team' }) => void }) {
  const [open, panel] = useDisclosure(false);
  const [name, setName] = useState('');
  const [scope, setScope] = useState<'mine' | 'team'>('mine');
  const save = () => {
    if (!name.trim()) return;
    onSave({ name: name.trim(), scope });
    setName('');
    panel.close();
  };
  return (
    <Popover opened={open} onChange={panel.toggle} position="bottom-start" shadow="md" trapFocus>
      <Popover.Target>
        {changed ? (
          <Button variant="subtle" leftSection={<IconPlus size={14} />} onClick={panel.toggle} style={{ alignSelf: 'center' }}>
            Save as view
          </Button>
        ) : (
          <Tooltip label="Save what you see as a new view">
            <ActionIcon onClick={panel.toggle} aria-label="New view" style={{ alignSelf: 'center' }}>
              <IconPlus size={15} />
            </ActionIcon>
          </Tooltip>
        )}
      </Popover.Target>
      <Popover.Dropdown aria-label="New view">
        <Stack gap={8} w={240}>
          <TextInput label="Name of the view" data-autofocus value={name} maxLength={60} onChange={(e) => setName(e.currentTarget.value)} onKeyDown={(e) => e.key === 'Enter' && save()} />
          <SegmentedControl aria-label="For whom" value={scope} onChange={(v) => setScope(v as 'mine' | 'team')} data={[{ value: 'mine', label: 'Only me' }, { value: 'team', label: 'The team' }]} />
          <Group justify="flex-end">
            <Button onClick={save} loading={pending} disabled={!name.trim()}>
              Save
            </Button>
          </Group>
        </Stack>
      </Popover.Dropdown>
    </Popover>
  );
}
