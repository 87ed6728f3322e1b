import { Empty } from '../../parts/States';

export function Audit() {
  return <Empty title="This page is being built" />;
}
