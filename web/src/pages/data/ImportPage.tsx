import { Empty } from '../../parts/States';

export function ImportPage() {
  return <Empty title="This page is being built" />;
}
