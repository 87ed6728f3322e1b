import { Button } from '@mantine/core';
import { IconUpload } from '@tabler/icons-react';
import { Link } from '@tanstack/react-router';
import { Empty } from '../../parts/States';

export function NoAccounts() {
  return (
    <Empty
      title="No accounts yet"
      actions={
        <Button component={Link} to="/data" leftSection={<IconUpload size={14} />}>
          Bring in your data
        </Button>
      }
    >
      This is where every company that buys from you stands, with its health. Import a file under Data, or start <code>kept demo</code> to look around in a sample company.
    </Empty>
  );
}
