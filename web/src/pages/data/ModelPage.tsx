import { Empty } from '../../parts/States';

export function ModelPage() {
  return <Empty title="This page is being built" />;
}
