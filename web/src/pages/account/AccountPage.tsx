import { PageHeader } from '../../parts/Page';
import { Empty } from '../../parts/States';

export function AccountPage() {
  return (
    <>
      <PageHeader title="Account" />
      <Empty title="This page is being built" />
    </>
  );
}
