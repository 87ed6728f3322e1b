import { PageHeader } from '../../parts/Page';
import { Empty } from '../../parts/States';

export function DataPage() {
  return (
    <>
      <PageHeader title="Data" />
      <Empty title="This page is being built" />
    </>
  );
}
