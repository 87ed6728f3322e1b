import { useDebouncedValue } from '@mantine/hooks';
import { Spotlight, spotlight } from '@mantine/spotlight';
import { IconBuildingSkyscraper, IconCalendar, IconChartDots3, IconFileText, IconHeartbeat, IconMoon, IconSearch, IconUser } from '@tabler/icons-react';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useNavigate, useRouter } from '@tanstack/react-router';
import { useState, type ReactNode } from 'react';
import type { SearchHit } from '../api/contract';
import { searchQuery } from '../api/queries';
import { day } from '../format/date';
import { dayFromWords, dayOf } from '../url/asof';
import { useAsOf } from '../url/useAsOf';
import { places } from './places';
import { useSignOut, useTheme } from './UserMenu';

type Item = { id: string; title: string; hint?: string; icon: ReactNode; run: () => void };

const icons: Record<SearchHit['kind'], typeof IconUser> = {
  account: IconBuildingSkyscraper,
  contact: IconUser,
  metric: IconChartDots3,
  scorecard: IconHeartbeat,
  page: IconFileText,
};

/** Where a search hit leads: the link of the server, or the account's page. */
export function hitLink(hit: SearchHit): string {
  if (hit.link?.startsWith('/') && !hit.link.startsWith('//')) return hit.link;
  return hit.kind === 'account' ? `/accounts/${hit.id}` : '/';
}

/** Ctrl/cmd-K: go to any account or page, run any action, say "as of last friday". */
export function Palette({ showKeys }: { showKeys: () => void }) {
  const [text, setText] = useState('');
  const [asked] = useDebouncedValue(text.trim(), 120);
  const navigate = useNavigate();
  const router = useRouter();
  const { setAsOf } = useAsOf();
  const { dark, toggle } = useTheme();
  const signOut = useSignOut();
  const found = useQuery({ ...searchQuery(asked), enabled: asked.length >= 2, placeholderData: keepPreviousData });

  const words = text.trim().toLowerCase();
  const matches = (title: string) => words.split(/\s+/).every((w) => title.toLowerCase().includes(w));

  const pages: Item[] = places
    .flatMap((p) => (p.pages ?? [{ title: p.title, to: p.to }]).map((page) => ({ ...page, icon: p.icon })))
    .filter((p) => matches(p.title))
    .map((p) => ({ id: `page ${p.to}`, title: p.title, icon: <p.icon size={17} stroke={1.6} />, run: () => void navigate({ to: p.to }) }));

  const actions: Item[] = [
    { id: 'theme', title: dark ? 'Switch to the light theme' : 'Switch to the dark theme', icon: <IconMoon size={17} stroke={1.6} />, run: toggle },
    { id: 'keys', title: 'Show the keyboard shortcuts', icon: <IconFileText size={17} stroke={1.6} />, run: showKeys },
    { id: 'out', title: 'Sign out', icon: <IconUser size={17} stroke={1.6} />, run: () => void signOut() },
  ].filter((a) => matches(a.title));

  const hits: Item[] =
    asked.length >= 2
      ? (found.data?.items ?? []).map((hit) => {
          const Icon = icons[hit.kind] ?? IconFileText;
          return {
            id: `${hit.kind} ${hit.id}`,
            title: hit.title,
            hint: hit.subtitle,
            icon: <Icon size={17} stroke={1.6} />,
            run: () => router.history.push(hitLink(hit)),
          };
        })
      : [];

  const when = words ? dayFromWords(words) : undefined;
  const dates: Item[] = when
    ? [{ id: 'asof', title: when === dayOf(Date.now()) ? 'Show today' : `Show everything as of ${day(when)}`, icon: <IconCalendar size={17} stroke={1.6} />, run: () => setAsOf(when) }]
    : [];

  const groups = [
    { label: 'As of', items: dates },
    { label: 'Found', items: hits },
    { label: 'Pages', items: pages },
    { label: 'Actions', items: actions },
  ].filter((g) => g.items.length > 0);

  return (
    <Spotlight.Root query={text} onQueryChange={setText} shortcut={['mod + K']} clearQueryOnClose scrollable maxHeight={420} size={580} overlayProps={{ backgroundOpacity: 0.3, blur: 0 }} attributes={{ content: { 'aria-label': 'Find or do' } }}>
      <Spotlight.Search placeholder="Account, page, action, or “as of last friday”" leftSection={<IconSearch size={17} stroke={1.6} />} aria-label="Find or do" />
      <Spotlight.ActionsList>
        {groups.map((group) => (
          <Spotlight.ActionsGroup key={group.label} label={group.label}>
            {group.items.map((item) => (
              <Spotlight.Action key={item.id} label={item.title} description={item.hint} leftSection={item.icon} onClick={item.run} />
            ))}
          </Spotlight.ActionsGroup>
        ))}
        {groups.length === 0 && <Spotlight.Empty>{found.isFetching ? 'Looking…' : 'Nothing has that name.'}</Spotlight.Empty>}
      </Spotlight.ActionsList>
    </Spotlight.Root>
  );
}

export const openPalette = () => spotlight.open();
