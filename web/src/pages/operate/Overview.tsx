import { Link } from '@tanstack/react-router';
import s from './operate.module.css';
import { operateParts } from './parts';

/** The parts of the operating model with the question that each answers. */
export function Overview() {
  return (
    <ul className={s.parts} aria-label="Parts of the operating model">
      {operateParts.map((p) => (
        <li key={p.key}>
          <Link to={p.to}>{p.title}</Link>
          <span>{p.question}</span>
        </li>
      ))}
    </ul>
  );
}
