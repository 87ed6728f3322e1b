import { Empty } from '../../parts/States';

export function Imports() {
  return <Empty title="This page is being built" />;
}
