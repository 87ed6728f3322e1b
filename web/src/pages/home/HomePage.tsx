import { PageHeader } from '../../parts/Page';
export function HomePage() {
  return <PageHeader title="My portfolio" name="Home" />;
}
