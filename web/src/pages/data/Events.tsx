import { Empty } from '../../parts/States';

export function Events() {
  return <Empty title="This page is being built" />;
}
