import { Empty } from '../../parts/States';

export function ScorecardPage() {
  return <Empty title="This page is being built" />;
}
