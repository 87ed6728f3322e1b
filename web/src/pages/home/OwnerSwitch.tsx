import { Button, Select } from '@mantine/core';
import { IconUserSearch } from '@tabler/icons-react';
import type { User } from '../../api/contract';
import { Empty } from '../../parts/States';

/** Me, everybody, or one of the team. */
export function OwnerSwitch({ owner, users, me, onChange }: { owner: string; users: User[]; me: string; onChange: (owner: string) => void }) {
  const others = users.filter((u) => u.id !== me && !u.disabled);
  return (
    <Select
      w={190}
      aria-label="Whose accounts"
      value={owner}
      allowDeselect={false}
      searchable={others.length > 8}
      onChange={(value) => value && onChange(value)}
      data={[
        { value: 'me', label: 'My accounts' },
        { value: 'all', label: 'All accounts' },
        ...(others.length ? [{ group: 'Team', items: others.map((u) => ({ value: u.id, label: u.name })) }] : []),
      ]}
    />
  );
}

export function NoPortfolio({ me, showAll }: { me: boolean; showAll: () => void }) {
  return (
    <Empty icon={IconUserSearch} title={me ? 'You own no accounts yet' : 'This colleague owns no accounts'} actions={<Button onClick={showAll}>Look at all accounts</Button>}>
      {me ? 'Your portfolio is the accounts whose owner you are. An owner is set on the account’s page, or comes with an import.' : 'Choose somebody else, or look at all accounts.'}
    </Empty>
  );
}
