import { PageHeader } from '../../parts/Page';
import { Empty } from '../../parts/States';

export function HealthPage() {
  return (
    <>
      <PageHeader title="Health" />
      <Empty title="This page is being built" />
    </>
  );
}
