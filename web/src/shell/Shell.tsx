import { useDisclosure, useLocalStorage } from '@mantine/hooks';
import { IconSearch } from '@tabler/icons-react';
import { useSuspenseQuery } from '@tanstack/react-query';
import { Outlet, useNavigate } from '@tanstack/react-router';
import { sessionQuery } from '../api/queries';
import { ExplainDrawer } from '../explain/ExplainDrawer';
import { useAsOf } from '../url/useAsOf';
import { AsOfBar, PastNote } from './AsOfBar';
import { KeyboardHelp } from './KeyboardHelp';
import { useKeys } from './keys';
import { openPalette, Palette } from './Palette';
import { places } from './places';
import { Rail } from './Rail';
import s from './shell.module.css';
import { UserMenu } from './UserMenu';

/** What surrounds every page of a signed-in user. */
export function Shell() {
  const { data: session } = useSuspenseQuery(sessionQuery);
  const [closed, setClosed] = useLocalStorage({ key: 'kept-rail-closed', defaultValue: false, getInitialValueInEffect: false });
  const [help, helpPanel] = useDisclosure(false);
  const { asOf, setAsOf, step } = useAsOf();
  const navigate = useNavigate();

  useKeys({
    '[': () => step(-1),
    ']': () => step(1),
    t: () => setAsOf(undefined),
    '?': helpPanel.open,
    ...Object.fromEntries(places.map((p) => [`g ${p.go}`, () => void navigate({ to: p.to })])),
  });

  return (
    <div className={s.shell} data-closed={closed}>
      <a href="#main" className={s.skip}>
        Skip to the page
      </a>
      <Rail company={session.company.name} closed={closed} toggle={() => setClosed(!closed)} />
      <div className={s.top} data-past={asOf !== undefined} role="banner">
        <button type="button" className={s.search} onClick={openPalette} aria-label="Find an account, page or action">
          <IconSearch size={15} aria-hidden="true" />
          <span className={s.searchText}>Find or do…</span>
          <kbd className={s.kbd}>Ctrl K</kbd>
        </button>
        <div className={s.topSpace} />
        <AsOfBar />
        <UserMenu session={session} showKeys={helpPanel.open} />
      </div>
      <main id="main" className={s.main} tabIndex={-1}>
        <PastNote />
        <Outlet />
      </main>
      <Palette showKeys={helpPanel.open} />
      <KeyboardHelp opened={help} onClose={helpPanel.close} />
      <ExplainDrawer />
    </div>
  );
}
