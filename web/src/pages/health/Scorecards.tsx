import { Empty } from '../../parts/States';

export function Scorecards() {
  return <Empty title="This page is being built" />;
}
