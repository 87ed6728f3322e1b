import { IconAlertTriangle, IconArrowRight, IconCalendarDue, IconHeadset, IconMessage, IconUser } from '@tabler/icons-react';
import { Link } from '@tanstack/react-router';
import type { AccountDetail } from '../../api/contract';
import s from './account.module.css';

const icons: Record<string, typeof IconUser> = { renewal: IconCalendarDue, risk: IconAlertTriangle, support: IconHeadset, engage: IconMessage, owner: IconUser };

/** What to do, the most pressing first; each leads to where it is done. */
export function WhatNext({ detail }: { detail: AccountDetail }) {
  if (detail.next_actions.length === 0) return <p className={s.none}>Nothing presses. A good moment to ask what they want to reach next.</p>;
  return (
    <ul className={s.todo}>
      {detail.next_actions.map((a) => {
        const Icon = icons[a.kind] ?? IconArrowRight;
        return (
          <li key={a.kind + a.text}>
            <Link to={a.link}>
              <Icon size={15} stroke={1.6} aria-hidden="true" />
              <span>{a.text}</span>
              <IconArrowRight size={13} aria-hidden="true" className={s.go} />
            </Link>
          </li>
        );
      })}
    </ul>
  );
}
