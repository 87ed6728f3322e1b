// What stands in for a page: while its code loads, when it failed, when there is none.
import { Button } from '@mantine/core';
import { IconMapQuestion } from '@tabler/icons-react';
import { Link, useRouter, type ErrorComponentProps } from '@tanstack/react-router';
import { Empty, ErrorNote, Rows } from '../parts/States';

export function PagePending() {
  return <Rows n={12} />;
}

/** The error boundary of every page: the rest of the app stays usable. */
export function PageFailed({ error, reset }: ErrorComponentProps) {
  const router = useRouter();
  const retry = () => {
    reset();
    void router.invalidate();
  };
  return <ErrorNote error={error} retry={retry} />;
}

export function PageMissing() {
  return (
    <Empty
      icon={IconMapQuestion}
      title="There is no page here"
      actions={
        <Button component={Link} to="/">
          Go home
        </Button>
      }
    >
      The address may be mistyped, or the page may have moved. Ctrl K finds accounts and pages by name.
    </Empty>
  );
}
