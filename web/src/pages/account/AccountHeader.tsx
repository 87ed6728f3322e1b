import { Button, CopyButton, Menu, ActionIcon } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { IconArrowRight, IconDots, IconHandStop, IconLink, IconNotes, IconPencil, IconPrinter } from '@tabler/icons-react';
import { Link } from '@tanstack/react-router';
import { useEffect } from 'react';
import type { AccountDetail } from '../../api/contract';
import { day } from '../../format/date';
import { Delta, MoneyText, Nothing, RenewalText, Sparkline, When } from '../../parts/Figures';
import { useKeys } from '../../shell/keys';
import { ScoreCell } from '../accounts/columns';
import s from './account.module.css';
import { ActivityDialog } from './ActivityDialog';
import { EditAccount } from './EditAccount';
import { OverrideDialog } from './OverrideDialog';
import { useAccount } from './useAccount';

/** Who it is, the facts that matter, and the next best action. */
export function AccountHeader({ detail }: { detail: AccountDetail }) {
  const { mayEdit, asOf } = useAccount();
  const [noting, note] = useDisclosure(false);
  const [overriding, override] = useDisclosure(false);
  const [editing, edit] = useDisclosure(false);
  useEffect(() => {
    document.title = `${detail.name} · Kept`;
  }, [detail.name]);
  useKeys({
    n: (event) => {
      event.preventDefault();
      if (mayEdit) note.open();
    },
  });
  const next = detail.next_actions[0];
  return (
    <header className={s.head}>
      <div className={s.headTop}>
        <h1 className={s.name}>{detail.name}</h1>
        {detail.segment?.title && <span className={s.segment}>{detail.segment.title}</span>}
        {detail.stage && <span className={s.stage}>{detail.stage}</span>}
        {!detail.active && <span className={s.gone}>{detail.churned_at ? `left on ${day(detail.churned_at)}` : 'not a customer now'}</span>}
        {detail.parent && (
          <span className="muted">
            part of <Link to="/accounts/$accountId" params={{ accountId: detail.parent.id }}>{detail.parent.name}</Link>
          </span>
        )}
        <span className={s.grow} />
        <div className={`${s.headActions} no-print`}>
          {mayEdit && (
            <Button leftSection={<IconNotes size={14} />} variant="default" onClick={note.open}>
              Add a note
            </Button>
          )}
          <Button leftSection={<IconPrinter size={14} />} variant="default" component={Link} to={`/accounts/${detail.id}`} onClick={() => setTimeout(() => window.print(), 600)}>
            Prepare my call
          </Button>
          <Menu position="bottom-end" width={200}>
            <Menu.Target>
              <ActionIcon aria-label="More actions" variant="default" size={30}>
                <IconDots size={16} />
              </ActionIcon>
            </Menu.Target>
            <Menu.Dropdown>
              <Menu.Item leftSection={<IconPencil size={15} />} disabled={!mayEdit} onClick={edit.open}>
                Edit the account
              </Menu.Item>
              <Menu.Item leftSection={<IconHandStop size={15} />} disabled={!mayEdit} onClick={override.open}>
                Override the health
              </Menu.Item>
              <CopyButton value={window.location.href}>
                {({ copied, copy }) => (
                  <Menu.Item leftSection={<IconLink size={15} />} onClick={copy} closeMenuOnClick={false}>
                    {copied ? 'Copied' : 'Copy the link'}
                  </Menu.Item>
                )}
              </CopyButton>
            </Menu.Dropdown>
          </Menu>
        </div>
      </div>
      <div className={s.factRow}>
        <dl className={s.headFacts}>
          <Fact label="Health">
            <ScoreCell row={detail} />
            <Delta value={detail.delta_30} label="Change of the score in 30 days" />
            <Sparkline values={detail.spark} color={detail.band?.color} width={84} height={16} />
          </Fact>
          <Fact label="ARR">
            <b>
              <MoneyText value={detail.arr} />
            </b>
          </Fact>
          <Fact label="Renewal">
            {detail.renewal_at ? (
              <>
                {day(detail.renewal_at)}{' '}
                <span className={s.days} data-soon={(detail.days_to_renewal ?? 999) <= 90}>
                  <RenewalText at={detail.renewal_at} days={detail.days_to_renewal} />
                </span>
              </>
            ) : (
              <Nothing why="no renewal ahead" />
            )}
          </Fact>
          <Fact label="Owner">{detail.owner?.name ?? <Nothing why="no owner" />}</Fact>
          <Fact label="Last touch">
            <When at={detail.last_activity_at} asOf={asOf} />
          </Fact>
          <Fact label="Newest event">
            <When at={detail.newest_event_at} asOf={asOf} />
          </Fact>
        </dl>
        {next && (
          <Link to={next.link} className={`${s.next} no-print`}>
            <span className={s.nextText}>
              <span className={s.nextHint}>Next</span> {next.text}
            </span>
            <IconArrowRight size={14} aria-hidden="true" />
          </Link>
        )}
      </div>
      <ActivityDialog opened={noting} onClose={note.close} />
      <OverrideDialog opened={overriding} onClose={override.close} />
      {editing && <EditAccount detail={detail} onClose={edit.close} />}
    </header>
  );
}

function Fact({ label, children }: { label: string; children: React.ReactNode }) {
  return (
    <div>
      <dt>{label}</dt>
      <dd>{children}</dd>
    </div>
  );
}

