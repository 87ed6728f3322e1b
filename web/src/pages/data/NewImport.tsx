import { Empty } from '../../parts/States';

export function NewImport() {
  return <Empty title="This page is being built" />;
}
