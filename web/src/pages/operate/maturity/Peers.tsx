import { Button, FileButton, Group, Select } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { IconDownload, IconTrash, IconUpload } from '@tabler/icons-react';
import { forgetPeers, ownFigures, readPeers, setStage, useMaturity, type Maturity, type MaturityExchange } from '../../../api/operate';
import { saveText } from '../../../explain/csv';
import { plural } from '../../../format/number';
import { Nothing } from '../../../parts/Figures';
import { Panel } from '../../../parts/Page';
import { Sheet } from '../../../parts/Sheet';
import { ErrorNote } from '../../../parts/States';
import s from './maturity.module.css';

const STAGES = [
  { value: '', label: 'Any stage' },
  { value: 'starting', label: 'Starting' },
  { value: 'growing', label: 'Growing' },
  { value: 'established', label: 'Established' },
];

/** One's place among companies of one's like that gave their figures, and the exchange of such files. */
export function Peers({ m, may }: { m: Maturity; may: boolean }) {
  const read = useMaturity(readPeers);
  const forget = useMaturity(forgetPeers);
  const stage = useMaturity(setStage);
  const own = useMaturity(ownFigures);
  const p = m.peers;
  const upload = async (file: File | null) => {
    if (!file) return;
    const body = parse(await file.text());
    if (!body) {
      notifications.show({ color: 'red', title: 'The file was not read', message: 'It is no JSON. Choose a file that another Kept saved under “Save our figures”.' });
      return;
    }
    read.mutate(body, { onSuccess: (answer) => notifications.show({ message: `Read ${plural(answer.read, 'company', 'companies')}.` }) });
  };
  const error = read.error ?? own.error ?? stage.error ?? forget.error;
  return (
    <Panel title="Among peers" hint="real ones only">
      <p className={s.note}>{p.words}</p>
      {error && <ErrorNote error={error} title="That did not work" />}
      {p.standings.length > 0 && (
        <Sheet
          label="Among peers"
          rows={p.standings}
          rowKey={(x) => x.key}
          columns={[
            { key: 'title', title: 'Figure', render: (x) => x.title },
            { key: 'own', title: 'Own', width: 80, align: 'right', render: (x) => x.own.toFixed(0) },
            { key: 'median', title: 'Median', width: 80, align: 'right', render: (x) => (x.median == null ? <Nothing why="fewer than five peers" /> : x.median.toFixed(0)) },
            { key: 'percentile', title: 'Percentile', width: 90, align: 'right', render: (x) => (x.percentile == null ? <Nothing why="fewer than five peers" /> : x.percentile.toFixed(0)) },
            { key: 'n', title: 'Peers', width: 70, align: 'right', render: (x) => x.n },
          ]}
        />
      )}
      {may && (
        <Group gap={8} p={12} className="no-print" align="end">
          <Select label="Our stage" size="xs" w={150} data={STAGES} value={p.stage ?? ''} allowDeselect={false} onChange={(v) => stage.mutate(v ?? '')} />
          <Button
            size="compact-sm"
            variant="default"
            leftSection={<IconDownload size={14} />}
            loading={own.isPending}
            onClick={() => own.mutate(undefined as never, { onSuccess: (file) => saveText('kept-maturity.json', JSON.stringify(file, null, 2), 'application/json') })}
          >
            Save our figures, without our name
          </Button>
          <FileButton onChange={(file) => void upload(file)} accept="application/json,.json">
            {(props) => (
              <Button {...props} size="compact-sm" variant="default" leftSection={<IconUpload size={14} />} loading={read.isPending}>
                Read a file of peers
              </Button>
            )}
          </FileButton>
          {p.peers > 0 && (
            <Button size="compact-sm" variant="subtle" color="gray" leftSection={<IconTrash size={14} />} loading={forget.isPending} onClick={() => forget.mutate(undefined as never)}>
              Forget all {p.peers}
            </Button>
          )}
        </Group>
      )}
    </Panel>
  );
}

function parse(text: string): MaturityExchange | undefined {
  try {
    return JSON.parse(text) as MaturityExchange;
  } catch {
    return undefined;
  }
}
