import { useNavigate } from '@tanstack/react-router';
import type { PolicySwitch, RevenueBridge } from '../../api/revenue';
import { Panel } from '../../parts/Page';
import { useAsOf } from '../../url/useAsOf';
import s from './revenue.module.css';
import type { RevenueSearch } from './search';
import { differs, positions } from './words';

const NAMES: Record<string, keyof RevenueSearch> = { trials: 'trials', overlap: 'overlap', left_and_returned: 'returned', escalators: 'escalators' };

/** The rules behind the figures, and what they would be under the others. */
export function Policies({ bridge }: { bridge: RevenueBridge }) {
  const navigate = useNavigate({ from: '/revenue' });
  const { asOf, setKnown } = useAsOf();
  const turn = (name: string, value: string, first: string) => {
    if (name === 'known_at') return asOf && setKnown(value === 'now' ? 'now' : undefined);
    const key = NAMES[name];
    if (key) void navigate({ search: (old) => ({ ...old, [key]: value === first ? undefined : name === 'trials' ? true : value }), replace: true });
  };
  return (
    <Panel title="By these rules" hint="and what it would be by others" className={s.policies}>
      <ul className={s.switches}>
        {bridge.switches.map((w) => (
          <Rule key={w.name} rule={w} bridge={bridge} turn={turn} fixed={w.name === 'known_at' && !asOf} />
        ))}
      </ul>
    </Panel>
  );
}

function Rule({ rule, bridge, turn, fixed }: { rule: PolicySwitch; bridge: RevenueBridge; turn: (name: string, value: string, first: string) => void; fixed: boolean }) {
  const here = positions(bridge.others, rule.name);
  const means = (value: string) => rule.options.find((o) => o.value === value || (rule.name === 'known_at' && (value === 'then' ? o.value === '' : o.value !== '')) || (o.value === '' && !rule.options.some((x) => x.value === value)))?.means ?? value;
  const first = rule.name === 'trials' ? 'false' : rule.name === 'overlap' ? 'successor' : rule.name === 'left_and_returned' ? 'endpoint' : rule.name === 'escalators' ? 'included' : 'then';
  const m = bridge.whole.retention;
  return (
    <li>
      <b>{rule.title}</b> {here.length > 0 ? means(here[0]!.value) : rule.options[0]?.means}
      <span className={s.reason}>
        {rule.why}
        {rule.source && ` (${rule.source})`}
      </span>
      {here.slice(1).map((o) => (
        <span key={o.value} className={s.other}>
          {fixed ? (
            <span>{means(o.value)}</span>
          ) : (
            <button type="button" className={s.turn} onClick={() => turn(rule.name, o.value, first)}>
              {means(o.value)}
            </button>
          )}
          : net {differs(o.nrr, m.nrr)}, gross {differs(o.grr, m.grr)}, logos {differs(o.logo_retention, m.logo_retention)}
        </span>
      ))}
    </li>
  );
}
