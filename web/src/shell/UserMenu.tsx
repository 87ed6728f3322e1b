import { ActionIcon, Avatar, Menu, Tooltip, useComputedColorScheme, useMantineColorScheme } from '@mantine/core';
import { IconKeyboard, IconLogout, IconMoon, IconSun } from '@tabler/icons-react';
import { useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { del } from '../api/client';
import type { Session } from '../api/contract';

export function useTheme() {
  const { setColorScheme } = useMantineColorScheme();
  const scheme = useComputedColorScheme('light', { getInitialValueInEffect: false });
  return { dark: scheme === 'dark', toggle: () => setColorScheme(scheme === 'dark' ? 'light' : 'dark') };
}

/** Ends the session here and on the server. */
export function useSignOut() {
  const client = useQueryClient();
  const navigate = useNavigate();
  return async () => {
    await del('/session').catch(() => undefined);
    client.clear();
    await navigate({ to: '/sign-in' });
  };
}

export function UserMenu({ session, showKeys }: { session: Session; showKeys: () => void }) {
  const { dark, toggle } = useTheme();
  const signOut = useSignOut();
  const initials = session.user.name
    .split(/\s+/)
    .map((part) => part[0])
    .slice(0, 2)
    .join('');
  return (
    <>
      <Tooltip label={dark ? 'Light theme' : 'Dark theme'}>
        <ActionIcon onClick={toggle} aria-label={dark ? 'Switch to the light theme' : 'Switch to the dark theme'} visibleFrom="xs">
          {dark ? <IconSun size={17} /> : <IconMoon size={17} />}
        </ActionIcon>
      </Tooltip>
      <Menu position="bottom-end" width={230}>
        <Menu.Target>
          <ActionIcon radius="xl" aria-label={`Signed in as ${session.user.name}`}>
            <Avatar size={26} radius="xl" color="indigo" variant="light" name={session.user.name}>
              {initials}
            </Avatar>
          </ActionIcon>
        </Menu.Target>
        <Menu.Dropdown>
          <Menu.Label>
            {session.user.name}
            <br />
            {session.user.email} · {session.user.role}
          </Menu.Label>
          <Menu.Divider />
          <Menu.Item leftSection={dark ? <IconSun size={16} /> : <IconMoon size={16} />} onClick={toggle}>
            {dark ? 'Light theme' : 'Dark theme'}
          </Menu.Item>
          <Menu.Item leftSection={<IconKeyboard size={16} />} onClick={showKeys}>
            Keyboard
          </Menu.Item>
          <Menu.Divider />
          <Menu.Item leftSection={<IconLogout size={16} />} onClick={() => void signOut()}>
            Sign out
          </Menu.Item>
          <Menu.Label>Kept {session.version}</Menu.Label>
        </Menu.Dropdown>
      </Menu>
    </>
  );
}
