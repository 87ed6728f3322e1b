import { Link } from '@tanstack/react-router';
import s from './health.module.css';

/** What reads a metric: "scorecard default" leads to the scorecard, "metric logins" to the metric. */
export function UsedBy({ names }: { names: string[] }) {
  return (
    <span className={s.used}>
      {names.map((name) => (
        <User key={name} name={name} />
      ))}
    </span>
  );
}

function User({ name }: { name: string }) {
  const [kind, key] = name.split(' ', 2);
  if (kind === 'scorecard' && key)
    return (
      <Link to="/health/scorecards/$key" params={{ key }}>
        {name}
      </Link>
    );
  if (kind === 'metric' && key)
    return (
      <Link to="/health/metrics/$name" params={{ name: key }}>
        {name}
      </Link>
    );
  return <span>{name}</span>;
}
