import { Empty } from '../../parts/States';

export function Catalogue() {
  return <Empty title="This page is being built" />;
}
