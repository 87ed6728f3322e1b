import { Empty } from '../../parts/States';

export function Sources() {
  return <Empty title="This page is being built" />;
}
