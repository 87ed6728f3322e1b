import { Empty } from '../../parts/States';

export function Keys() {
  return <Empty title="This page is being built" />;
}
