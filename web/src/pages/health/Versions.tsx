import { Empty } from '../../parts/States';

export function Versions() {
  return <Empty title="This page is being built" />;
}
