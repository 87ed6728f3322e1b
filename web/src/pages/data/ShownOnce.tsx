import { Button, CopyButton } from '@mantine/core';
import { IconCheck, IconCopy } from '@tabler/icons-react';
import s from './data.module.css';

/** A secret that is shown this once, and a button that copies it. */
export function ShownOnce({ secret }: { secret: string }) {
  return (
    <div className={s.secret}>
      <span style={{ flex: 1 }}>{secret}</span>
      <CopyButton value={secret}>
        {({ copied, copy }) => (
          <Button variant="default" onClick={copy} leftSection={copied ? <IconCheck size={14} /> : <IconCopy size={14} />}>
            {copied ? 'Copied' : 'Copy'}
          </Button>
        )}
      </CopyButton>
    </div>
  );
}
