import { Empty } from '../../parts/States';

export function Users() {
  return <Empty title="This page is being built" />;
}
